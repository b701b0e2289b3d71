# These names and fields are the stored format: add, never change.
"""What happens to a calendar, and who uses it. `project` None: it is shared, everybody may use it."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime

from ..scheduling import CalendarException, Holiday, Hours, Weekday, WorkWeek
from .event import Event


class CalendarCreated(Event):
    calendar: UUID
    project: UUID | None = None
    name: str
    time_zone: str
    base: UUID | None = None
    external_id: str | None = None


class CalendarRenamed(Event):
    calendar: UUID
    name: str


class CalendarBaseChanged(Event):
    calendar: UUID
    base: UUID | None = None


class CalendarWeekdaySet(Event):
    """`hours` None: as the base has it."""

    calendar: UUID
    weekday: Weekday
    hours: Hours | None = None


class WorkWeekSet(Event):
    """A new work week, or one of the same id in its place."""

    calendar: UUID
    work_week: WorkWeek


class WorkWeekRemoved(Event):
    calendar: UUID
    work_week: UUID


class CalendarExceptionAdded(Event):
    calendar: UUID
    exception: CalendarException


class CalendarExceptionRemoved(Event):
    calendar: UUID
    exception: UUID


class HolidaysAdded(Event):
    """The dates as they were applied; country, region and years say where they were taken from, if from there."""

    calendar: UUID
    holidays: tuple[Holiday, ...]
    country: str | None = None
    region: str | None = None
    years: tuple[int, ...] = ()


class HolidayRemoved(Event):
    calendar: UUID
    date: date


class CalendarEventAdded(Event):
    """A meeting or a note: it has no effect on the schedule."""

    calendar: UUID
    entry: UUID
    title: str
    notes: str
    start: AwareDatetime
    end: AwareDatetime


class CalendarEventRemoved(Event):
    calendar: UUID
    entry: UUID


class CalendarDeleted(Event):
    calendar: UUID


class CalendarRestored(Event):
    """With all that it said when it was deleted."""

    calendar: UUID


class CalendarUse(StrEnum):
    """What can use a calendar."""

    BASE = "base"
    PROJECT = "project"
    TASK = "task"
    RESOURCE = "resource"


class CalendarTaken(Event):
    """Something uses the calendar from here on; in a stream of its own (`calendar-use`), beside the calendar's."""

    calendar: UUID
    use: CalendarUse
    by: UUID


class CalendarLeft(Event):
    calendar: UUID
    use: CalendarUse
    by: UUID


CalendarEvent = (
    CalendarCreated
    | CalendarRenamed
    | CalendarBaseChanged
    | CalendarWeekdaySet
    | WorkWeekSet
    | WorkWeekRemoved
    | CalendarExceptionAdded
    | CalendarExceptionRemoved
    | HolidaysAdded
    | HolidayRemoved
    | CalendarEventAdded
    | CalendarEventRemoved
    | CalendarDeleted
    | CalendarRestored
)
CalendarUseEvent = CalendarTaken | CalendarLeft
