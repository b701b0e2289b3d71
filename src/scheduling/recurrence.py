"""The dates of an exception: all of a period, or those that a recurrence rule (RFC 5545) gives in it."""

import re
from datetime import MAXYEAR, date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice, takewhile

from dateutil.rrule import rrulestr

from .calendar import CalendarException

MOST_DATES = 10_000
"""Of one exception: 27 years of days."""
_FREQUENCIES = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
_PARTS = frozenset({"INTERVAL", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYSETPOS", "WKST"})
_VALUE = re.compile(r"[A-Z0-9,+-]{1,200}")
_INTERVAL = re.compile(r"[1-9][0-9]{0,2}")
_YEARS_A_CYCLE = 400
_CYCLE = timedelta(days=146_097)
"""The dates of the calendar repeat after 400 years, on the same weekdays. A rule that gives nothing is tried until the
year 9999, so it is asked for the dates of as many cycles later as there are: that takes a fortieth of the time."""


class RecurrenceError(ValueError):
    """The text is no recurrence rule, or has parts that are not for dates, or that another field says."""


class TooManyDatesError(ValueError):
    """It would be more than `MOST_DATES`."""


@lru_cache(maxsize=4096)
def dates_of(exception: CalendarException) -> frozenset[date]:
    """The dates of an exception. Raises RecurrenceError and TooManyDatesError."""
    if exception.recurrence is None:
        days = (exception.finish - exception.start).days + 1
        if days > MOST_DATES:
            raise TooManyDatesError(f"from {exception.start} to {exception.finish} are {days} dates")
        return frozenset(exception.start + timedelta(days=day) for day in range(days))
    return frozenset(_recurring(exception.recurrence, exception.start, exception.finish))


def _recurring(recurrence: str, start: date, finish: date) -> list[date]:
    _check(recurrence)
    cycles = (MAXYEAR - finish.year) // _YEARS_A_CYCLE
    later, last = (each.replace(year=each.year + cycles * _YEARS_A_CYCLE) for each in (start, finish))
    try:
        rule = rrulestr(recurrence, dtstart=datetime.combine(later, time()))
        found = list(islice(takewhile(lambda each: each.date() <= last, rule), MOST_DATES + 1))
    except (ValueError, KeyError, IndexError, TypeError, OverflowError) as error:  # what dateutil raises for odd values
        raise RecurrenceError(f"{recurrence!r} is no recurrence rule: {error}") from error
    if len(found) > MOST_DATES:
        raise TooManyDatesError(f"{recurrence} gives more than {MOST_DATES} dates from {start} to {finish}")
    return [each.date() - _CYCLE * cycles for each in found]


def _check(recurrence: str) -> None:
    """Lets through what says on which dates: parts once each, a frequency of days or longer."""
    parts = [part.partition("=")[::2] for part in recurrence.split(";")]
    names = [name for name, _ in parts]
    if len(set(names)) != len(names) or not all(_VALUE.fullmatch(value) for _, value in parts):
        raise RecurrenceError(f"{recurrence!r} is no recurrence rule: name each part once, as in FREQ=WEEKLY;BYDAY=MO")
    values = dict(parts)
    if values.pop("FREQ", None) not in _FREQUENCIES:
        raise RecurrenceError(f"a recurrence has a FREQ, one of {', '.join(sorted(_FREQUENCIES))}")
    if others := sorted(set(values) - _PARTS):
        raise RecurrenceError(
            f"{', '.join(others)} is not for dates, or said by start and finish; a recurrence may have "
            f"{', '.join(sorted(_PARTS))}"
        )
    if "INTERVAL" in values and not _INTERVAL.fullmatch(values["INTERVAL"]):
        raise RecurrenceError("INTERVAL is a number from 1 to 999")
