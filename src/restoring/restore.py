"""Restoring: the version is found, its commands are made, and they are given as one."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, and_, func, select, true

from ..commands.command import Context
from ..commands.loop import Accepted
from ..commands.result import Failure
from ..projections import Projection
from ..projections.assignments import ASSIGNMENTS
from ..projections.calendars import CALENDARS, CalendarRow
from ..projections.links import LINKS
from ..projections.projects import PROJECTS
from ..projections.rows import Row
from ..projections.tasks import TASKS, TaskRow
from ..projections.versions import REMOVED, VALID_FROM
from ..queries import kinds
from ..queries.kinds import Kind
from ..queries.moment import moment_of
from ..queries.reading import ReadSession, reading, wait_until
from ..wiring import App
from .making import Found, commands_for
from .wanted import NAMES, Restorable, Wanted

_KINDS: Mapping[Restorable, tuple[Kind, Projection]] = {
    Restorable.TASK: (kinds.TASK, TASKS),
    Restorable.LINK: (kinds.LINK, LINKS),
    Restorable.ASSIGNMENT: (kinds.ASSIGNMENT, ASSIGNMENTS),
    Restorable.STAFF: (kinds.STAFF, ASSIGNMENTS),
    Restorable.MEMBER: (kinds.MEMBER, PROJECTS),
    Restorable.CALENDAR: (kinds.CALENDAR, CALENDARS),
    Restorable.WEEKDAY: (kinds.WEEKDAY, CALENDARS),
    Restorable.WORK_WEEK: (kinds.WORK_WEEK, CALENDARS),
    Restorable.EXCEPTION: (kinds.EXCEPTION, CALENDARS),
    Restorable.HOLIDAY: (kinds.HOLIDAY, CALENDARS),
    Restorable.CALENDAR_EVENT: (kinds.CALENDAR_EVENT, CALENDARS),
}


class NeverThereError(Exception):
    """The project never had such a thing."""


class NotThereThenError(Exception):
    """The thing was not there at the moment that was named."""


async def restore(app: App, wanted: Wanted, context: Context, seconds: float) -> Accepted | Failure:
    """Makes the thing what it was; what is so already stays as it is.

    Raises NeverThereError, NotThereThenError, BehindError, BuildingError, TooBusyError and LogUnavailableError.
    """
    _, projection = _KINDS[wanted.kind]
    await wait_until(app.log, app.readers, [projection], await app.log.head(), seconds, wanted.project)
    until = None if wanted.as_of is None else (await moment_of(app.log, wanted.as_of)).position
    async with reading(app.readers, at_once=True) as read:
        commands = commands_for(await _found(read, wanted, until))
    return await app.commands.execute_all(commands, context, said=wanted.said())


async def _found(read: ReadSession, wanted: Wanted, until: int | None) -> Found:
    kind, _ = _KINDS[wanted.kind]
    table = read.versions(kind.model)
    key = await _key(read, table, wanted)
    there: ColumnElement[bool] = table.c[REMOVED].is_(False)
    if kind.flag is not None:
        there = there & table.c[kind.flag[0]].is_(kind.flag[1])
    present = await _last(read, table, key)
    then = await _last(read, table, key & (there if until is None else table.c[VALID_FROM] <= until))
    if present is None or (then is None and until is None):
        raise NeverThereError(f"{wanted.kind.value} of this id")
    if then is None or not kind.there(then):
        raise NotThereThenError(f"the {wanted.kind.value} was not there at that moment; name one at which it was")
    now = present if kind.there(present) else None
    place = await _place(read, then) if wanted.kind is Restorable.TASK and until is not None else None
    return Found(wanted, then, now, present, place)


async def _key(read: ReadSession, table: Table, wanted: Wanted) -> ColumnElement[bool]:
    """The key of the thing; calendars, and what they say, are the project's own alone."""
    names = NAMES[wanted.kind]
    calendar = wanted.names.get("calendar")
    if calendar is not None:
        calendars = read[CalendarRow]
        own = select(calendars.c.id).where(calendars.c.id == calendar, calendars.c.project == wanted.project)
        if await read.scalar(own) is None:
            raise NeverThereError(f"calendar {calendar} of the project")
    key = true() if calendar is not None else table.c.project == wanted.project
    for name in names:
        column = name if name in table.c else "id"
        key = and_(key, table.c[column] == wanted.names[name])
    return key


async def _last(read: ReadSession, table: Table, wanted: ColumnElement[bool]) -> Row | None:
    newest = select(table).where(wanted).order_by(table.c[VALID_FROM].desc()).limit(1)
    row = (await read.execute(newest)).mappings().one_or_none()
    return None if row is None else {str(name): value for name, value in row.items()}


async def _place(read: ReadSession, then: Row) -> int:
    """Where among the tasks that are below its parent now the task was: 1 is first."""
    tasks = read[TaskRow]
    parent: UUID | None = then["parent"]
    below: Any = tasks.c.parent.is_(None) if parent is None else tasks.c.parent == parent
    before = select(func.count()).where(
        tasks.c.project == then["project"],
        below,
        tasks.c.placed,
        tasks.c.id != then["id"],
        tasks.c.rank < then["rank"],
    )
    return int(await read.scalar(before) or 0) + 1
