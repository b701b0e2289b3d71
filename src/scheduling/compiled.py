"""Calendars made into working time: their bases, weekdays, work weeks, exceptions and holidays as spans of weeks."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from .calendar import WEEKDAYS, Calendar, Hours, Weekday
from .calendar_hours import MOST_BASES, USUAL_WEEK, special_days, usual_day
from .scheduled import ScheduleCode, UnschedulableError
from .values import TENTHS_PER_MINUTE
from .working_time import DAY, DayHours, Week, WorkingTime, ZonedWorkingTime

LONGEST_PAUSE = 366
"""Days from one with work to the next: there is some within a year of any date."""
_ONE_DAY = timedelta(days=1)

Weeks = tuple[tuple[int, Week], ...]
"""The weeks that hold from moment to moment."""


def usual_time() -> WorkingTime:
    """The working time of a project without a calendar."""
    return WorkingTime([(0, Week(tuple(day_hours(hours) for hours in USUAL_WEEK)))])


def chain_of(calendars: Mapping[UUID, Calendar], id_: UUID) -> list[Calendar]:
    """The calendar, its base, the base of that, and so on. Raises UnschedulableError."""
    chain: list[Calendar] = []
    wanted: UUID | None = id_
    while wanted is not None:
        if wanted not in calendars or len(chain) == MOST_BASES:
            raise UnschedulableError(ScheduleCode.CALENDAR_UNKNOWN, f"the calendar {wanted} is not there", (wanted,))
        chain.append(calendars[wanted])
        wanted = chain[-1].base
    return chain


class WorkingTimes:
    """Working times told in one zone; calendars that say the same share one."""

    def __init__(self, time_zone: str) -> None:
        self._here = time_zone
        self._made: dict[tuple[Weeks, str], WorkingTime | None] = {}

    def of(self, chain: Sequence[Calendar]) -> WorkingTime | None:
        """That of a calendar with its bases; None if there is none for a whole year."""
        return self._shared(spans_of(chain), chain[0].time_zone)

    def common(self, one: Sequence[Calendar], other: Sequence[Calendar]) -> WorkingTime | None:
        """When both calendars work; None if that is not within every year, or if they are of different zones."""
        if one[0].time_zone != other[0].time_zone:
            return None
        return self._shared(tuple(_merged(spans_of(one), spans_of(other))), one[0].time_zone)

    def _shared(self, spans: Weeks, there: str) -> WorkingTime | None:
        if (spans, there) not in self._made:
            self._made[spans, there] = self._new(spans, there)
        return self._made[spans, there]

    def _new(self, spans: Weeks, there: str) -> WorkingTime | None:
        made = WorkingTime(spans)
        if made.pause_beyond(LONGEST_PAUSE) is not None:
            return None
        return made if there == self._here else ZonedWorkingTime(spans, ZoneInfo(there), ZoneInfo(self._here))


def spans_of(chain: Sequence[Calendar]) -> Weeks:
    """The weeks that hold from moment to moment."""
    usual = _usual_weeks(chain)
    special = special_days(chain)
    distinct = {id(day): day for day in special.values()}  # all dates of an exception have the same object
    made = {key: Week((day_hours(day.hours),) * 7) for key, day in distinct.items()}
    edges = {*usual, *special, *(on + _ONE_DAY for on in special)}
    spans: list[tuple[int, Week]] = []
    otherwise = usual[date.min]
    for on in sorted(edges):
        otherwise = usual.get(on, otherwise)
        week = made[id(special[on])] if on in special else otherwise
        if not spans or spans[-1][1] != week:
            spans.append((_day(on) * DAY, week))
    return tuple(spans)


def pause_over_a_year(chain: Sequence[Calendar]) -> date | None:
    """The day after which there is no work for more than a year; None if there is some within a year of any date."""
    found = WorkingTime(spans_of(chain)).pause_beyond(LONGEST_PAUSE)
    return None if found is None else date.min + timedelta(days=found)


def _day(on: date) -> int:
    return on.toordinal() - 1


@lru_cache(maxsize=4096)
def day_hours(hours: Hours) -> DayHours:
    """The same in tenths of a minute."""
    pairs = (interval.minutes for interval in hours)
    return tuple((start * TENTHS_PER_MINUTE, finish * TENTHS_PER_MINUTE) for start, finish in pairs)


def _usual_weeks(chain: Sequence[Calendar]) -> dict[date, Week]:
    """The week by work weeks and weekdays, from each date on at which a work week begins or is over.

    One pass over the work weeks in the order of time, with those that hold at the date.
    """
    bare = [replace(calendar, work_weeks=()) for calendar in chain]
    weekdays = {weekday: day_hours(usual_day(bare, weekday, date.min).hours) for weekday in WEEKDAYS}
    changes: defaultdict[date, list[int]] = defaultdict(list, {date.min: []})
    named: list[dict[Weekday, DayHours]] = []
    for number, week in enumerate(week for calendar in chain for week in calendar.work_weeks):
        named.append({day.weekday: day_hours(day.hours) for day in reversed(week.days)})
        changes[week.start].append(number)
        changes[week.finish + _ONE_DAY].append(number)
    found: dict[date, Week] = {}
    holding: set[int] = set()
    for on in sorted(changes):
        holding.symmetric_difference_update(changes[on])
        days = dict(weekdays)
        for number in sorted(holding, reverse=True):  # the first of them counts
            days |= named[number]
        found[on] = Week(tuple(days.values()))
    return found


def _merged(one: Weeks, other: Weeks) -> Iterator[tuple[int, Week]]:
    edges = sorted({moment for moment, _ in (*one, *other)})
    ones, others = dict(one), dict(other)
    this, that = one[0][1], other[0][1]
    for moment in edges:
        this, that = ones.get(moment, this), others.get(moment, that)
        yield moment, Week(tuple(tuple(_common(a, b)) for a, b in zip(this.days, that.days, strict=True)))


def _common(one: DayHours, other: DayHours) -> Iterator[tuple[int, int]]:
    for start, finish in one:
        for begin, end in other:
            if max(start, begin) < min(finish, end):
                yield max(start, begin), min(finish, end)
