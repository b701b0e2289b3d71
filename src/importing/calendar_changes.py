"""The commands that make a project's own calendars what a file says."""

from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID

from ..commands.calendar import CreateCalendar, RenameCalendar, SetCalendarBase
from ..commands.calendar_hours import AddException, RemoveException, RemoveWorkWeek, SetWeekday, SetWorkWeek
from ..commands.calendar_state import CALENDAR, CalendarState
from ..commands.calendar_use import CALENDAR_USE
from ..commands.command import Command
from ..commands.session import Session
from ..scheduling import CalendarException, Weekday
from .calendar_row import exception_id, work_week_id
from .identities import EXTERNAL, Identities
from .plan_file import FileCalendar, PlanFile
from .recurrence import written


async def calendar_changes(
    file: PlanFile, ids: Identities, time_zone: str, session: Session
) -> AsyncIterator[tuple[Command, str]]:
    """Bases come first. Shared calendars are not changed, and what the file does not have any more stays."""
    known = [ids.calendar(calendar.uid) for calendar in file.calendars]
    await session.load_all([CALENDAR_USE.at(id_) for id_ in known])
    states = await session.load_all([CALENDAR.at(id_) for id_ in known])
    for calendar, state in zip(file.calendars, states, strict=True):
        if state.exists and state.project is None:
            continue
        for command in _of_calendar(calendar, state, ids, time_zone):
            yield command, f"line {calendar.line}, calendar {calendar.name!r}"


def _of_calendar(calendar: FileCalendar, state: CalendarState, ids: Identities, time_zone: str) -> Iterator[Command]:
    own: dict[str, Any] = {"project": ids.project, "calendar": ids.calendar(calendar.uid)}
    base = None if calendar.base is None else ids.calendar(calendar.base)
    if not state.exists:
        external_id = f"{EXTERNAL}{calendar.uid}"
        yield CreateCalendar(name=calendar.name, time_zone=time_zone, base=base, external_id=external_id, **own)
    else:
        if state.name != calendar.name:
            yield RenameCalendar(name=calendar.name, **own)
        if state.base != base:
            yield SetCalendarBase(base=base, **own)
    yield from _hours(calendar, state, own)


def _hours(calendar: FileCalendar, state: CalendarState, own: dict[str, Any]) -> Iterator[Command]:
    """First what is worked more, so that there is work at any time in between."""
    changed = [day for day in Weekday if calendar.weekdays.get(day) != state.weekdays.get(day)]
    for day in sorted(changed, key=lambda day: not calendar.weekdays.get(day)):
        yield SetWeekday(weekday=day, hours=calendar.weekdays.get(day), **own)
    wanted = {week.id for week in calendar.work_weeks}
    said = {work_week_id(week) for week in state.work_weeks}
    for week in state.work_weeks:
        if week.id == work_week_id(week) and week.id not in wanted:
            yield RemoveWorkWeek(work_week=week.id, **own)
    for week in calendar.work_weeks:
        if week.id not in said:
            yield SetWorkWeek(
                work_week=week.id, name=week.name, start=week.start, finish=week.finish, days=week.days, **own
            )
    yield from _exceptions(calendar, state, own)


def _exceptions(calendar: FileCalendar, state: CalendarState, own: dict[str, Any]) -> Iterator[Command]:
    """What was made by hand stays, and is not doubled by a file that says the same."""
    wanted = {exception.id for exception in calendar.exceptions}
    said = {exception_id(exception) for exception in state.exceptions}
    said |= {exception_id(same) for exception in state.exceptions for same, _ in written(exception)}
    said |= {exception_id(_as_exception(day, holiday.name)) for day, holiday in state.holidays.items()}
    for exception in state.exceptions:
        if exception.id == exception_id(exception) and exception.id not in wanted:
            yield RemoveException(exception=exception.id, **own)
    for exception in calendar.exceptions:
        if exception.id not in said:
            yield AddException(
                exception=exception.id,
                name=exception.name,
                start=exception.start,
                finish=exception.finish,
                hours=exception.hours,
                recurrence=exception.recurrence,
                **own,
            )


def _as_exception(day: Any, name: str) -> CalendarException:
    """As a file says a holiday."""
    return CalendarException(id=UUID(int=0), name=name, start=day, finish=day)
