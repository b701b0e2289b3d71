"""Calendars: those that are shared, and those of a project. A calendar's ETag is its revision."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from ...commands.calendar import CreateCalendar, DeleteCalendar, RenameCalendar, RestoreCalendar, SetCalendarBase
from ...commands.calendar_entries import AddCalendarEvent, RemoveCalendarEvent
from ...commands.calendar_holidays import AddHoliday, AddHolidays, RemoveHoliday, find_holidays
from ...commands.calendar_hours import AddException, RemoveException, RemoveWorkWeek, SetWeekday, SetWorkWeek
from ...commands.codes import Code
from ...commands.result import Failure
from ...projections.calendars import CALENDARS
from ...queries.calendar import (
    MOST_DAYS,
    CalendarDetailView,
    CalendarEventView,
    CalendarView,
    DayView,
    get_calendar,
    list_calendar_events,
    list_calendars,
    list_days,
)
from ...queries.reading import Page, ReadSession
from ...scheduling import Holiday
from ..commands import scoped_routes
from ..dependencies import MEMBER, SIGNED_IN, After, Limit
from ..problems import ProblemError, not_found, refused, responses, with_etag
from ..reading import ReadingPast

router = APIRouter(tags=["calendars"])
Read = Annotated[ReadSession, Depends(ReadingPast(CALENDARS))]
First = Annotated[date, Query(alias="from", ge=date(1900, 1, 1), le=date(2199, 12, 31))]
Last = Annotated[date, Query(alias="to", ge=date(1900, 1, 1), le=date(2199, 12, 31), description="Within a year")]
_ITEM = "/calendars/{calendar}"
_LIST, _ONE = responses(401, 404, 422, 503), with_etag() | responses(401, 404, 422, 503)

scoped_routes(router, "POST", "/calendars", CreateCalendar, status=201, tag=None)
scoped_routes(router, "PATCH", _ITEM, RenameCalendar, tag=0)
scoped_routes(router, "DELETE", _ITEM, DeleteCalendar, tag=0)
scoped_routes(router, "POST", f"{_ITEM}/restore", RestoreCalendar, tag=0)
scoped_routes(router, "PUT", f"{_ITEM}/base", SetCalendarBase, tag=0)
scoped_routes(router, "PUT", f"{_ITEM}/weekdays/{{weekday}}", SetWeekday, tag=0)
scoped_routes(router, "POST", f"{_ITEM}/work-weeks", SetWorkWeek, tag=0)
scoped_routes(router, "DELETE", f"{_ITEM}/work-weeks/{{work_week}}", RemoveWorkWeek, tag=0)
scoped_routes(router, "POST", f"{_ITEM}/exceptions", AddException, tag=0)
scoped_routes(router, "DELETE", f"{_ITEM}/exceptions/{{exception}}", RemoveException, tag=0)
scoped_routes(router, "POST", f"{_ITEM}/holidays", AddHoliday, tag=0)
scoped_routes(router, "POST", f"{_ITEM}/public-holidays", AddHolidays, tag=0)
scoped_routes(router, "DELETE", f"{_ITEM}/holidays/{{date}}", RemoveHoliday, tag=0)
scoped_routes(router, "POST", f"{_ITEM}/events", AddCalendarEvent, tag=0)
scoped_routes(router, "DELETE", f"{_ITEM}/events/{{entry}}", RemoveCalendarEvent, tag=0)


@router.get("/calendars", dependencies=[SIGNED_IN], responses=responses(401, 422, 503))
async def calendars(read: Read, after: After = None, limit: Limit = 100) -> Page[CalendarView]:
    """The calendars that are shared: every project can use them."""
    return await list_calendars(read, None, after=after, limit=limit)


@router.get(_ITEM, dependencies=[SIGNED_IN], responses=_ONE)
async def calendar(read: Read, response: Response, calendar: UUID) -> CalendarDetailView:
    """One shared calendar with all that it says, also when it is deleted."""
    return _tagged(await _found(read, None, calendar), response)


@router.get(f"{_ITEM}/days", dependencies=[SIGNED_IN], responses=_LIST)
async def calendar_days(read: Read, calendar: UUID, first: First, last: Last) -> list[DayView]:
    """The hours of every date from one to another, within a year, and why they are so."""
    return await _days(read, None, calendar, first, last)


@router.get(f"{_ITEM}/events", dependencies=[SIGNED_IN], responses=_LIST)
async def calendar_events(
    read: Read, calendar: UUID, after: After = None, limit: Limit = 100
) -> Page[CalendarEventView]:
    """The meetings and notes in a shared calendar, by when they begin."""
    await _found(read, None, calendar)
    return await list_calendar_events(read, calendar, after=after, limit=limit)


@router.get("/projects/{project}/calendars", dependencies=[MEMBER], responses=_LIST)
async def project_calendars(read: Read, project: UUID, after: After = None, limit: Limit = 100) -> Page[CalendarView]:
    """The calendars that the project can use: its own, and those that are shared."""
    return await list_calendars(read, project, after=after, limit=limit)


@router.get(f"/projects/{{project}}{_ITEM}", dependencies=[MEMBER], responses=_ONE)
async def project_calendar(read: Read, response: Response, project: UUID, calendar: UUID) -> CalendarDetailView:
    """One calendar that the project can use, with all that it says, also when it is deleted."""
    return _tagged(await _found(read, project, calendar), response)


@router.get(f"/projects/{{project}}{_ITEM}/days", dependencies=[MEMBER], responses=_LIST)
async def project_calendar_days(read: Read, project: UUID, calendar: UUID, first: First, last: Last) -> list[DayView]:
    """The hours of every date from one to another, within a year, and why they are so."""
    return await _days(read, project, calendar, first, last)


@router.get(f"/projects/{{project}}{_ITEM}/events", dependencies=[MEMBER], responses=_LIST)
async def project_calendar_events(
    read: Read, project: UUID, calendar: UUID, after: After = None, limit: Limit = 100
) -> Page[CalendarEventView]:
    """The meetings and notes in a calendar that the project can use, by when they begin."""
    await _found(read, project, calendar)
    return await list_calendar_events(read, calendar, after=after, limit=limit)


@router.get("/holidays", dependencies=[SIGNED_IN], responses=responses(401, 422))
async def holidays(
    country: Annotated[str, Query(pattern="^[A-Z]{2}$", description="ISO 3166-1, such as DE")],
    year: Annotated[int, Query(ge=1900, le=2199)],
    region: Annotated[str | None, Query(min_length=1, max_length=100, description="Of ISO 3166-2, such as BE")] = None,
) -> list[Holiday]:
    """The public holidays of a country, or of a part of it, in a year: what AddHolidays would add."""
    found = find_holidays(country, region, (year,))
    if isinstance(found, Failure):
        raise refused(found)
    return list(found)


async def _found(read: ReadSession, project: UUID | None, calendar: UUID) -> CalendarDetailView:
    if (found := await get_calendar(read, project, calendar)) is None:
        raise not_found(f"calendar {calendar}")
    return found


def _tagged(view: CalendarDetailView, response: Response) -> CalendarDetailView:
    response.headers["ETag"] = f'"{view.revision}"'
    return view


async def _days(read: ReadSession, project: UUID | None, calendar: UUID, first: date, last: date) -> list[DayView]:
    if last < first:
        raise ProblemError(Code.PERIOD_REVERSED, f"`to` ({last}) lies before `from` ({first}); correct one of them")
    if (last - first).days >= MOST_DAYS:
        raise ProblemError(Code.TOO_MANY_DATES, f"{MOST_DAYS} days are told at once at most; ask for fewer")
    await _found(read, project, calendar)
    return await list_days(read, calendar, first, last)
