"""Calendars: made, renamed, derived from another one, deleted. Their hours are in the modules beside this one."""

from typing import ClassVar
from uuid import UUID

from ..events import Event
from ..events.calendar import (
    CalendarBaseChanged,
    CalendarCreated,
    CalendarDeleted,
    CalendarRenamed,
    CalendarRestored,
    CalendarUse,
)
from .calendar_family import Family, keep_working, load_family, refuse_base, refuse_without_work
from .calendar_state import CALENDAR, CalendarState, refuse_calendar
from .calendar_use import CALENDAR_USE, CalendarUseState, change_calendar_use, load_calendar_use, refuse_used
from .codes import Code
from .command import Context, ExternalId, Name, ScopedCommand
from .handler import Handler
from .permissions import Permission
from .project import PROJECT, refuse_unless_live
from .result import Failure, Result, Success
from .session import Session
from .time_zone import time_zones


class CalendarCommand(ScopedCommand):
    """A command on a calendar that is there: a shared one, or one of the project that is named."""

    permission: ClassVar = Permission.MANAGE_CALENDARS
    permission_in_project: ClassVar = Permission.EDIT_PLAN
    calendar: UUID


class CreateCalendar(ScopedCommand):
    """Makes a calendar that says nothing yet: it is as its base; without one, Monday to Friday, 8 to 12 and 13 to 17.

    Without a project it is shared, and so has to be its base. Its hours are by the clocks of its zone.
    """

    permission: ClassVar = Permission.MANAGE_CALENDARS
    permission_in_project: ClassVar = Permission.EDIT_PLAN
    calendar: UUID | None = None
    name: Name
    time_zone: str
    base: UUID | None = None
    external_id: ExternalId | None = None


class RenameCalendar(CalendarCommand):
    name: Name


class SetCalendarBase(CalendarCommand):
    """What the calendar does not say is said by another one from now on; None: by none."""

    base: UUID | None


class DeleteCalendar(CalendarCommand):
    """Takes away a calendar that nothing uses; it can be restored."""


class RestoreCalendar(CalendarCommand):
    """Brings a deleted calendar back, with all that it said; its base has to be there."""


def decide_create(command: CreateCalendar, calendar: UUID, family: Family, base: CalendarState | None) -> Result:
    """`base` is the state of the base, when one is given; it and its bases are in the family."""
    if family.state.exists:
        return Failure(Code.ALREADY_EXISTS, f"the calendar {calendar} exists already")
    if command.time_zone not in time_zones():
        return Failure(Code.TIME_ZONE_UNKNOWN, f"{command.time_zone!r} is no IANA time zone, such as Europe/Berlin")
    if failure := refuse_calendar(base, command.project):
        return failure
    if command.base is not None and (failure := refuse_base(family, command.base)):
        return failure
    created = CalendarCreated(
        calendar=calendar,
        project=command.project,
        name=command.name,
        time_zone=command.time_zone,
        base=command.base,
        external_id=command.external_id,
    )
    uses = change_calendar_use(CalendarUse.BASE, calendar, None, command.base)
    return Success(((CALENDAR.at(calendar).stream, created), *uses), ids={"calendar": str(calendar)})


def decide_rename(command: RenameCalendar, state: CalendarState) -> Result:
    if command.name == state.name:
        return Success()
    return on_calendar(command, CalendarRenamed(calendar=command.calendar, name=command.name))


def decide_set_base(command: SetCalendarBase, family: Family, base: CalendarState | None) -> Result:
    """`base` is the state of the new base, when one is given; it and its bases are in the family."""
    if command.base == family.state.base:
        return Success()
    if failure := refuse_calendar(base, command.project):
        return failure
    if command.base is not None and (failure := refuse_base(family, command.base)):
        return failure
    changed = CalendarBaseChanged(calendar=command.calendar, base=command.base)
    uses = change_calendar_use(CalendarUse.BASE, command.calendar, family.state.base, command.base)
    return keep_working(family, Success(((CALENDAR.at(command.calendar).stream, changed), *uses)))


def decide_delete(command: DeleteCalendar, state: CalendarState, use: CalendarUseState) -> Result:
    if failure := refuse_used(use):
        return failure
    uses = change_calendar_use(CalendarUse.BASE, command.calendar, state.base, None)
    return Success(((CALENDAR.at(command.calendar).stream, CalendarDeleted(calendar=command.calendar)), *uses))


def decide_restore(command: RestoreCalendar, family: Family, base: CalendarState | None) -> Result:
    """`base` is the state of the base, when it has one; it and its bases are in the family."""
    state = family.state
    if base is not None and not base.live:
        told = f"the base {base.name!r} of the calendar was deleted as well; restore it first"
        return Failure(Code.CALENDAR_UNKNOWN, told, {"calendar": str(state.base)})
    if state.base is not None and (failure := refuse_base(family, state.base)):
        return failure
    if failure := refuse_without_work(family):
        return failure
    uses = change_calendar_use(CalendarUse.BASE, command.calendar, None, state.base)
    return Success(((CALENDAR.at(command.calendar).stream, CalendarRestored(calendar=command.calendar)), *uses))


def on_calendar(command: CalendarCommand, event: Event) -> Success:
    """One event of the calendar that the command is about."""
    return Success(((CALENDAR.at(command.calendar).stream, event),))


async def load_calendar(command: CalendarCommand, session: Session) -> tuple[CalendarState, Failure | None]:
    """The calendar, and the refusal when it is not there to be changed, or not as the caller has seen it.

    One that was deleted, or that is of another scope than the command says, is unknown.
    """
    ref = CALENDAR.at(command.calendar)
    if failure := await refuse_scope(command, session):
        return CalendarState(), failure
    state = await session.load(ref)
    if not state.live or state.project != command.project:
        return state, calendar_unknown(command)
    return state, await session.expect(ref, state.revision, command.calendar)


async def refuse_scope(command: ScopedCommand, session: Session) -> Failure | None:
    """The refusal of a change to what belongs to a project that is not there, or archived."""
    if command.project is None:
        return None
    return refuse_unless_live(command, await session.load(PROJECT.at(command.project)))


def calendar_unknown(command: CalendarCommand) -> Failure:
    where = "among those that are shared" if command.project is None else "among the project's own"
    return Failure(Code.CALENDAR_UNKNOWN, f"there is no calendar {command.calendar} {where}")


async def _create(command: CreateCalendar, session: Session, context: Context) -> Result:
    calendar = command.calendar or context.new_id
    if failure := await refuse_scope(command, session):
        return failure
    base = await load_calendar_use(session, None, command.base)
    family = await load_family(session, calendar, command.base)
    return decide_create(command, calendar, family, base)


async def _rename(command: RenameCalendar, session: Session, _context: Context) -> Result:
    state, refusal = await load_calendar(command, session)
    return refusal or decide_rename(command, state)


async def _set_base(command: SetCalendarBase, session: Session, _context: Context) -> Result:
    state, refusal = await load_calendar(command, session)
    if refusal:
        return refusal
    base = await load_calendar_use(session, state.base, command.base)
    return decide_set_base(command, await load_family(session, command.calendar, command.base), base)


async def _delete(command: DeleteCalendar, session: Session, _context: Context) -> Result:
    state, refusal = await load_calendar(command, session)
    if state.deleted and state.project == command.project:
        return Success()
    if refusal:
        return refusal
    await load_calendar_use(session, state.base, None)
    return decide_delete(command, state, await session.load(CALENDAR_USE.at(command.calendar)))


async def _restore(command: RestoreCalendar, session: Session, _context: Context) -> Result:
    ref = CALENDAR.at(command.calendar)
    if failure := await refuse_scope(command, session):
        return failure
    state = await session.load(ref)
    if not state.exists or state.project != command.project:
        return calendar_unknown(command)
    if failure := await session.expect(ref, state.revision, command.calendar):
        return failure
    if state.live:
        return Success()
    base = await load_calendar_use(session, None, state.base)
    return decide_restore(command, await load_family(session, command.calendar), base)


def calendar_queue(command: CalendarCommand, _context: Context) -> str:
    return CALENDAR.at(command.calendar).stream


def calendar_tag(command: CalendarCommand, session: Session, context: Context) -> str:
    return str(session.version(calendar_queue(command, context)))


def _made(command: CreateCalendar, context: Context) -> str:
    return CALENDAR.at(command.calendar or context.new_id).stream


HANDLERS = (
    Handler("CreateCalendar", CreateCalendar, _create, _made, lambda c, s, x: str(s.version(_made(c, x)))),
    Handler("RenameCalendar", RenameCalendar, _rename, calendar_queue, calendar_tag),
    Handler("SetCalendarBase", SetCalendarBase, _set_base, calendar_queue, calendar_tag),
    Handler("DeleteCalendar", DeleteCalendar, _delete, calendar_queue, calendar_tag),
    Handler("RestoreCalendar", RestoreCalendar, _restore, calendar_queue, calendar_tag),
)
