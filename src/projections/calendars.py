"""The calendars: what each says by itself. Deleted ones stay, marked."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, assert_never, cast, get_args
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Date, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ..events import RecordedEvent
from ..events.calendar import (
    CalendarBaseChanged,
    CalendarCreated,
    CalendarDeleted,
    CalendarEvent,
    CalendarEventAdded,
    CalendarEventRemoved,
    CalendarExceptionAdded,
    CalendarExceptionRemoved,
    CalendarRenamed,
    CalendarRestored,
    CalendarWeekdaySet,
    HolidayRemoved,
    HolidaysAdded,
    WorkWeekRemoved,
    WorkWeekSet,
)
from .projection import Projection
from .read_model import ReadModel, Stamped
from .rows import Need, Rows

_Json = list[dict[str, Any]]


class CalendarRow(Stamped, ReadModel):
    """`project` NULL: it is shared. `position` is that of the last event that can change a schedule."""

    versioned = True
    listed_by = "project"
    __tablename__ = "calendars"
    __table_args__ = (Index(None, "project", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    project: Mapped[UUID | None]
    name: Mapped[str]
    time_zone: Mapped[str]
    base: Mapped[UUID | None]
    external_id: Mapped[str | None]
    deleted: Mapped[bool]
    position: Mapped[int] = mapped_column(BigInteger)
    revision: Mapped[int]


class CalendarWeekdayRow(ReadModel):
    """The hours of a weekday, where they are not the base's: intervals with start and finish."""

    versioned = True
    told_by = (("calendar",),)
    __tablename__ = "calendar_weekdays"

    calendar: Mapped[UUID] = mapped_column(ForeignKey("calendars.id"), primary_key=True)
    weekday: Mapped[str] = mapped_column(primary_key=True)
    hours: Mapped[_Json] = mapped_column(JSON)


class WorkWeekRow(ReadModel):
    """`days` are weekdays with their hours; `position` is that of the event that set it."""

    versioned = True
    told_by = (("calendar",),)
    __tablename__ = "work_weeks"

    calendar: Mapped[UUID] = mapped_column(ForeignKey("calendars.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    start: Mapped[date] = mapped_column(Date)
    finish: Mapped[date] = mapped_column(Date)
    days: Mapped[_Json] = mapped_column(JSON)
    position: Mapped[int] = mapped_column(BigInteger)


class CalendarExceptionRow(ReadModel):
    """`position` is that of the event that added it: of two exceptions on a date the first counts."""

    versioned = True
    told_by = (("calendar",),)
    __tablename__ = "calendar_exceptions"

    calendar: Mapped[UUID] = mapped_column(ForeignKey("calendars.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    start: Mapped[date] = mapped_column(Date)
    finish: Mapped[date] = mapped_column(Date)
    hours: Mapped[_Json] = mapped_column(JSON)
    recurrence: Mapped[str | None]
    position: Mapped[int] = mapped_column(BigInteger)


class HolidayRow(ReadModel):
    versioned = True
    told_by = (("calendar",),)
    __tablename__ = "holidays"

    calendar: Mapped[UUID] = mapped_column(ForeignKey("calendars.id"), primary_key=True)
    date: Mapped[date] = mapped_column(Date, primary_key=True)
    name: Mapped[str]


class CalendarEntryRow(ReadModel):
    """A meeting or a note: what the field calls an event of a calendar."""

    versioned = True
    told_by = (("calendar",),)
    __tablename__ = "calendar_entries"
    __table_args__ = (Index(None, "calendar", "start", "id"),)

    calendar: Mapped[UUID] = mapped_column(ForeignKey("calendars.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    title: Mapped[str]
    notes: Mapped[str]
    start: Mapped[datetime]
    end: Mapped[datetime]


_TABLES = (CalendarRow, CalendarWeekdayRow, WorkWeekRow, CalendarExceptionRow, HolidayRow, CalendarEntryRow)
_WITHOUT_EFFECT = CalendarRenamed | CalendarEventAdded | CalendarEventRemoved
_HoursEvent = (
    CalendarWeekdaySet
    | WorkWeekSet
    | WorkWeekRemoved
    | CalendarExceptionAdded
    | CalendarExceptionRemoved
    | HolidaysAdded
    | HolidayRemoved
)


def _needs(recorded: RecordedEvent) -> Iterable[Need]:
    event = cast("CalendarEvent", recorded.event)
    if not isinstance(event, CalendarCreated):
        yield CalendarRow.id, event.calendar
    match event:
        case CalendarWeekdaySet():
            yield CalendarWeekdayRow.calendar, event.calendar
        case WorkWeekRemoved():
            yield WorkWeekRow.calendar, event.calendar
        case CalendarExceptionRemoved():
            yield CalendarExceptionRow.calendar, event.calendar
        case HolidayRemoved():
            yield HolidayRow.calendar, event.calendar
        case CalendarEventRemoved():
            yield CalendarEntryRow.calendar, event.calendar
        case _:
            pass


def _apply(recorded: RecordedEvent, rows: Rows) -> None:
    event = cast("CalendarEvent", recorded.event)
    match event:
        case CalendarCreated():
            row = {"id": event.calendar, **event.model_dump(exclude={"calendar"}), "deleted": False}
            row |= {"position": recorded.position, "created_at": recorded.recorded_at}
            rows.put(CalendarRow, row)
        case CalendarRenamed():
            rows.change(CalendarRow, event.calendar, name=event.name)
        case CalendarBaseChanged():
            rows.change(CalendarRow, event.calendar, base=event.base)
        case CalendarDeleted() | CalendarRestored():
            rows.change(CalendarRow, event.calendar, deleted=isinstance(event, CalendarDeleted))
        case CalendarEventAdded():
            row = event.model_dump(include={"calendar", "title", "notes", "start", "end"})
            rows.put(CalendarEntryRow, {**row, "id": event.entry})
        case CalendarEventRemoved():
            rows.remove(CalendarEntryRow, event.calendar, event.entry)
        case _:
            _apply_hours(recorded, event, rows)
    stamp = {"revision": recorded.version, "updated_at": recorded.recorded_at}
    if not isinstance(event, _WITHOUT_EFFECT):
        stamp["position"] = recorded.position
    rows.change(CalendarRow, event.calendar, **stamp)


def _apply_hours(recorded: RecordedEvent, event: _HoursEvent, rows: Rows) -> None:
    here = {"calendar": event.calendar}
    match event:
        case CalendarWeekdaySet():
            if event.hours is None:
                rows.remove(CalendarWeekdayRow, event.calendar, event.weekday.value)
            else:
                hours = event.model_dump(mode="json")["hours"]
                rows.put(CalendarWeekdayRow, {**here, "weekday": event.weekday.value, "hours": hours})
        case WorkWeekSet():
            days = event.work_week.model_dump(mode="json")["days"]
            row = {**here, **event.work_week.model_dump(), "days": days, "position": recorded.position}
            rows.put(WorkWeekRow, row)
        case WorkWeekRemoved():
            rows.remove(WorkWeekRow, event.calendar, event.work_week)
        case CalendarExceptionAdded():
            hours = event.exception.model_dump(mode="json")["hours"]
            row = {**here, **event.exception.model_dump(), "hours": hours, "position": recorded.position}
            rows.put(CalendarExceptionRow, row)
        case CalendarExceptionRemoved():
            rows.remove(CalendarExceptionRow, event.calendar, event.exception)
        case HolidaysAdded():
            for holiday in event.holidays:
                rows.put(HolidayRow, {**here, "date": holiday.date, "name": holiday.name})
        case HolidayRemoved():
            rows.remove(HolidayRow, event.calendar, event.date)
        case _:
            assert_never(event)


CALENDARS = Projection("calendars", 2, _TABLES, get_args(CalendarEvent), _needs, _apply)
