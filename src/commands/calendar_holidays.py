"""The holidays of a calendar: dates on which nobody works, one by one or as a country has them."""

from typing import Annotated

from pydantic import Field, StringConstraints

from ..events.calendar import HolidayRemoved, HolidaysAdded
from ..scheduling import Holiday
from ..scheduling.public_holidays import (
    FIRST_YEAR,
    LAST_YEAR,
    UnknownCountryError,
    UnknownRegionError,
    UnknownYearError,
    countries,
    public_holidays,
)
from .calendar import CalendarCommand, calendar_queue, calendar_tag, load_calendar, on_calendar
from .calendar_family import keep_working, load_family
from .calendar_hours import CalendarDate, too_much
from .calendar_state import CalendarState
from .codes import Code
from .command import Context, Name
from .handler import Handler
from .result import Failure, Result, Success
from .session import Session

MOST_HOLIDAYS = 5_000

Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$"), Field(description="ISO 3166-1, such as DE")]
Region = Annotated[str, StringConstraints(min_length=1, max_length=100), Field(description="Of ISO 3166-2, such as BE")]
Year = Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)]


class AddHoliday(CalendarCommand):
    date: CalendarDate
    name: Name


class AddHolidays(CalendarCommand):
    """Adds the public holidays of a country, or of a part of it. A date that is a holiday already stays as it is."""

    country: Country
    region: Region | None = None
    years: Annotated[tuple[Year, ...], Field(min_length=1, max_length=50)]


class RemoveHoliday(CalendarCommand):
    date: CalendarDate


def decide_add_holiday(command: AddHoliday, state: CalendarState) -> Result:
    if there := state.holidays.get(command.date):
        if there.name == command.name:
            return Success()
        told = f"{command.date} is a holiday already, {there.name!r}; remove that first"
        return Failure(Code.HOLIDAY_EXISTS, told, {"date": command.date.isoformat(), "name": there.name})
    return _added(command, state, (Holiday(date=command.date, name=command.name),))


def decide_add_holidays(command: AddHolidays, state: CalendarState) -> Result:
    found = find_holidays(command.country, command.region, command.years)
    if isinstance(found, Failure):
        return found
    return _added(command, state, tuple(each for each in found if each.date not in state.holidays))


def decide_remove_holiday(command: RemoveHoliday, state: CalendarState) -> Result:
    if command.date not in state.holidays:
        return Success()
    return on_calendar(command, HolidayRemoved(calendar=command.calendar, date=command.date))


def find_holidays(country: str, region: str | None, years: tuple[int, ...]) -> tuple[Holiday, ...] | Failure:
    """The public holidays, or the refusal of a country, a part of it or a year of which none are known."""
    try:
        return public_holidays(country, region, years)
    except UnknownCountryError:
        told = f"no holidays are known of a country {country!r}; give a code of ISO 3166-1 such as DE"
        return Failure(Code.COUNTRY_UNKNOWN, told, {"country": country})
    except UnknownRegionError as error:
        parts = f"those known are {', '.join(error.known)}" if error.known else "none are known: leave it out"
        told = f"{country} has no part {region!r}; {parts}"
        return Failure(Code.REGION_UNKNOWN, told, {"country": country, "known": list(countries()[country])})
    except UnknownYearError as error:
        told = f"the holidays of {country} in {error.year} are not known; leave the year out"
        return Failure(Code.HOLIDAYS_UNKNOWN, told, {"country": country, "year": error.year})


def _added(command: AddHoliday | AddHolidays, state: CalendarState, holidays: tuple[Holiday, ...]) -> Result:
    if not holidays:
        return Success()
    if len(state.holidays) + len(holidays) > MOST_HOLIDAYS:
        return too_much(f"{MOST_HOLIDAYS} holidays")
    source = command.model_dump(include={"country", "region", "years"})
    return on_calendar(command, HolidaysAdded(calendar=command.calendar, holidays=holidays, **source))


_HolidayCommand = AddHoliday | AddHolidays | RemoveHoliday


async def _holidays(command: _HolidayCommand, session: Session, _context: Context) -> Result:
    state, refusal = await load_calendar(command, session)
    return refusal or keep_working(await load_family(session, command.calendar), _decide(command, state))


def _decide(command: _HolidayCommand, state: CalendarState) -> Result:
    match command:
        case AddHoliday():
            return decide_add_holiday(command, state)
        case AddHolidays():
            return decide_add_holidays(command, state)
        case RemoveHoliday():
            return decide_remove_holiday(command, state)


HANDLERS = tuple(
    Handler(command.__name__, command, _holidays, calendar_queue, calendar_tag)
    for command in (AddHoliday, AddHolidays, RemoveHoliday)
)
