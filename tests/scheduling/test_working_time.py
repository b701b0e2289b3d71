"""Working time against a count of minute after minute."""

from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.scheduling import Calendar, CalendarException, Holiday, Weekday, WeekdayHours, WorkWeek
from src.scheduling.compiled import WorkingTimes
from src.scheduling.recurrence import dates_of
from src.scheduling.working_time import OutOfTimeError, WorkingTime, date_of, moment_of
from tests.scheduling.plans import CALENDARS, DAY, HOUR, LONG, NIGHT, ROUND_THE_CLOCK, hours

SEASON = Calendar(
    "UTC",
    None,
    {Weekday.FRIDAY: hours("08:00-12:00")},
    (
        WorkWeek(
            id=UUID(int=5),
            start=date(2026, 3, 9),
            finish=date(2026, 3, 22),
            days=(
                WeekdayHours(weekday=Weekday.SUNDAY, hours=hours("10:00-11:00")),
                WeekdayHours(weekday=Weekday.MONDAY, hours=()),
            ),
        ),
    ),
    (
        CalendarException(
            id=UUID(int=6), start=date(2026, 3, 11), finish=date(2026, 3, 12), hours=hours("06:00-07:00")
        ),
        CalendarException(
            id=UUID(int=7),
            start=date(2026, 3, 2),
            finish=date(2026, 4, 30),
            recurrence="FREQ=WEEKLY;BYDAY=TU;INTERVAL=2",
        ),
    ),
    (Holiday(date=date(2026, 3, 25), name="A feast"), Holiday(date=date(2026, 3, 11), name="Overruled")),
)
TIMES = {
    name: found
    for name, calendar in {**{str(id_): each for id_, each in CALENDARS.items()}, "season": SEASON}.items()
    if (found := WorkingTimes("UTC").of([calendar])) is not None
}
times = st.sampled_from(list(TIMES.values()))
BEGIN = moment_of(datetime(2026, 2, 20))
moments = st.integers(0, 60 * 24 * 60).map(lambda minute: BEGIN + minute * 10)


def works(time: WorkingTime, moment: int) -> bool:
    """Whether work is done in the tenth of a minute after the moment."""
    return time.worked(moment + 1) > time.worked(moment)


@pytest.mark.parametrize("name", TIMES)
def test_count_is_the_sum_of_what_is_worked(name: str) -> None:
    """Working time between two moments is the number of working hours between them, hour by hour."""
    time, total = TIMES[name], 0
    for hour in range(60 * 24):
        moment = BEGIN + hour * HOUR
        assert time.between(BEGIN, moment) == total
        total += sum(600 // 12 for part in range(12) if works(time, moment + part * 50))


@given(times, moments, st.integers(-40 * DAY, 40 * DAY))
def test_adding_and_counting_are_inverse(time: WorkingTime, moment: int, amount: int) -> None:
    """What was added is what is counted, forward and backward."""
    assert time.between(moment, time.after(moment, amount)) == amount


@given(times, moments)
def test_two_names_of_one_working_moment(time: WorkingTime, moment: int) -> None:
    """The last finish is not after the moment, the next start not before; between them nobody works."""
    assert time.last_finish(moment) <= moment <= time.next_start(moment)
    assert time.between(time.last_finish(moment), time.next_start(moment)) == 0
    assert works(time, time.next_start(moment))
    assert works(time, time.last_finish(moment) - 1)


def test_friday_evening_and_monday_morning_are_the_same() -> None:
    """A day of work that ends on Friday at 17:00 goes on at 08:00 on Monday."""
    time = WorkingTimes("UTC").of([Calendar("UTC")])
    assert time is not None
    friday = time.after(moment_of(datetime(2026, 3, 6, 8)), DAY)
    assert date_of(friday) == datetime(2026, 3, 6, 17)
    assert date_of(time.next_start(friday)) == datetime(2026, 3, 9, 8)


@pytest.mark.parametrize(
    "day, expected",
    [
        (date(2026, 3, 2), 480),  # a Monday
        (date(2026, 3, 6), 240),  # its own Friday
        (date(2026, 3, 9), 0),  # a Monday of the work week
        (date(2026, 3, 15), 60),  # a Sunday of it
        (date(2026, 3, 11), 60),  # the exception beats the holiday and the work week
        (date(2026, 3, 25), 0),  # the holiday
        (date(2026, 3, 3), 0),  # a Tuesday of the recurrence
        (date(2026, 3, 10), 480),  # which is not every Tuesday
    ],
)
def test_the_more_special_beats_the_more_general(day: date, expected: int) -> None:
    """An exception beats a holiday, that a work week, and that a weekday."""
    start = moment_of(datetime.combine(day, datetime.min.time()))
    assert TIMES["season"].between(start, start + 24 * HOUR) == expected * 10


def test_what_a_calendar_does_not_say_its_base_says() -> None:
    """Own weekdays beat those of the base; an exception of the base holds for who derives from it."""
    child = Calendar("UTC", LONG, {Weekday.SATURDAY: ()})
    time = WorkingTimes("UTC").of([child, CALENDARS[LONG]])
    assert time is not None
    assert time.between(moment_of(datetime(2026, 3, 2)), moment_of(datetime(2026, 3, 9))) == 5 * DAY
    assert time.between(moment_of(datetime(2026, 3, 9)), moment_of(datetime(2026, 3, 14))) == 0


def test_common_time_is_when_both_work() -> None:
    """The hours of a night shift and of somebody on all day are those of the night shift."""
    both = WorkingTimes("UTC").common([CALENDARS[NIGHT]], [CALENDARS[ROUND_THE_CLOCK]])
    assert both is not None
    begin = moment_of(datetime(2026, 3, 2))
    assert both.between(begin, begin + 24 * HOUR) == 8 * HOUR


def test_no_time_in_common_is_none() -> None:
    """Day and night shifts never meet."""
    assert WorkingTimes("UTC").common([CALENDARS[NIGHT]], [Calendar("UTC")]) is None


def test_calendars_that_say_the_same_share_one_time() -> None:
    """A calendar that only derives from another works like that one."""
    times = WorkingTimes("UTC")
    assert times.of([CALENDARS[LONG]]) is times.of([Calendar("UTC", LONG), CALENDARS[LONG]])


def test_calendar_without_work_for_a_year_is_none() -> None:
    """A year off, or for ever, is no working time."""
    off = CalendarException(id=UUID(int=1), start=date(2026, 1, 1), finish=date(2027, 2, 1))
    assert WorkingTimes("UTC").of([Calendar("UTC", exceptions=(off,))]) is None
    assert WorkingTimes("UTC").of([Calendar("UTC", weekdays=dict.fromkeys(Weekday, ()))]) is None


def test_another_zone_works_by_its_own_clocks() -> None:
    """Nine o'clock in Tokyo is one o'clock at night in Berlin in winter, and two o'clock in summer."""
    time = WorkingTimes("Europe/Berlin").of([Calendar("Asia/Tokyo")])
    assert time is not None
    for day, clock in ((datetime(2026, 3, 3), 0), (datetime(2026, 6, 2), 1)):
        assert date_of(time.next_start(moment_of(day))) == day.replace(hour=clock)
    here, there = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Tokyo")
    finish = date_of(time.after(moment_of(datetime(2026, 3, 3)), DAY)).replace(tzinfo=here).astimezone(there)
    assert (finish.hour, finish.minute) == (17, 0)


@pytest.mark.parametrize(
    "rule, count",
    [
        ("FREQ=DAILY", 365),
        ("FREQ=WEEKLY;BYDAY=MO,WE", 104),
        ("FREQ=MONTHLY;BYMONTHDAY=31", 7),
        ("FREQ=YEARLY;BYMONTH=12;BYDAY=-1MO", 1),
    ],
)
def test_recurrences_are_bounded_by_their_dates(rule: str, count: int) -> None:
    """A rule gives the dates from the start to the finish of its exception."""
    exception = CalendarException(id=UUID(int=1), start=date(2026, 1, 1), finish=date(2026, 12, 31), recurrence=rule)
    assert len(dates_of(exception)) == count


def test_beyond_the_years_there_is_no_time() -> None:
    """A thousand centuries of work do not end."""
    time = TIMES["season"]
    with pytest.raises(OutOfTimeError):
        date_of(time.after(BEGIN, 10**12))
    with pytest.raises(OutOfTimeError):
        time.after(BEGIN, -(10**12))
    assert date_of(moment_of(datetime(2026, 3, 2, 8)) + 1) - datetime(2026, 3, 2, 8) == timedelta(seconds=6)
