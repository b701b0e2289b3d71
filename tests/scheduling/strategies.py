"""Calendars as Hypothesis draws them: a few things said about the dates of two years."""

from datetime import date
from uuid import UUID

from hypothesis import strategies as st

from src.scheduling import (
    WEEKDAYS,
    Calendar,
    CalendarException,
    Holiday,
    Hours,
    Weekday,
    WeekdayHours,
    WorkingInterval,
    WorkWeek,
)

FIRST, LAST = date(2026, 1, 1), date(2027, 12, 31)
DATES = st.dates(FIRST, LAST)
RECURRENCES = (
    "FREQ=DAILY;INTERVAL=3",
    "FREQ=WEEKLY;BYDAY=MO,SA",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR;WKST=SU",
    "FREQ=MONTHLY;BYMONTHDAY=31",
    "FREQ=MONTHLY;BYDAY=-1FR",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=YEARLY;BYMONTH=9;BYDAY=MO;BYSETPOS=1",
)


@st.composite
def hours(draw: st.DrawFn) -> Hours:
    """None, one or two intervals, in order and apart."""
    times = sorted(draw(st.sets(st.integers(0, 24), max_size=4)))
    pairs = zip(times[::2], times[1::2], strict=False)
    return tuple(WorkingInterval(start=f"{start:02}:00", finish=f"{finish:02}:00") for start, finish in pairs)


@st.composite
def periods(draw: st.DrawFn) -> dict[str, date]:
    """A start, and a finish that does not lie before it."""
    start, finish = sorted((draw(DATES), draw(DATES)))
    return {"start": start, "finish": finish}


@st.composite
def work_weeks(draw: st.DrawFn) -> tuple[WorkWeek, ...]:
    """Up to three, apart, in any order."""
    dates = sorted(draw(st.sets(DATES, max_size=6)))
    pairs = draw(st.permutations(list(zip(dates[::2], dates[1::2], strict=False))))
    named = [draw(st.dictionaries(st.sampled_from(Weekday), hours(), min_size=1)) for _ in pairs]
    return tuple(
        WorkWeek(
            id=UUID(int=number),
            name="some weeks",
            start=start,
            finish=finish,
            days=tuple(WeekdayHours(weekday=day, hours=on) for day, on in days.items()),
        )
        for number, ((start, finish), days) in enumerate(zip(pairs, named, strict=True))
    )


@st.composite
def exceptions(draw: st.DrawFn) -> CalendarException:
    """For a period, or recurring in it."""
    recurrence = draw(st.none() | st.sampled_from(RECURRENCES))
    return CalendarException(
        id=draw(st.uuids()), name="other", hours=draw(hours()), recurrence=recurrence, **draw(periods())
    )


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Whatever can be said by itself."""
    holidays = draw(st.sets(DATES, max_size=3))
    return Calendar(
        time_zone="UTC",
        weekdays=draw(st.dictionaries(st.sampled_from(WEEKDAYS), hours())),
        work_weeks=draw(work_weeks()),
        exceptions=tuple(draw(st.lists(exceptions(), max_size=3))),
        holidays=tuple(Holiday(date=day, name="Fair") for day in sorted(holidays)),
    )


CHAINS = st.lists(calendars(), min_size=1, max_size=3)
