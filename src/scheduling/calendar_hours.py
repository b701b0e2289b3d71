"""What a calendar says about a date: its hours, and why. A calendar is given with its bases, itself first.

An exception comes first, then a holiday of the same calendar, then those of its base, and so on; then work weeks; then
weekdays; of each kind the calendar itself before its base. Of several exceptions of one calendar those without a
recurrence come first, of these the one that was added first. A weekday that no calendar names is as usual.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from .calendar import WEEKDAYS, Calendar, CalendarException, Hours, Weekday, WorkingInterval
from .recurrence import dates_of

MOST_BASES = 20
"""How many calendars there can be in a chain, the first included."""
_OFFICE = (WorkingInterval(start="08:00", finish="12:00"), WorkingInterval(start="13:00", finish="17:00"))
USUAL_WEEK: tuple[Hours, ...] = (*(_OFFICE,) * 5, (), ())
"""Monday to Friday from 08:00 to 12:00 and from 13:00 to 17:00."""

Chain = Sequence[Calendar]


class Why(StrEnum):
    """What gives a date its hours."""

    EXCEPTION = "exception"
    HOLIDAY = "holiday"
    WORK_WEEK = "work_week"
    WEEKDAY = "weekday"


@dataclass(frozen=True, slots=True)
class DayHours:
    """The hours of a date, and what gives them; `name` is that of the exception, the holiday or the work week."""

    hours: Hours
    why: Why
    name: str = ""


def hours_of(chain: Chain, on: date) -> Hours:
    """The working hours of a date."""
    return day_of(chain, on).hours


def day_of(chain: Chain, on: date) -> DayHours:
    """The working hours of a date, and why they are so."""
    return next(days_between(chain, on, on))


def days_between(chain: Chain, first: date, last: date) -> Iterator[DayHours]:
    """Those of all dates from the first to the last, both included."""
    special = special_days(chain)
    for day in range((last - first).days + 1):
        on = first + timedelta(days=day)
        yield special.get(on) or usual_day(chain, WEEKDAYS[on.weekday()], on)


def refuse_disorder(hours: Hours) -> str | None:
    """What is wrong with the hours of a day, in words: they have to be in order and apart. None: nothing is."""
    for interval in hours:
        start, finish = interval.minutes
        if start >= finish:
            return f"work from {interval.start} to {interval.finish} does not end after it begins on the same day"
    for before, after in pairwise(hours):
        if after.minutes[0] < before.minutes[1]:
            return f"{after.start} to {after.finish} begins before {before.start} to {before.finish} has ended"
    return None


def _in_order(calendar: Calendar) -> Iterator[CalendarException]:
    yield from (each for each in calendar.exceptions if each.recurrence is None)
    yield from (each for each in calendar.exceptions if each.recurrence is not None)


def usual_day(chain: Chain, weekday: Weekday, on: date) -> DayHours:
    """The weekday as it is around that date: by work weeks and weekdays."""
    for calendar in chain:
        for week in calendar.work_weeks:
            if week.start <= on <= week.finish:
                for day in week.days:
                    if day.weekday is weekday:
                        return DayHours(day.hours, Why.WORK_WEEK, week.name)
    for calendar in chain:
        if weekday in calendar.weekdays:
            return DayHours(calendar.weekdays[weekday], Why.WEEKDAY)
    return DayHours(USUAL_WEEK[WEEKDAYS.index(weekday)], Why.WEEKDAY)


def special_days(chain: Chain) -> dict[date, DayHours]:
    """The dates that have an exception or a holiday, with what that says."""
    found: dict[date, DayHours] = {}
    for calendar in reversed(chain):
        found.update({each.date: DayHours((), Why.HOLIDAY, each.name) for each in calendar.holidays})
        for exception in reversed(list(_in_order(calendar))):
            hours = DayHours(exception.hours, Why.EXCEPTION, exception.name)
            found.update(dict.fromkeys(dates_of(exception), hours))
    return found
