"""What a whole plan is computed by: the project's calendar, and the date that its progress is told for."""

from typing import ClassVar
from uuid import UUID

from ..events.calendar import CalendarUse
from ..events.project import ProjectCalendarSet, ProjectStatusDateSet
from .calendar_state import CalendarState, refuse_calendar
from .calendar_use import change_calendar_use, load_calendar_use
from .command import Context, ProjectCommand
from .handler import Handler
from .permissions import Permission
from .project import PROJECT, ProjectState, WallClock, project_queue, project_tag, refuse_unless_live
from .result import Failure, Result, Success
from .session import Session


class SetDefaultCalendar(ProjectCommand):
    """The calendar of all that has none of its own, a shared one or the project's.

    None: five days of eight hours (08:00 to 12:00, 13:00 to 17:00).
    """

    permission: ClassVar = Permission.MANAGE_PROJECT
    calendar: UUID | None = None


class SetStatusDate(ProjectCommand):
    """The date that progress is told for, on the wall of the project; None: whenever somebody looks."""

    permission: ClassVar = Permission.MANAGE_PROJECT
    status_date: WallClock | None = None


def decide_set_default_calendar(
    command: SetDefaultCalendar, state: ProjectState, calendar: CalendarState | None
) -> Result:
    """`calendar` is the state of the one that is wanted, if one is."""
    if command.calendar == state.calendar:
        return Success()
    if failure := refuse_calendar(calendar, command.project):
        return failure
    calendar_set = ProjectCalendarSet(project=command.project, calendar=command.calendar)
    used = change_calendar_use(CalendarUse.PROJECT, command.project, state.calendar, command.calendar)
    return Success(((PROJECT.at(command.project).stream, calendar_set), *used))


def decide_set_status_date(command: SetStatusDate, state: ProjectState) -> Result:
    if command.status_date == state.status_date:
        return Success()
    date_set = ProjectStatusDateSet(project=command.project, status_date=command.status_date)
    return Success(((PROJECT.at(command.project).stream, date_set),))


async def _set_default_calendar(command: SetDefaultCalendar, session: Session, _context: Context) -> Result:
    loaded = await _live(command, session)
    if isinstance(loaded, Failure):
        return loaded
    calendar = await load_calendar_use(session, loaded.calendar, command.calendar)
    return decide_set_default_calendar(command, loaded, calendar)


async def _set_status_date(command: SetStatusDate, session: Session, _context: Context) -> Result:
    loaded = await _live(command, session)
    return loaded if isinstance(loaded, Failure) else decide_set_status_date(command, loaded)


async def _live(command: ProjectCommand, session: Session) -> Failure | ProjectState:
    ref = PROJECT.at(command.project)
    state = await session.load(ref)
    refusal = refuse_unless_live(command, state)
    return refusal or await session.expect(ref, state.revision, command.project) or state


HANDLERS = (
    Handler("SetDefaultCalendar", SetDefaultCalendar, _set_default_calendar, project_queue, project_tag),
    Handler("SetStatusDate", SetStatusDate, _set_status_date, project_queue, project_tag),
)
