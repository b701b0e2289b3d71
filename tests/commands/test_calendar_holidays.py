"""The holidays and the events of a calendar."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from src.commands import calendar_entries, calendar_holidays
from src.commands.calendar_entries import AddCalendarEvent, RemoveCalendarEvent
from src.commands.calendar_holidays import AddHoliday, AddHolidays, RemoveHoliday
from src.commands.calendar_hours import AddException
from src.commands.calendar_state import CALENDAR
from src.commands.codes import Code
from src.events.calendar import CalendarEventAdded, CalendarEventRemoved, HolidayRemoved, HolidaysAdded
from src.scheduling import Holiday
from tests.commands.calendars import cal, calendars, day

WORLD, CREW = calendars(crew=""), cal("crew")
NEW_YEAR = Holiday(date=date(2026, 1, 1), name="Neujahr")
EIGHT, NINE = datetime(2026, 3, 2, 8, tzinfo=UTC), datetime(2026, 3, 2, 9, tzinfo=UTC)


def holiday(on: str, name: str = "Fair") -> AddHoliday:
    """Of the crew."""
    return AddHoliday(calendar=CREW, date=day(on), name=name)


def public(country: str = "DE", region: str | None = None, years: tuple[int, ...] = (2026,)) -> AddHolidays:
    """Of the country, for the crew."""
    return AddHolidays(calendar=CREW, country=country, region=region, years=years)


def meeting(**fields: Any) -> AddCalendarEvent:
    """At eight, for an hour."""
    fields = {"title": "Start", "start": EIGHT, "end": NINE, **fields}
    return AddCalendarEvent(calendar=CREW, entry=cal("start"), **fields)


async def test_a_holiday_is_added() -> None:
    """One a date: the same again is no event, another one on it is refused."""
    added = HolidaysAdded(calendar=CREW, holidays=(Holiday(date=date(2026, 5, 4), name="Fair"),))
    await WORLD.when(holiday("2026-05-04")).idempotent().then(added)
    there = WORLD.also(holiday("2026-05-04"))
    await there.when(holiday("2026-05-04", "Market")).refused(Code.HOLIDAY_EXISTS, date="2026-05-04", name="Fair")


async def test_a_holiday_is_removed() -> None:
    """On a date that is none it is so already."""
    remove = RemoveHoliday(calendar=CREW, date=day("2026-05-04"))
    await WORLD.when(remove).nothing()
    removed = HolidayRemoved(calendar=CREW, date=date(2026, 5, 4))
    await WORLD.also(holiday("2026-05-04")).when(remove).idempotent().then(removed)


async def test_public_holidays_are_those_of_country_region_and_years() -> None:
    """In the country's language; the dates themselves are stored, so that they stay what they were."""
    berlin = await WORLD.when(public(region="BE", years=(2027, 2026))).idempotent().state(CALENDAR.at(CREW))
    assert berlin.holidays[date(2026, 1, 1)] == NEW_YEAR
    assert berlin.holidays[date(2027, 3, 8)].name == "Frauentag"
    bavaria = await WORLD.when(public(region="BY")).state(CALENDAR.at(CREW))
    assert {date(2026, 1, 6), date(2026, 6, 4)} <= set(bavaria.holidays) - set(berlin.holidays)


async def test_a_date_that_is_a_holiday_already_is_left_out() -> None:
    """It keeps its name; where all are there nothing happens."""
    world = WORLD.also(holiday("2026-01-01", "First of all"))
    state = await world.when(public()).state(CALENDAR.at(CREW))
    assert state.holidays[date(2026, 1, 1)].name == "First of all"
    assert date(2026, 12, 25) in state.holidays
    await WORLD.also(public(region="BE")).when(public()).nothing()


async def test_holidays_that_are_not_known_are_refused() -> None:
    """Of a country, a part of it or a year; the parts that are known are named."""
    await WORLD.when(public("XX")).refused(Code.COUNTRY_UNKNOWN, country="XX")
    refusal = await WORLD.when(public(region="XX")).refused(Code.REGION_UNKNOWN, country="DE")
    assert "BE" in refusal.details["known"]
    await WORLD.when(public(years=(2026, 2199))).refused(Code.HOLIDAYS_UNKNOWN, country="DE", year=2199)


async def test_holidays_leave_some_work_within_a_year() -> None:
    """The last working day between two long breaks cannot become one."""
    breaks = [
        AddException(calendar=CREW, start=day("2026-01-01"), finish=day("2026-06-30")),
        AddException(calendar=CREW, start=day("2026-07-02"), finish=day("2027-06-30")),
    ]
    await WORLD.also(*breaks).when(holiday("2026-07-01")).refused(Code.CALENDAR_WITHOUT_WORKING_TIME)


async def test_a_calendar_holds_so_many_holidays_and_events(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond that it is full."""
    monkeypatch.setattr(calendar_holidays, "MOST_HOLIDAYS", 1)
    monkeypatch.setattr(calendar_entries, "MOST_ENTRIES", 0)
    await WORLD.also(holiday("2026-05-04")).when(holiday("2026-05-05")).refused(Code.CALENDAR_FULL)
    await WORLD.when(public()).refused(Code.CALENDAR_FULL)
    await WORLD.when(meeting()).refused(Code.CALENDAR_FULL)


async def test_a_meeting_is_put_down() -> None:
    """The same under its id is no event, another one is refused."""
    added = CalendarEventAdded(calendar=CREW, entry=cal("start"), title="Start", notes="", start=EIGHT, end=NINE)
    await WORLD.when(meeting()).idempotent().then(added)
    await WORLD.also(meeting()).when(meeting(title="Other")).refused(Code.ALREADY_EXISTS)


async def test_a_meeting_does_not_end_before_it_begins() -> None:
    """It may take no time at all."""
    await WORLD.when(meeting(start=NINE, end=EIGHT)).refused(Code.PERIOD_REVERSED)
    await WORLD.when(meeting(end=EIGHT)).state(CALENDAR.at(CREW))


async def test_a_meeting_is_removed() -> None:
    """One that is not there is removed already."""
    remove = RemoveCalendarEvent(calendar=CREW, entry=cal("start"))
    await WORLD.when(remove).nothing()
    await WORLD.also(meeting()).when(remove).idempotent().then(CalendarEventRemoved(calendar=CREW, entry=cal("start")))


@pytest.mark.parametrize(
    "command",
    [
        holiday("2026-05-04"),
        public(),
        RemoveHoliday(calendar=CREW, date=day("2026-05-04")),
        meeting(),
        RemoveCalendarEvent(calendar=CREW, entry=CREW),
    ],
    ids=lambda each: type(each).__name__,
)
async def test_they_are_of_a_calendar_that_is_there(command: Any) -> None:
    """Another one is unknown."""
    await WORLD.when(command.model_copy(update={"calendar": cal("never")})).refused(Code.CALENDAR_UNKNOWN)
