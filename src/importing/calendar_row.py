"""A calendar element as checked values: hours of weekdays, exceptions and work weeks."""

from collections.abc import Iterator
from datetime import date, time
from itertools import pairwise
from uuid import UUID, uuid5

from ..scheduling import CalendarException, Hours, Weekday, WeekdayHours, WorkingInterval, WorkWeek
from ..scheduling.recurrence import TooManyDatesError, dates_of
from .field_text import Fields, boolean, clock_time, guid, integer, name, one_of, wall_clock
from .plan_file import FileCalendar
from .recurrence import RECURRENCE_FIELDS, Recurring, recurrence_of
from .xml_stream import Item, Shape

_WEEKDAY = Shape(
    fields=frozenset(("DayType", "DayWorking", "FromDate", "ToDate")),
    parts={"WorkingTime": Shape(fields=frozenset(("FromTime", "ToTime")))},
    through=frozenset(("TimePeriod", "WorkingTimes")),
)
_EXCEPTION = Shape(
    fields=_WEEKDAY.fields | RECURRENCE_FIELDS | {"Name"}, parts=_WEEKDAY.parts, through=_WEEKDAY.through
)
_WORK_WEEK = Shape(
    fields=frozenset(("Name", "FromDate", "ToDate")),
    parts={"WeekDay": _WEEKDAY},
    through=frozenset(("TimePeriod", "WeekDays")),
)
CALENDAR = Shape(
    fields=frozenset(("UID", "GUID", "Name", "BaseCalendarUID")),
    parts={"WeekDay": _WEEKDAY, "Exception": _EXCEPTION, "WorkWeek": _WORK_WEEK},
    through=frozenset(("WeekDays", "Exceptions", "WorkWeeks")),
)

DAY_TYPES = {
    1: Weekday.SUNDAY,
    2: Weekday.MONDAY,
    3: Weekday.TUESDAY,
    4: Weekday.WEDNESDAY,
    5: Weekday.THURSDAY,
    6: Weekday.FRIDAY,
    7: Weekday.SATURDAY,
}
_DATES = 0  # the day type of an exception, as files up to Project 2003 have them
_DAY_TYPE = one_of({_DATES: None, **DAY_TYPES})
_UID = integer(-1, 2**31 - 1)
_NAMESPACE = UUID("c3a5b1a0-6c5f-5d0f-9d53-0a6f4f0f5a11")

USUAL_HOURS: Hours = (WorkingInterval(start="08:00", finish="12:00"), WorkingInterval(start="13:00", finish="17:00"))
"""Those of a working day that says no hours."""


def calendar_row(item: Item) -> tuple[FileCalendar, int]:
    """The calendar of an element, and how many of its exceptions recur in a way that no rule can say.

    Raises ImportRefused for a value that cannot be.
    """
    shown = " ".join(item.fields.get("Name", "").split())[:80]
    fields = Fields(f"Calendar “{shown}” (UID {item.fields.get('UID', 'none')[:20]})", item.line, item.fields)
    uid = fields.read("UID", _UID, None)
    if uid is None or uid < 0:
        raise fields.refused("it has no <UID>")
    base = fields.read("BaseCalendarUID", _UID, -1)
    exceptions, unsaid = _exceptions(item, fields.owner)
    calendar = FileCalendar(
        uid=uid,
        name=fields.read("Name", name, "") or f"Calendar {uid}",
        base=base if base >= 0 else None,
        weekdays=_weekdays(item, fields.owner),
        exceptions=exceptions,
        work_weeks=tuple({week.id: week for week in _work_weeks(item, fields.owner)}.values()),
        line=item.line,
        guid=fields.read("GUID", guid, None),
    )
    return calendar, unsaid


def _weekdays(item: Item, owner: str) -> dict[Weekday, Hours]:
    found: dict[Weekday, Hours] = {}
    for part in item.every("WeekDay"):
        fields = Fields(owner, part.line, part.fields)
        weekday = fields.read("DayType", _DAY_TYPE, None)
        if weekday is not None:
            found[weekday] = _hours(part, fields)
    return {weekday: found[weekday] for weekday in Weekday if weekday in found}


def _exceptions(item: Item, owner: str) -> tuple[tuple[CalendarException, ...], int]:
    """Those of newer files; they write them a second time, date by date, for older readers, which alone is no loss."""
    found: dict[UUID, CalendarException] = {}
    unsaid = 0
    newer = item.every("Exception")
    for part in newer or item.every("WeekDay"):
        fields = Fields(owner, part.line, part.fields)
        if not newer and fields.read("DayType", _DAY_TYPE, None) is not None:
            continue
        recurrence = recurrence_of(fields)
        if recurrence is Recurring.IN_NO_RULE:
            unsaid += 1
            continue
        start, finish = _period(fields)
        hours = _hours(part, fields)
        title = fields.read("Name", name, "")
        exception = CalendarException(
            id=_NAMESPACE, name=title, start=start, finish=finish, hours=hours, recurrence=recurrence
        )
        exception = exception.model_copy(update={"id": exception_id(exception)})
        if _has_dates(exception, fields):
            found[exception.id] = exception
    return tuple(found.values()), unsaid


def _work_weeks(item: Item, owner: str) -> Iterator[WorkWeek]:
    for part in item.every("WorkWeek"):
        fields = Fields(owner, part.line, part.fields)
        start, finish = _period(fields)
        hours = _weekdays(part, owner)
        title = fields.read("Name", name, "")
        days = tuple(WeekdayHours(weekday=day, hours=hours[day]) for day in hours)
        if days:
            week = WorkWeek(id=_NAMESPACE, name=title, start=start, finish=finish, days=days)
            yield week.model_copy(update={"id": work_week_id(week)})


def exception_id(exception: CalendarException) -> UUID:
    """The id that an exception of a file has: it follows from what it says."""
    told = (exception.start, exception.finish, exception.recurrence, _told(exception.hours), exception.name)
    return uuid5(_NAMESPACE, "/".join(map(str, told)))


def work_week_id(week: WorkWeek) -> UUID:
    """The id that a work week of a file has: it follows from what it says."""
    days = ";".join(f"{day.weekday}={_told(day.hours)}" for day in week.days)
    return uuid5(_NAMESPACE, f"{week.start}/{week.finish}/{week.name}/{days}")


def _has_dates(exception: CalendarException, fields: Fields) -> bool:
    """Whether it says anything: a rule may give no date in its time."""
    try:
        return bool(dates_of(exception))
    except TooManyDatesError as error:
        raise fields.refused(f"an exception is too long: {error}") from None


def _period(fields: Fields) -> tuple[date, date]:
    start, finish = fields.read("FromDate", wall_clock, None), fields.read("ToDate", wall_clock, None)
    if start is None or finish is None:
        raise fields.refused("an exception or a work week needs a <FromDate> and a <ToDate>")
    if finish.date() < start.date():
        raise fields.refused("an exception or a work week ends before it begins")
    return start.date(), finish.date()


def _hours(item: Item, fields: Fields) -> Hours:
    if not fields.read("DayWorking", boolean, default=False):
        return ()
    hours = tuple(_intervals(item, fields.owner)) or USUAL_HOURS
    if any(after.minutes[0] < before.minutes[1] for before, after in pairwise(hours)):
        raise fields.refused("its working times overlap")
    return hours


def _intervals(item: Item, owner: str) -> list[WorkingInterval]:
    found = []
    for part in item.every("WorkingTime"):
        fields = Fields(owner, part.line, part.fields)
        start, finish = fields.read("FromTime", clock_time, None), fields.read("ToTime", clock_time, None)
        if start is None or finish is None:  # a row of the table that holds nothing
            continue
        interval = WorkingInterval(start=_shown(start), finish=_shown(finish) if finish != time() else "24:00")
        if interval.minutes[1] <= interval.minutes[0]:
            raise fields.refused("a working time ends before it begins")
        found.append(interval)
    return sorted(found, key=lambda interval: interval.minutes)


def _shown(value: time) -> str:
    return value.isoformat("minutes")


def _told(hours: Hours) -> str:
    return ",".join(f"{interval.start}-{interval.finish}" for interval in hours)
