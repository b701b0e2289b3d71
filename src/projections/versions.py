"""Versions of rows: what each row was after each event that changed it, in a table of its own that only grows.

A version holds from its position until that of the next one of the same row, so nothing is ever written to an older
one; `removed` ends the row. What was there at a position is found by key: of each row that had begun by then the last
version up to it, one look into the primary key a row, however long the history is.
"""

from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Select, Table, and_, func, select, text

from .read_model import ReadModel

VALID_FROM, BORN, REMOVED = "valid_from", "born", "removed"
_LISTED = "listed by"
_POSITION = BigInteger().with_variant(Integer(), "sqlite")


def version_table(model: type[ReadModel], name: str, metadata: Any) -> Table:
    """The table of the versions: the columns of the model, but for those that are derived, and when they held.

    `born` marks the versions with which rows begin.
    """
    key = [column.name for column in model.__table__.primary_key]
    columns = [
        Column(column.name, column.type, primary_key=column.name in key, nullable=column.nullable, autoincrement=False)
        for column in model.__table__.columns
        if column.name not in model.derived
    ]
    begun = [("begun", key)] if len(key) > 1 else []
    begun += [(model.listed_by, [model.listed_by, *key])] if model.listed_by else []
    indexes = [Index(f"ix_{name}_{by}", *dict.fromkeys(each), VALID_FROM, **where(BORN)) for by, each in begun]
    indexes += [
        Index(f"ix_{name}_{'_'.join(owner)}_told", *owner, VALID_FROM, *(part for part in key if part not in owner))
        for owner in model.told_by
    ]
    return Table(
        name,
        metadata,
        *columns,
        Column(VALID_FROM, _POSITION, primary_key=True, autoincrement=False),
        Column(BORN, Boolean, nullable=False),
        Column(REMOVED, Boolean, nullable=False),
        *indexes,
        info={_LISTED: model.listed_by},
    )


def where(column: str) -> dict[str, Any]:
    """For an index of the rows in which the column is true, in the words in which each database asks for them."""
    return {"sqlite_where": text(f"{column} = 1"), "postgresql_where": text(column)}


def at(
    table: Table, position: int, column: str | None = None, values: Collection[Any] = (), *, removed: bool = False
) -> Select[Any]:
    """The rows as they were at the position: those that have one of the values in the column, or all.

    The column is of the key or the one that the model is `listed_by`. `removed`: also those that were gone by then.
    """
    first, later = table.alias("first"), table.alias("later")
    key = _sought(table)
    begun = select(*(first.c[name] for name in key)).distinct().where(first.c[BORN], first.c[VALID_FROM] <= position)
    if column is not None:
        begun = begun.where(first.c[column].in_(values))
    rows = begun.subquery("begun")
    last = (
        select(func.max(later.c[VALID_FROM]))
        .where(*(later.c[name] == rows.c[name] for name in key), later.c[VALID_FROM] <= position)
        .scalar_subquery()
    )
    same = and_(*(table.c[name] == rows.c[name] for name in key), table.c[VALID_FROM] == last)
    wanted = select(*_shown(table)).join_from(rows, table, same)
    return wanted if removed else wanted.where(table.c[REMOVED].is_(False))


@cache
def _sought(table: Table) -> tuple[str, ...]:
    """The key of a row, and what it is listed by: a condition on either then holds for rows that have begun as well."""
    listed = table.info[_LISTED]
    also = [] if listed is None or table.c[listed].nullable else [listed]
    return tuple(dict.fromkeys([*(column.name for column in table.primary_key if column.name != VALID_FROM), *also]))


@cache
def _shown(table: Table) -> tuple[Column[Any], ...]:
    return tuple(column for column in table.columns if column.name not in (VALID_FROM, BORN, REMOVED))
