"""The versions of rows, newest first, over the parts of a subject; each with the one before it of the same row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Table, and_, func, select, true, tuple_

from ..projections.rows import Row
from ..projections.versions import VALID_FROM
from .reading import BadCursorError, ReadSession, cursor_of, key_of, whole
from .subjects import Part


@dataclass(frozen=True)
class Version:
    """A version of a row, and the one before it."""

    key: tuple[Any, ...]
    part: Part
    now: Row
    old: Row | None


async def is_known(read: ReadSession, part: Part) -> bool:
    """Whether there ever was such a thing."""
    table = read.versions(part.kind.model)
    known = select(table.c[VALID_FROM]).where(_of(table, part), _by(table, read.position))
    return await read.scalar(known.limit(1)) is not None


async def next_versions(read: ReadSession, parts: Sequence[Part], last: Any, most: int) -> list[Version]:
    """The versions of all parts after that of the key `last`, newest first; at one position by part, then by key."""
    found: list[Version] = []
    for place, part in enumerate(parts):
        table = read.versions(part.kind.model)
        names = [column.name for column in table.columns]
        for row in await read.execute(_next(table, part, place, last, most, read.position)):
            now = dict(zip(names, row, strict=False))
            old = dict(zip(names, row[len(names) :], strict=True))
            key = (now[VALID_FROM], -place, *(now[name] for name in _rest(table, part)))
            found.append(Version(key, part, now, None if old[VALID_FROM] is None else old))
    return sorted(found, key=lambda version: version.key, reverse=True)[:most]


def _next(table: Table, part: Part, place: int, last: Any, most: int, until: int | None) -> Select[Any]:
    """So many versions of a part after the last, each with the one before it of the same row; none after `until`."""
    order = [table.c[VALID_FROM], *(table.c[name] for name in _rest(table, part))]
    wanted = select(table).where(_of(table, part), _after(order, place, last), _by(table, until))
    changed = wanted.order_by(*(column.desc() for column in order)).limit(most).subquery("changed")
    before, earlier = table.alias("before"), table.alias("earlier")
    key = [column.name for column in table.primary_key if column.name != VALID_FROM]
    newest = (
        select(func.max(earlier.c[VALID_FROM]))
        .where(*(earlier.c[name] == changed.c[name] for name in key), earlier.c[VALID_FROM] < changed.c[VALID_FROM])
        .scalar_subquery()
    )
    same = and_(*(before.c[name] == changed.c[name] for name in key), before.c[VALID_FROM] == newest)
    both = [*changed.c, *(column.label(f"before_{column.name}") for column in before.c)]
    return select(*both).select_from(changed.outerjoin(before, same))


def _by(table: Table, position: int | None) -> ColumnElement[bool]:
    return true() if position is None else table.c[VALID_FROM] <= position


def _after(order: list[Any], place: int, last: Any) -> ColumnElement[bool]:
    """What comes after the last one in the order of all parts."""
    if last is None:
        return true()
    position, other, *rest = last
    if place > -other:
        return order[0] <= position  # type: ignore[no-any-return] # a column
    if place < -other or len(order) == 1:
        return order[0] < position  # type: ignore[no-any-return] # the same
    return tuple_(*order) < tuple_(position, *rest)


def _of(table: FromClause, part: Part) -> ColumnElement[bool]:
    of = and_(*(table.c[name] == value for name, value in part.of.items()))
    if not part.scoped:
        return of
    shared = table.c.project.is_(None)
    return of & (shared if part.within is None else shared | (table.c.project == part.within))


def _rest(table: Table, part: Part) -> list[str]:
    """What of the key tells the things of the part apart; nothing when there is only one."""
    return [column.name for column in table.primary_key if column.name not in (*part.of, VALID_FROM)]


def cursor_after(key: tuple[Any, ...]) -> str:
    """What goes on behind the version of that key."""
    position, place, *rest = key
    return cursor_of(position, -place, *(value if isinstance(value, int) else str(value) for value in rest))


def key_in(cursor: str, parts: Sequence[Part]) -> tuple[Any, ...]:
    """The key that a cursor was made of. Raises BadCursorError."""
    for place, part in enumerate(parts):
        names = _rest(part.kind.model.__table__, part)  # type: ignore[arg-type] # it is a table
        types = [_parsed(part.kind.model.__table__.c[name].type.python_type) for name in names]
        try:
            position, other, *rest = key_of(cursor, whole(64), whole(32), *types)
        except BadCursorError:
            continue
        if other == place:
            return (position, -place, *rest)
    raise BadCursorError("the cursor is none that a page of this history gave; begin again without it")


def _parsed(type_: type) -> Any:
    if type_ is int:
        return whole(64)
    if type_ is str:
        return _word
    return getattr(type_, "fromisoformat", type_)


def _word(value: str) -> str:
    if not value.isalnum():
        raise ValueError(value)
    return value
