"""Calendars: which there are, what each says, and the hours that follow for its dates."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, select

from ..projections.calendars import CALENDARS, CalendarEntryRow, CalendarRow
from ..projections.planned_calendars import calendars_of, fetch_calendars
from ..scheduling import Calendar, CalendarException, Holiday, Hours, Weekday, WeekdayHours, WorkWeek
from ..scheduling.calendar_hours import Why, days_between
from ..scheduling.compiled import chain_of
from .reading import Instant, Page, ReadSession, View, cursor_of, key_of, moment, page

MOST_DAYS = 366


class CalendarView(View):
    """A calendar. `project` None: it is shared; `base` says what it does not."""

    id: UUID
    project: UUID | None
    name: str
    time_zone: str
    base: UUID | None
    external_id: str | None
    deleted: bool
    revision: int
    created_at: Instant
    updated_at: Instant


class CalendarDetailView(CalendarView):
    """A calendar with all that it says by itself. Exceptions are in the order in which they were added.

    Of two exceptions on a date the first counts, those without a recurrence before the others.
    """

    weekdays: tuple[WeekdayHours, ...]
    work_weeks: tuple[WorkWeek, ...]
    exceptions: tuple[CalendarException, ...]
    holidays: tuple[Holiday, ...]


class DayView(View):
    """The hours of a date by the calendar's clocks, and what gives them: `name` is that of it, where it has one."""

    date: date
    hours: Hours
    why: Why
    name: str


class CalendarEventView(View):
    """A meeting or a note."""

    id: UUID
    title: str
    notes: str
    start: Instant
    end: Instant


async def list_calendars(
    read: ReadSession, project: UUID | None, *, after: str | None = None, limit: int = 100
) -> Page[CalendarView]:
    """The calendars that things of the project can use: its own and those that are shared; or these alone."""
    calendars = read[CalendarRow]
    wanted = select(calendars).where(_of(calendars, project), calendars.c.deleted.is_(False))
    if after is not None:
        wanted = wanted.where(calendars.c.id > key_of(after, UUID)[0])
    rows = (await read.execute(wanted.order_by(calendars.c.id).limit(limit + 1))).all()
    return page(rows, limit, CalendarView, "id")


async def get_calendar(read: ReadSession, project: UUID | None, calendar: UUID) -> CalendarDetailView | None:
    """The calendar with what it says, also when it is deleted; None when the project can use none of that id."""
    calendars = read[CalendarRow]
    wanted = select(calendars).where(calendars.c.id == calendar, _of(calendars, project))
    row = (await read.execute(wanted)).one_or_none()
    if row is None:
        return None
    said = (await load_calendars(read, [calendar]))[calendar]
    return CalendarDetailView(
        **CalendarView.model_validate(row).model_dump(),
        weekdays=tuple(WeekdayHours(weekday=day, hours=said.weekdays[day]) for day in Weekday if day in said.weekdays),
        work_weeks=tuple(sorted(said.work_weeks, key=lambda week: week.start)),
        exceptions=said.exceptions,
        holidays=said.holidays,
    )


async def list_days(read: ReadSession, calendar: UUID, first: date, last: date) -> list[DayView]:
    """The hours of each date from the first to the last, at most `MOST_DAYS`, by the calendar and its bases."""
    known = await load_calendars(read, [calendar])
    chain = chain_of(known, calendar)
    days = enumerate(days_between(chain, first, last), first.toordinal())
    return [DayView(date=date.fromordinal(day), hours=is_.hours, why=is_.why, name=is_.name) for day, is_ in days]


async def list_calendar_events(
    read: ReadSession, calendar: UUID, *, after: str | None = None, limit: int = 100
) -> Page[CalendarEventView]:
    """The meetings and notes by the time at which they begin, then by id."""
    entries = read[CalendarEntryRow]
    wanted = select(entries).where(entries.c.calendar == calendar)
    if after is not None:
        start, last = key_of(after, moment, UUID)
        wanted = wanted.where((entries.c.start > start) | ((entries.c.start == start) & (entries.c.id > last)))
    rows = (await read.execute(wanted.order_by(entries.c.start, entries.c.id).limit(limit + 1))).all()
    items = tuple(CalendarEventView.model_validate(row) for row in rows[:limit])
    more = cursor_of(items[-1].start.isoformat(), str(items[-1].id)) if len(rows) > limit else None
    return Page(items=items, next=more)


async def load_calendars(read: ReadSession, wanted: Iterable[UUID]) -> dict[UUID, Calendar]:
    """These calendars and all their bases, as far as they are there: one that was deleted still is."""
    rows = read.rows(CALENDARS)
    await fetch_calendars(rows, wanted, set())
    return calendars_of(rows)


def _of(calendars: FromClause, project: UUID | None) -> ColumnElement[bool]:
    shared = calendars.c.project.is_(None)
    return shared if project is None else shared | (calendars.c.project == project)
