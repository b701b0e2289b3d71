"""The rows of read models, held in memory while a batch of events is applied, then written in bulk."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from operator import itemgetter
from typing import Any

import asyncpg
from sqlalchemy import Select, Table, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute

from .read_model import ReadModel
from .tables import tables, versions
from .versions import BORN, REMOVED, VALID_FROM, at

Key = tuple[Any, ...]
Row = dict[str, Any]
Need = tuple["InstrumentedAttribute[Any]", Any]
"""A column, and a value: all rows that have it there."""
_MOST_PARAMETERS = 10_000
"""Both databases take some 32,000 in a statement."""
_WORTH_A_SAVEPOINT = 100
"""So many rows are copied faster than they are inserted, though a savepoint takes two round trips more."""


class Rows:
    """What a batch of events changes. Rows are dicts by column name; fetch first, then get, put and remove.

    With a position they are fetched as they were then, and are not to be written.
    """

    def __init__(self, connection: AsyncConnection, generation: int, position: int | None = None) -> None:
        self._connection = connection
        self._position = position
        self._tables = tables(generation)
        self._version_tables = versions(generation)
        self._rows: dict[type[ReadModel], dict[Key, Row]] = defaultdict(dict)
        self._changed: dict[type[ReadModel], dict[Key, None]] = defaultdict(dict)
        self._removed: dict[type[ReadModel], dict[Key, None]] = defaultdict(dict)
        self._touched: dict[type[ReadModel], dict[Key, bool]] = defaultdict(dict)
        """What the present event has changed of the rows that keep versions, and whether it made them."""
        self._gone: dict[type[ReadModel], dict[Key, Row]] = defaultdict(dict)
        """What it has removed of them."""
        self._versions: dict[type[ReadModel], list[Row]] = defaultdict(list)
        self.marks: set[Any] = set()
        """What a projection wants to remember until the end of the batch."""

    async def fetch(self, needs: Iterable[Need]) -> None:
        """Loads all rows that have one of the values in the column given with it, one statement a column."""
        wanted: dict[InstrumentedAttribute[Any], dict[Any, None]] = defaultdict(dict)
        for column, value in needs:
            wanted[column][value] = None
        for column, values in wanted.items():
            model: type[ReadModel] = column.parent.class_
            held, listed = self._rows[model], list(values)
            for start in range(0, len(listed), _MOST_PARAMETERS):
                found = await self._connection.execute(
                    self._wanted(model, column.key, listed[start : start + _MOST_PARAMETERS])
                )
                names = tuple(found.keys())
                for row in found:
                    fetched = {**model.derived, **dict(zip(names, row, strict=True))}
                    held.setdefault(key_of(model, fetched), fetched)

    def _wanted(self, model: type[ReadModel], column: str, values: list[Any]) -> Select[Any]:
        if self._position is not None:
            return at(self._version_tables[model], self._position, column, values)
        table = self._tables[model]
        return table.select().where(table.c[column].in_(values))

    def get(self, model: type[ReadModel], *key: Any) -> Row:
        """The row of that key, which must have been fetched or put; KeyError when there is none."""
        return self._rows[model][key]

    def find(self, model: type[ReadModel], *key: Any) -> Row | None:
        """The same, or None."""
        return self._rows[model].get(key)

    def all(self, model: type[ReadModel]) -> Iterable[Row]:
        """All rows held in memory, fetched or put."""
        return self._rows[model].values()

    def put(self, model: type[ReadModel], row: Row) -> None:
        """A new row, or a whole one in the place of another."""
        key = key_of(model, row)
        self._rows[model][key] = row
        self._changed[model][key] = None
        self._removed[model].pop(key, None)
        if model.versioned:
            self._touched[model][key] = True
            self._gone[model].pop(key, None)

    def change(self, model: type[ReadModel], *key: Any, **values: Any) -> None:
        """Other values in a row that is there; KeyError when it is not."""
        self._rows[model][key].update(values)
        self._changed[model][key] = None
        if model.versioned:
            self._touched[model].setdefault(key, False)

    def remove(self, model: type[ReadModel], *key: Any) -> None:
        row = self._rows[model].pop(key)
        self._changed[model].pop(key, None)
        self._removed[model][key] = None
        if model.versioned:
            self._touched[model].setdefault(key, False)
            self._gone[model][key] = row

    def keep(self, position: int) -> None:
        """Keeps a version of each row that has changed since the last call: so it is from the position on."""
        for model, touched in self._touched.items():
            for key, born in touched.items():
                gone = self._gone[model].get(key)
                row = self._rows[model][key] if gone is None else gone
                kept = {name: value for name, value in row.items() if name not in model.derived}
                self._versions[model].append({**kept, VALID_FROM: position, BORN: born, REMOVED: gone is not None})
        self.derived()

    def derived(self) -> None:
        """What has changed since the last version was kept follows from all rows together: no version of it is kept."""
        self._touched.clear()
        self._gone.clear()

    def replace(self, model: type[ReadModel], wanted: Iterable[Row]) -> None:
        """Makes these all rows of the model that are held: writes what is new or otherwise, removes the others."""
        held, keys = self._rows[model], set()
        for row in wanted:
            key = key_of(model, row)
            keys.add(key)
            if held.get(key) != row:
                self.put(model, row)
        for key in held.keys() - keys:
            self.remove(model, *key)

    async def flush(self) -> None:
        """Writes every table once, in the order that foreign keys between them need."""
        for model in _by_dependency(frozenset(self._removed))[::-1]:
            if keys := self._removed[model]:
                table = self._tables[model]
                listed, most = list(keys), _MOST_PARAMETERS // len(table.primary_key)
                for start in range(0, len(listed), most):
                    some = tuple_(*table.primary_key).in_(listed[start : start + most])
                    await self._connection.execute(table.delete().where(some))
        for model in _by_dependency(frozenset(self._changed)):
            if keys := self._changed[model]:
                rows = [self._rows[model][key] for key in keys]
                await self._write(self._tables[model], model.append_only, rows)
        for model, kept in self._versions.items():
            await self._write(self._version_tables[model], model.append_only, kept, new=True)

    async def _write(self, table: Table, append_only: bool, rows: list[Row], *, new: bool = False) -> None:
        """`new`: none of them is there, unless the events are applied again."""
        if self._connection.dialect.name == "sqlite":
            await self._connection.execute(_sqlite_write(table, append_only), rows)
            return
        driver: Any = (await self._connection.get_raw_connection()).driver_connection
        columns = self._columns(table, rows)
        if append_only:
            await _copy(driver, table, columns)
            return
        if new and len(rows) >= _WORTH_A_SAVEPOINT:
            with suppress(asyncpg.UniqueViolationError):
                async with driver.transaction():
                    await _copy(driver, table, columns)
                return
        # All in one statement, a column an array: half the time of one set of parameters a row.
        await driver.execute(_postgresql_write(table), *columns)

    def _columns(self, table: Table, rows: list[Row]) -> list[list[Any]]:
        """The values of the rows as the driver takes them, a list a column."""
        dialect = self._connection.dialect
        columns = []
        for column in table.columns:
            bind = column.type.dialect_impl(dialect).bind_processor(dialect)
            values = list(map(itemgetter(column.name), rows))
            columns.append(values if bind is None else _bound(bind, values))
        return columns


async def _copy(driver: Any, table: Table, columns: list[list[Any]]) -> None:
    names = [column.name for column in table.columns]
    await driver.copy_records_to_table(table.name, columns=names, records=zip(*columns, strict=True))


def _bound(bind: Callable[[Any], Any], values: list[Any]) -> list[Any]:
    """The values converted, each object once: versions of a row share most of theirs."""
    bound = {id(value): value for value in values}
    for key, value in bound.items():
        bound[key] = bind(value)
    return [bound[id(value)] for value in values]


@cache
def _sqlite_write(table: Table, append_only: bool) -> Any:
    insert = sqlite.insert(table)
    if append_only:
        return insert
    values = {c.name: insert.excluded[c.name] for c in table.columns if not c.primary_key}
    return insert.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=values)


@cache
def _postgresql_write(table: Table) -> str:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call] # of SQLAlchemy
    names = [dialect.identifier_preparer.quote(column.name) for column in table.columns]
    arrays = (f"${n}::{column.type.compile(dialect)}[]" for n, column in enumerate(table.columns, 1))
    insert = f"INSERT INTO {table.name} ({', '.join(names)}) SELECT * FROM unnest({', '.join(arrays)})"  # noqa: S608 - our own names
    key = ", ".join(dialect.identifier_preparer.quote(column.name) for column in table.primary_key.columns)
    changes = ", ".join(f"{name} = excluded.{name}" for name in names)
    return f"{insert} ON CONFLICT ({key}) DO UPDATE SET {changes}"


@cache
def _by_dependency(models: frozenset[type[ReadModel]]) -> list[type[ReadModel]]:
    """Those first that others refer to."""
    place = {table.name: number for number, table in enumerate(ReadModel.metadata.sorted_tables)}
    return sorted(models, key=lambda model: place[model.__tablename__])


def key_of(model: type[ReadModel], row: Row) -> Key:
    """What tells the row from others of its table."""
    return tuple(row[name] for name in _key_names(model))


@cache
def _key_names(model: type[ReadModel]) -> tuple[str, ...]:
    return tuple(str(column.key) for column in model.__mapper__.primary_key)
