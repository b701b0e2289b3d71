"""Calendars as a calculation takes them, from the rows of their read model."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from ..scheduling import Calendar, CalendarException, Holiday, Hours, Weekday, WeekdayHours, WorkWeek
from .calendars import CalendarExceptionRow, CalendarRow, CalendarWeekdayRow, HolidayRow, WorkWeekRow
from .rows import Row, Rows

_PARTS = (
    CalendarWeekdayRow.calendar,
    WorkWeekRow.calendar,
    CalendarExceptionRow.calendar,
    HolidayRow.calendar,
)
"""Where the rest of what a calendar says is."""
_HOURS: TypeAdapter[Hours] = TypeAdapter(Hours)
_DAYS: TypeAdapter[tuple[WeekdayHours, ...]] = TypeAdapter(tuple[WeekdayHours, ...])


async def fetch_calendars(rows: Rows, wanted: Iterable[UUID], fetched: set[UUID]) -> None:
    """The rows of these calendars and of all their bases, with all that they say; `fetched` are held already."""
    missing = set(wanted) - fetched
    while missing:
        fetched |= missing
        for column in (CalendarRow.id, *_PARTS):
            await rows.fetch((column, id_) for id_ in missing)
        missing = {base for row in rows.all(CalendarRow) if (base := row["base"])} - fetched


def calendars_of(rows: Rows) -> dict[UUID, Calendar]:
    """All that are held, by id; of what is said of a date first comes what was said first."""
    weekdays, weeks = _grouped(rows, CalendarWeekdayRow), _grouped(rows, WorkWeekRow)
    exceptions, holidays = _grouped(rows, CalendarExceptionRow), _grouped(rows, HolidayRow)
    return {
        row["id"]: Calendar(
            time_zone=row["time_zone"],
            base=row["base"],
            weekdays={Weekday(each["weekday"]): _HOURS.validate_python(each["hours"]) for each in weekdays[row["id"]]},
            work_weeks=tuple(_work_week(each) for each in sorted(weeks[row["id"]], key=_said)),
            exceptions=tuple(_exception(each) for each in sorted(exceptions[row["id"]], key=_said)),
            holidays=tuple(sorted((_holiday(each) for each in holidays[row["id"]]), key=_day)),
        )
        for row in rows.all(CalendarRow)
    }


def _grouped(rows: Rows, model: Any) -> defaultdict[UUID, list[Row]]:
    found: defaultdict[UUID, list[Row]] = defaultdict(list)
    for row in rows.all(model):
        found[row["calendar"]].append(row)
    return found


def _said(row: Row) -> tuple[int, UUID]:
    return row["position"], row["id"]


def _holiday(row: Row) -> Holiday:
    return Holiday(date=row["date"], name=row["name"])


def _day(holiday: Holiday) -> date:
    return holiday.date


def _work_week(row: Row) -> WorkWeek:
    days = _DAYS.validate_python(row["days"])
    return WorkWeek(id=row["id"], name=row["name"], start=row["start"], finish=row["finish"], days=days)


def _exception(row: Row) -> CalendarException:
    return CalendarException(
        id=row["id"],
        name=row["name"],
        start=row["start"],
        finish=row["finish"],
        hours=_HOURS.validate_python(row["hours"]),
        recurrence=row["recurrence"],
    )
