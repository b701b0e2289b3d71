"""The state of a calendar: what it says about dates by itself, and the notes that stand in it."""

from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar, assert_never
from uuid import UUID

from immutables import Map

from ..events.calendar import (
    CalendarBaseChanged,
    CalendarCreated,
    CalendarDeleted,
    CalendarEvent,
    CalendarEventAdded,
    CalendarEventRemoved,
    CalendarExceptionAdded,
    CalendarExceptionRemoved,
    CalendarRenamed,
    CalendarRestored,
    CalendarWeekdaySet,
    HolidayRemoved,
    HolidaysAdded,
    WorkWeekRemoved,
    WorkWeekSet,
)
from ..scheduling import Calendar, CalendarException, Holiday, Hours, Weekday, WorkWeek
from .aggregate import Aggregate
from .codes import Code
from .result import Failure

_K = TypeVar("_K")
_V = TypeVar("_V")
_T = TypeVar("_T", WorkWeek, CalendarException)

_HoursEvent = (
    CalendarWeekdaySet
    | WorkWeekSet
    | WorkWeekRemoved
    | CalendarExceptionAdded
    | CalendarExceptionRemoved
    | HolidaysAdded
    | HolidayRemoved
)


@dataclass(frozen=True, slots=True)
class CalendarState:
    """`project` None: it is shared. A weekday that is not there is as the base has it.

    Exceptions are in the order in which they were added: of two on a date the first counts.
    """

    exists: bool = False
    project: UUID | None = None
    name: str = ""
    time_zone: str = "UTC"
    base: UUID | None = None
    weekdays: Map[Weekday, Hours] = Map()  # noqa: RUF009 - immutable
    work_weeks: tuple[WorkWeek, ...] = ()
    exceptions: tuple[CalendarException, ...] = ()
    holidays: Map[date, Holiday] = Map()  # noqa: RUF009 - immutable
    entries: Map[UUID, CalendarEventAdded] = Map()  # noqa: RUF009 - immutable
    deleted: bool = False
    revision: int = 0

    @property
    def live(self) -> bool:
        return self.exists and not self.deleted

    @property
    def calendar(self) -> Calendar:
        """What the schedule is computed with."""
        return Calendar(
            time_zone=self.time_zone,
            base=self.base,
            weekdays=dict(self.weekdays),
            work_weeks=self.work_weeks,
            exceptions=self.exceptions,
            holidays=tuple(self.holidays.values()),
        )


def _evolve(state: CalendarState, event: CalendarEvent, version: int) -> CalendarState:
    state = replace(state, revision=version)
    match event:
        case CalendarCreated():
            return replace(
                state,
                exists=True,
                project=event.project,
                name=event.name,
                time_zone=event.time_zone,
                base=event.base,
            )
        case CalendarRenamed():
            return replace(state, name=event.name)
        case CalendarBaseChanged():
            return replace(state, base=event.base)
        case CalendarEventAdded():
            return replace(state, entries=state.entries.set(event.entry, event))
        case CalendarEventRemoved():
            return replace(state, entries=_without(state.entries, event.entry))
        case CalendarDeleted() | CalendarRestored():
            return replace(state, deleted=isinstance(event, CalendarDeleted))
        case _:
            return _evolve_hours(state, event)


def _evolve_hours(state: CalendarState, event: _HoursEvent) -> CalendarState:
    match event:
        case CalendarWeekdaySet():
            if event.hours is None:
                return replace(state, weekdays=_without(state.weekdays, event.weekday))
            return replace(state, weekdays=state.weekdays.set(event.weekday, event.hours))
        case WorkWeekSet():
            return replace(state, work_weeks=(*_others(state.work_weeks, event.work_week.id), event.work_week))
        case WorkWeekRemoved():
            return replace(state, work_weeks=_others(state.work_weeks, event.work_week))
        case CalendarExceptionAdded():
            return replace(state, exceptions=(*state.exceptions, event.exception))
        case CalendarExceptionRemoved():
            return replace(state, exceptions=_others(state.exceptions, event.exception))
        case HolidaysAdded():
            return replace(state, holidays=state.holidays.update({each.date: each for each in event.holidays}))
        case HolidayRemoved():
            return replace(state, holidays=_without(state.holidays, event.date))
        case _:
            assert_never(event)


def _without(things: Map[_K, _V], key: _K) -> Map[_K, _V]:
    return things.delete(key) if key in things else things


def _others(things: tuple[_T, ...], id_: UUID) -> tuple[_T, ...]:
    return tuple(each for each in things if each.id != id_)


CALENDAR = Aggregate("calendar", CalendarState(), _evolve)


def refuse_calendar(calendar: CalendarState | None, project: UUID | None) -> Failure | None:
    """The refusal of a calendar that something of the project (None: something shared) cannot use.

    It is not there, was deleted, or is the own one of another project: that is told in the same words. None: no
    calendar was named, which is never refused.
    """
    if calendar is None or (calendar.live and calendar.project in (None, project)):
        return None
    return Failure(
        Code.CALENDAR_UNKNOWN,
        "there is no such calendar, or this cannot use it: what is shared uses shared calendars only, what is of a "
        "project those and the project's own",
    )
