# These names and values are part of the stored event format: add, never change.
"""The value types of a calendar: when work is done.

A date's hours are those of the first that says something about it: an exception, then a work week, then the
weekday; of each kind the calendar itself before its base.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from .values import Value

MINUTES_A_DAY = 24 * 60

ClockTime = Annotated[
    str,
    StringConstraints(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"),
    Field(description="Hours and minutes; 24:00 is the end of the day"),
]


class WorkingInterval(Value):
    """From one time of the day to a later one; work across midnight is two intervals, on two days."""

    start: ClockTime
    finish: ClockTime

    @property
    def minutes(self) -> tuple[int, int]:
        """Both ends in minutes of the day."""
        return _minutes(self.start), _minutes(self.finish)


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


Hours = tuple[WorkingInterval, ...]
"""The working hours of one day, in order and apart; none at all: nobody works."""


class Weekday(StrEnum):
    """As recurrence rules name them (RFC 5545), Monday first."""

    MONDAY = "MO"
    TUESDAY = "TU"
    WEDNESDAY = "WE"
    THURSDAY = "TH"
    FRIDAY = "FR"
    SATURDAY = "SA"
    SUNDAY = "SU"


WEEKDAYS = tuple(Weekday)
"""By the number that `date.weekday` gives."""


class WeekdayHours(Value):
    weekday: Weekday
    hours: Hours


class WorkWeek(Value):
    """Other hours for the weekdays that it names, from one date to another, both included."""

    id: UUID
    name: str = ""
    start: date
    finish: date
    days: tuple[WeekdayHours, ...]


class CalendarException(Value):
    """Other hours on some dates: all from start to finish, or those that a recurrence gives in between.

    `recurrence` is a rule of RFC 5545 without DTSTART, UNTIL and COUNT, such as FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24.
    """

    id: UUID
    name: str = ""
    start: date
    finish: date
    hours: Hours = ()
    recurrence: str | None = None


class Holiday(Value):
    """A date on which nobody works."""

    date: date
    name: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """What a calendar says by itself; what it does not say is its base's to say."""

    time_zone: str
    base: UUID | None = None
    weekdays: Mapping[Weekday, Hours] = field(default_factory=dict)
    work_weeks: tuple[WorkWeek, ...] = ()
    exceptions: tuple[CalendarException, ...] = ()
    holidays: tuple[Holiday, ...] = ()
