"""The hours of a calendar: weekdays, work weeks and exceptions, and what they may not be."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from src.commands import calendar_hours
from src.commands.calendar_hours import AddException, RemoveException, RemoveWorkWeek, SetWeekday, SetWorkWeek
from src.commands.calendar_state import CALENDAR
from src.commands.codes import Code
from src.events.calendar import (
    CalendarExceptionAdded,
    CalendarExceptionRemoved,
    CalendarWeekdaySet,
    WorkWeekRemoved,
    WorkWeekSet,
)
from src.scheduling import CalendarException, Weekday, WeekdayHours, WorkWeek
from tests.commands.calendars import cal, calendars, day, hours

WORLD = calendars(crew="")
CREW = cal("crew")
SATURDAY = Weekday.SATURDAY
MORNING = hours("08:00-12:00")


def weekday(*intervals: str) -> SetWeekday:
    """The hours of the crew on Saturdays."""
    return SetWeekday(calendar=CREW, weekday=SATURDAY, hours=hours(*intervals))


def week(start: str, finish: str, name: str = "summer", **days: Any) -> SetWorkWeek:
    """Other hours for the crew; weekdays by their codes."""
    named = tuple(WeekdayHours(weekday=Weekday(each), hours=on) for each, on in (days or {"FR": MORNING}).items())
    return SetWorkWeek(calendar=CREW, work_week=cal(name), name=name, start=day(start), finish=day(finish), days=named)


def exception(name: str, start: str, finish: str, **fields: Any) -> AddException:
    """Other dates for the crew, by default without work."""
    return AddException(calendar=CREW, exception=cal(name), name=name, start=day(start), finish=day(finish), **fields)


# --- weekdays -----------------------------------------------------------------------------------------------------


async def test_a_weekday_is_set() -> None:
    """To what it is already it is no event; None gives it back to the base."""
    event = CalendarWeekdaySet(calendar=CREW, weekday=SATURDAY, hours=MORNING)
    await WORLD.when(weekday("08:00-12:00")).idempotent().then(event)
    back = SetWeekday(calendar=CREW, weekday=SATURDAY, hours=None)
    await WORLD.when(back).nothing()
    given_back = CalendarWeekdaySet(calendar=CREW, weekday=SATURDAY)
    await WORLD.also(weekday("08:00-12:00")).when(back).idempotent().then(given_back)


async def test_a_weekday_without_work_is_not_one_that_the_base_has() -> None:
    """No hours are hours as well."""
    shut = SetWeekday(calendar=CREW, weekday=Weekday.MONDAY, hours=())
    await WORLD.when(shut).idempotent().then(CalendarWeekdaySet(calendar=CREW, weekday=Weekday.MONDAY, hours=()))


@pytest.mark.parametrize(
    "intervals",
    [
        ["12:00-08:00"],
        ["08:00-08:00"],
        ["22:00-06:00"],
        ["13:00-17:00", "08:00-12:00"],
        ["08:00-12:00", "11:59-13:00"],
        ["08:00-12:00", "08:00-12:00"],
        ["24:00-24:00"],
    ],
)
async def test_hours_are_in_order_and_apart(intervals: list[str]) -> None:
    """An interval ends after it begins, on the same day, and before the next one begins."""
    await WORLD.when(weekday(*intervals)).refused(Code.HOURS_DISORDERED)
    await WORLD.when(week("2026-07-01", "2026-07-31", FR=hours(*intervals))).refused(Code.HOURS_DISORDERED)
    there = exception("fair", "2026-07-01", "2026-07-01", hours=hours(*intervals))
    await WORLD.when(there).refused(Code.HOURS_DISORDERED)


@pytest.mark.parametrize("time", ["24:01", "25:00", "8:00", "08:60", "08:00:00", "", "noon"])
def test_a_time_of_the_day_is_hours_and_minutes(time: str) -> None:
    """From 00:00 to 24:00, in two digits each."""
    with pytest.raises(ValidationError):
        hours(f"{time}-24:00")


async def test_the_whole_day_can_be_worked() -> None:
    """From 00:00 to 24:00, in one piece or in pieces that touch."""
    for intervals in (["00:00-24:00"], ["00:00-12:00", "12:00-24:00"]):
        event = CalendarWeekdaySet(calendar=CREW, weekday=SATURDAY, hours=hours(*intervals))
        await WORLD.when(weekday(*intervals)).then(event)


async def test_the_last_working_day_stays() -> None:
    """Somebody works within every year, or no schedule would ever end."""
    shut = [SetWeekday(calendar=CREW, weekday=day, hours=()) for day in list(Weekday)[:4]]
    last = SetWeekday(calendar=CREW, weekday=Weekday.FRIDAY, hours=())
    await WORLD.also(*shut).when(last).refused(Code.CALENDAR_WITHOUT_WORKING_TIME, calendar=str(CREW))
    await WORLD.also(*shut, weekday("08:00-12:00")).when(last).answer()


# --- work weeks ---------------------------------------------------------------------------------------------------


async def test_a_work_week_is_set() -> None:
    """The same again is no event, other hours under its id come in its place."""
    friday = (WeekdayHours(weekday=Weekday.FRIDAY, hours=MORNING),)
    summer = WorkWeek(id=cal("summer"), name="summer", start=day("2026-07-01"), finish=day("2026-08-31"), days=friday)
    command = week("2026-07-01", "2026-08-31")
    await WORLD.when(command).idempotent().then(WorkWeekSet(calendar=CREW, work_week=summer))
    longer = await WORLD.also(command).when(week("2026-06-01", "2026-08-31")).state(CALENDAR.at(CREW))
    assert [(each.start, each.finish) for each in longer.work_weeks] == [(date(2026, 6, 1), date(2026, 8, 31))]


@pytest.mark.parametrize(
    "start, finish", [("2026-08-31", "2026-09-01"), ("2026-06-01", "2026-07-01"), ("2026-07-10", "2026-07-10")]
)
async def test_work_weeks_do_not_overlap(start: str, finish: str) -> None:
    """Not by a day; one after the other they may be."""
    world = WORLD.also(week("2026-07-01", "2026-08-31"))
    there = str(cal("summer"))
    await world.when(week(start, finish, "other")).refused(Code.WORK_WEEKS_OVERLAP, work_week=there)
    state = await world.when(week("2026-09-01", "2026-09-02", "other")).state(CALENDAR.at(CREW))
    assert len(state.work_weeks) == 2


async def test_a_work_week_is_a_period_of_weekdays() -> None:
    """It does not end before it begins, and names each weekday once."""
    await WORLD.when(week("2026-07-02", "2026-07-01")).refused(Code.PERIOD_REVERSED)
    twice = week("2026-07-01", "2026-07-31").model_copy(
        update={"days": (WeekdayHours(weekday=SATURDAY, hours=()), WeekdayHours(weekday=SATURDAY, hours=MORNING))}
    )
    await WORLD.when(twice).refused(Code.WEEKDAY_TWICE)


async def test_a_work_week_leaves_some_work_within_a_year() -> None:
    """A year without any is refused, half of one is not."""
    shut: dict[str, Any] = {day.value: () for day in Weekday}
    refused = WORLD.when(week("2026-01-01", "2027-06-30", **shut))
    await refused.refused(Code.CALENDAR_WITHOUT_WORKING_TIME, after="2025-12-31")
    await WORLD.when(week("2026-01-01", "2026-06-30", **shut)).state(CALENDAR.at(CREW))


async def test_a_work_week_is_removed() -> None:
    """One that is not there is removed already; one that work depends on stays."""
    remove = RemoveWorkWeek(calendar=CREW, work_week=cal("summer"))
    await WORLD.when(remove).nothing()
    there = WORLD.also(week("2026-07-01", "2026-08-31"))
    await there.when(remove).idempotent().then(WorkWeekRemoved(calendar=CREW, work_week=cal("summer")))
    long = WORLD.also(
        week("2026-07-01", "2026-08-31", SA=MORNING),
        week("2026-01-01", "2026-06-30", "before", **{day.value: () for day in Weekday}),
        week("2026-09-01", "2027-06-30", "after", **{day.value: () for day in Weekday}),
    )
    state = await long.when(remove).state(CALENDAR.at(CREW))
    assert len(state.work_weeks) == 2


async def test_a_calendar_holds_so_many_work_weeks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond that it is full."""
    monkeypatch.setattr(calendar_hours, "MOST_WORK_WEEKS", 1)
    world = WORLD.also(week("2026-07-01", "2026-08-31"))
    await world.when(week("2027-07-01", "2027-08-31", "other")).refused(Code.CALENDAR_FULL)


# --- exceptions ---------------------------------------------------------------------------------------------------


async def test_an_exception_is_added() -> None:
    """The same under its id is no event, another one is refused."""
    fair = exception("fair", "2026-07-01", "2026-07-02", hours=MORNING)
    added = CalendarException(
        id=cal("fair"), name="fair", start=day("2026-07-01"), finish=day("2026-07-02"), hours=MORNING
    )
    await WORLD.when(fair).idempotent().then(CalendarExceptionAdded(calendar=CREW, exception=added))
    other = exception("fair", "2026-07-01", "2026-07-03")
    await WORLD.also(fair).when(other).refused(Code.ALREADY_EXISTS)


async def test_an_exception_is_removed() -> None:
    """One that is not there is removed already; one that work depends on stays."""
    remove = RemoveException(calendar=CREW, exception=cal("fair"))
    await WORLD.when(remove).nothing()
    fair = exception("fair", "2026-06-10", "2026-06-10", hours=MORNING)
    removed = CalendarExceptionRemoved(calendar=CREW, exception=cal("fair"))
    await WORLD.also(fair).when(remove).idempotent().then(removed)
    year = exception("year", "2026-01-01", "2026-12-31")
    half = exception("half", "2027-01-01", "2027-05-31")
    await WORLD.also(fair, year, half).when(remove).refused(Code.CALENDAR_WITHOUT_WORKING_TIME)


async def test_an_exception_recurs() -> None:
    """By a rule that says on which dates; when it begins and ends is said by its dates."""
    rule = "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24"
    eve = exception("eve", "2026-01-01", "2030-12-31", hours=MORNING, recurrence=rule)
    await WORLD.when(eve).idempotent().state(CALENDAR.at(CREW))


@pytest.mark.parametrize(
    "rule",
    [
        "weekly",
        "FREQ=",
        "FREQ=HOURLY",
        "FREQ=SECONDLY;INTERVAL=1",
        "BYDAY=MO",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;BYDAY=MO;BYDAY=TU",
        "FREQ=DAILY;COUNT=3",
        "FREQ=DAILY;UNTIL=20270101",
        "FREQ=DAILY;BYHOUR=3",
        "FREQ=DAILY;BYEASTER=0",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=99999999999999999999",
        "FREQ=MONTHLY;BYMONTHDAY=99999999999999999999",
        "FREQ=MONTHLY;BYSETPOS=0;BYDAY=MO",
        "FREQ=YEARLY;BYMONTH=13;BYMONTHDAY=1",
        "FREQ=YEARLY;BYYEARDAY=x",
        "DTSTART:19970902T090000\nRRULE:FREQ=DAILY",
        "RRULE:FREQ=DAILY",
        "FREQ=DAILY;",
        "FREQ=WEEKLY;BYDAY=",
        "FREQ=WEEKLY;BYDAY=,",
        "FREQ=WEEKLY;BYDAY=0MO",
        "freq=daily",
    ],
)
async def test_a_recurrence_is_a_rule_of_dates(rule: str) -> None:
    """Parts that say a time of the day, a beginning or an end, and all that is no rule, are refused."""
    answer = await WORLD.when(exception("fair", "2026-01-01", "2026-12-31", hours=MORNING, recurrence=rule)).answer()
    assert getattr(answer, "code", None) in (Code.RECURRENCE_INVALID, Code.EXCEPTION_WITHOUT_DATES), answer


async def test_a_recurrence_gives_some_dates_and_not_too_many() -> None:
    """None at all is a mistake; more than ten thousand nobody has meant."""
    never = exception("never", "2026-01-01", "2199-12-31", recurrence="FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30")
    await WORLD.when(never).refused(Code.EXCEPTION_WITHOUT_DATES)
    ever = exception("ever", "1900-01-01", "2199-12-31", hours=MORNING, recurrence="FREQ=DAILY")
    await WORLD.when(ever).refused(Code.TOO_MANY_DATES)
    await WORLD.when(ever.model_copy(update={"recurrence": None})).refused(Code.TOO_MANY_DATES)


async def test_an_exception_does_not_end_before_it_begins() -> None:
    """A single date is both."""
    await WORLD.when(exception("fair", "2026-07-02", "2026-07-01")).refused(Code.PERIOD_REVERSED)
    await WORLD.when(exception("fair", "2026-07-01", "2026-07-01")).state(CALENDAR.at(CREW))


@pytest.mark.parametrize("start, finish", [("1899-12-31", "2026-01-01"), ("2026-01-01", "2200-01-01")])
def test_dates_are_of_this_time(start: str, finish: str) -> None:
    """From 1900 to 2199."""
    with pytest.raises(ValidationError):
        exception("fair", start, finish)


async def test_a_calendar_holds_so_many_exceptions(monkeypatch: pytest.MonkeyPatch) -> None:
    """And so many dates with exceptions."""
    world = WORLD.also(exception("fair", "2026-07-01", "2026-07-10"))
    more = exception("more", "2027-07-01", "2027-07-10")
    monkeypatch.setattr(calendar_hours, "MOST_DATES_IN_ALL", 20)
    await world.when(more).state(CALENDAR.at(CREW))
    monkeypatch.setattr(calendar_hours, "MOST_DATES_IN_ALL", 19)
    await world.when(more).refused(Code.CALENDAR_FULL)
    monkeypatch.setattr(calendar_hours, "MOST_EXCEPTIONS", 1)
    await world.when(more).refused(Code.CALENDAR_FULL)


@pytest.mark.parametrize(
    "command",
    [
        weekday("08:00-12:00"),
        week("2026-07-01", "2026-07-31"),
        exception("fair", "2026-07-01", "2026-07-01"),
        RemoveWorkWeek(calendar=CREW, work_week=CREW),
        RemoveException(calendar=CREW, exception=CREW),
    ],
    ids=lambda each: type(each).__name__,
)
async def test_hours_are_of_a_calendar_that_is_there(command: Any) -> None:
    """Another one is unknown."""
    await WORLD.when(command.model_copy(update={"calendar": cal("never")})).refused(Code.CALENDAR_UNKNOWN)
