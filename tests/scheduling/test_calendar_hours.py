"""The hours of dates by a calendar and its bases: which of all that is said counts, and that there is some work."""

from datetime import date, timedelta
from itertools import pairwise
from time import process_time
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.scheduling import Calendar, CalendarException, Holiday, Weekday, WeekdayHours, WorkWeek, day_of, hours_of
from src.scheduling.calendar_hours import USUAL_WEEK, Why, days_between
from src.scheduling.compiled import LONGEST_PAUSE, WorkingTimes, day_hours, pause_over_a_year, spans_of
from src.scheduling.working_time import DAY
from tests.commands.calendars import hours
from tests.examples import examples
from tests.scheduling.strategies import CHAINS, DATES, FIRST, LAST

MONDAY, SUNDAY = date(2026, 3, 2), date(2026, 3, 8)
EARLY, LATE, NIGHT, NOON = (hours(one) for one in ("06:00-10:00", "14:00-18:00", "20:00-24:00", "11:00-13:00"))


def calendar(**said: Any) -> Calendar:
    """A calendar that says this by itself."""
    return Calendar(time_zone="UTC", **said)


def exception(hours: Any = (), recurrence: str | None = None, **dates: Any) -> CalendarException:
    """On that Monday, unless other dates are given."""
    dates = {"start": MONDAY, "finish": MONDAY, **dates}
    return CalendarException(id=UUID(int=1), name="Stocktaking", hours=hours, recurrence=recurrence, **dates)


WEEKDAY = calendar(weekdays={Weekday.MONDAY: EARLY})
WEEK = calendar(
    work_weeks=(
        WorkWeek(
            id=UUID(int=1),
            name="Harvest",
            start=MONDAY,
            finish=SUNDAY,
            days=(WeekdayHours(weekday=Weekday.MONDAY, hours=LATE),),
        ),
    )
)
HOLIDAY = calendar(holidays=(Holiday(date=MONDAY, name="Fair"),))
EXCEPTION = calendar(exceptions=(exception(NIGHT),))
NOTHING = calendar()


def test_a_calendar_that_says_nothing_is_as_usual() -> None:
    """Monday to Friday from 8 to 12 and from 13 to 17."""
    week = [hours_of([NOTHING], MONDAY + timedelta(days=day)) for day in range(7)]
    assert week == [hours("08:00-12:00", "13:00-17:00")] * 5 + [()] * 2 == list(USUAL_WEEK)


@pytest.mark.parametrize(
    "chain, expected, why, name",
    [
        ([WEEKDAY], EARLY, Why.WEEKDAY, ""),
        ([NOTHING, WEEKDAY], EARLY, Why.WEEKDAY, ""),
        ([calendar(weekdays={Weekday.MONDAY: ()}), WEEKDAY], (), Why.WEEKDAY, ""),
        ([WEEKDAY, WEEK], LATE, Why.WORK_WEEK, "Harvest"),
        ([WEEK, WEEKDAY], LATE, Why.WORK_WEEK, "Harvest"),
        ([WEEK, HOLIDAY], (), Why.HOLIDAY, "Fair"),
        ([EXCEPTION, HOLIDAY], NIGHT, Why.EXCEPTION, "Stocktaking"),
        ([HOLIDAY, EXCEPTION], (), Why.HOLIDAY, "Fair"),
        ([WEEKDAY, WEEK, EXCEPTION], NIGHT, Why.EXCEPTION, "Stocktaking"),
        ([calendar(exceptions=EXCEPTION.exceptions, holidays=HOLIDAY.holidays)], NIGHT, Why.EXCEPTION, "Stocktaking"),
        ([calendar(exceptions=(exception(NOON), exception(NIGHT)))], NOON, Why.EXCEPTION, "Stocktaking"),
        ([calendar(exceptions=(exception(NOON, "FREQ=DAILY"), exception(NIGHT)))], NIGHT, Why.EXCEPTION, "Stocktaking"),
    ],
)
def test_what_is_said_of_a_date_has_an_order(chain: list[Calendar], expected: Any, why: Why, name: str) -> None:
    """Exceptions and holidays, work weeks, weekdays; of each kind the calendar before its base."""
    found = day_of(chain, MONDAY)
    assert (found.hours, found.why, found.name) == (expected, why, name)


def test_a_recurrence_gives_the_dates_from_start_to_finish() -> None:
    """Both included; leap years and the weekdays of other centuries as well."""
    rule = "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"
    leap = calendar(exceptions=(exception(NIGHT, rule, start=date(1996, 2, 29), finish=date(2104, 2, 29)),))
    there = [
        day for year in range(1996, 2105) if hours_of([leap], day := date(year, 3, 1) - timedelta(days=1)) == NIGHT
    ]
    assert there[0] == date(1996, 2, 29)
    assert there[-1] == date(2104, 2, 29)
    assert date(2100, 2, 28) not in there
    assert len(there) == 27
    fridays = "FREQ=MONTHLY;BYDAY=-1FR"
    last = calendar(exceptions=(exception(NIGHT, fridays, start=date(1900, 1, 1), finish=date(2199, 12, 31)),))
    assert hours_of([last], date(1900, 1, 26)) == hours_of([last], date(2199, 12, 27)) == NIGHT


@pytest.mark.parametrize("days, paused", [(LONGEST_PAUSE - 1, False), (LONGEST_PAUSE, True), (5_000, True)])
def test_a_pause_of_a_year_is_too_long(days: int, *, paused: bool) -> None:
    """From a day with work to the next one there are at most 366 days, wherever the pause is."""
    seven = calendar(weekdays=dict.fromkeys(Weekday, EARLY))
    shut = exception(start=MONDAY, finish=MONDAY + timedelta(days=days - 1))
    long = [calendar(exceptions=(shut,)), seven]
    assert pause_over_a_year(long) == (MONDAY - timedelta(days=1) if paused else None)


def test_a_week_without_work_is_none_for_ever() -> None:
    """Work in some weeks does not help: before and after them nothing would ever be done."""
    shut = calendar(weekdays=dict.fromkeys(Weekday, ()))
    assert pause_over_a_year([shut]) is not None
    assert pause_over_a_year([shut, calendar(work_weeks=WEEK.work_weeks)]) is not None
    assert pause_over_a_year([calendar(weekdays={Weekday.SUNDAY: EARLY}), shut]) is None


@examples(30)
@given(CHAINS)
def test_a_pause_is_found_where_one_is(chain: list[Calendar]) -> None:
    """By looking at every date of the time about which something is said, and of a year before and after."""
    begin, end = FIRST - timedelta(days=800), LAST + timedelta(days=800)
    dates = [begin + timedelta(days=day) for day in range((end - begin).days)]
    working = [day for day, is_ in zip(dates, days_between(chain, begin, end), strict=False) if is_.hours]
    ends = [dates[0], *working, dates[-1]]
    paused = any((after - before).days > LONGEST_PAUSE for before, after in pairwise(ends))
    assert (pause_over_a_year(chain) is not None) == paused


@examples(50)
@given(CHAINS, st.sets(DATES, min_size=1, max_size=20))
def test_the_schedule_reckons_with_the_same_hours(chain: list[Calendar], dates: set[date]) -> None:
    """What a person is told of a date is what the working time of a schedule is made of."""
    spans = spans_of(chain)
    for on in dates:
        moment = (on.toordinal() - 1) * DAY
        week = [week for since, week in spans if since <= moment][-1]
        assert week.days[on.weekday()] == day_hours(hours_of(chain, on))


@examples(50)
@given(CHAINS)
def test_what_is_accepted_can_be_scheduled(chain: list[Calendar]) -> None:
    """A calendar that has work within every year has working time."""
    if pause_over_a_year(chain) is None:
        assert WorkingTimes("UTC").of(chain) is not None


def test_work_weeks_may_follow_each_other_at_once() -> None:
    """The one is over on the date on which the next begins; afterwards the week is as usual."""
    days = [(WeekdayHours(weekday=Weekday.MONDAY, hours=on),) for on in (EARLY, LATE)]
    seven = [(MONDAY, SUNDAY), (SUNDAY + timedelta(days=1), SUNDAY + timedelta(days=7))]
    weeks = [
        WorkWeek(id=UUID(int=number), start=start, finish=finish, days=days[number])
        for number, (start, finish) in enumerate(seven)
    ]
    mondays = [
        week.days[0] for _, week in spans_of([calendar(work_weeks=tuple(reversed(weeks)), weekdays=WEEKDAY.weekdays)])
    ]
    assert mondays == [day_hours(EARLY), day_hours(LATE), day_hours(EARLY)]


def test_many_work_weeks_and_many_dates_are_soon_put_together() -> None:
    """Work weeks do not make each of the dates dearer; it takes a tenth of the bound."""
    start = date(2000, 1, 3)
    weeks = tuple(
        WorkWeek(
            id=UUID(int=number),
            start=start + timedelta(days=14 * number),
            finish=start + timedelta(days=14 * number + 6),
            days=tuple(WeekdayHours(weekday=day, hours=EARLY) for day in Weekday),
        )
        for number in range(200)
    )
    period = {"start": date(1990, 1, 1), "finish": date(2124, 1, 1)}
    often = tuple(exception(on, f"FREQ=WEEKLY;BYDAY={day}", **period) for day, on in (("TU", NOON), ("FR", NIGHT)))
    full = calendar(work_weeks=weeks, exceptions=often)
    spans_of([full])  # the dates of the exceptions are kept from then on
    begun = process_time()
    spans = spans_of([full])
    assert len(spans) > 28_000
    assert process_time() - begun < 0.5
