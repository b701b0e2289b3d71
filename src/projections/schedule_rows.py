"""The tables of the schedule: what is due, and per project what was computed, when each task is, and who works when."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, DateTime, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from .read_model import ReadModel

COMPUTED, FAILED, FAULTED = "computed", "failed", "faulted"
"""There is a schedule; the plan has none; the calculation broke, which is our fault."""


class MarkRow(ReadModel):
    """A project whose plan has changed since it was last computed: `changed` is the position of the last event.

    The projection puts a mark, and whoever has computed the plan takes it away. So the table holds what is due and
    nothing else.
    """

    __tablename__ = "schedule_marks"
    __table_args__ = (Index(None, "changed"),)

    project: Mapped[UUID] = mapped_column(primary_key=True)
    changed: Mapped[int] = mapped_column(BigInteger)
    changed_at: Mapped[datetime]


class ScheduleRow(ReadModel):
    """The schedule of a project as a whole. Dates are wall-clock times of the project's zone.

    `computed` is the position of the last event that can move the plan and is taken into account, `computed_at` when
    it was recorded: so the rows follow from the log alone, whenever they are made.
    """

    __tablename__ = "schedules"
    __table_args__ = (CheckConstraint("state IN ('computed', 'failed', 'faulted')", name="state_known"),)

    project: Mapped[UUID] = mapped_column(primary_key=True)
    state: Mapped[str]
    code: Mapped[str | None]
    message: Mapped[str | None]
    about: Mapped[list[str]] = mapped_column(JSON)
    start: Mapped[datetime | None] = mapped_column(DateTime())
    finish: Mapped[datetime | None] = mapped_column(DateTime())
    tasks: Mapped[int]
    critical: Mapped[int]
    warnings: Mapped[list[Any]] = mapped_column(JSON)
    computed: Mapped[int] = mapped_column(BigInteger)
    computed_at: Mapped[datetime]


class ScheduledTaskRow(ReadModel):
    """When a task is. Slack and duration in tenths of a working minute; `drivers` is what holds its start."""

    __tablename__ = "scheduled_tasks"
    project: Mapped[UUID] = mapped_column(
        ForeignKey("schedules.project", deferrable=True, initially="DEFERRED"), primary_key=True
    )
    task: Mapped[UUID] = mapped_column(primary_key=True)
    start: Mapped[datetime] = mapped_column(DateTime())
    finish: Mapped[datetime] = mapped_column(DateTime())
    early_start: Mapped[datetime] = mapped_column(DateTime())
    early_finish: Mapped[datetime] = mapped_column(DateTime())
    late_start: Mapped[datetime] = mapped_column(DateTime())
    late_finish: Mapped[datetime] = mapped_column(DateTime())
    start_slack: Mapped[int] = mapped_column(BigInteger)
    finish_slack: Mapped[int] = mapped_column(BigInteger)
    total_slack: Mapped[int] = mapped_column(BigInteger)
    free_slack: Mapped[int] = mapped_column(BigInteger)
    critical: Mapped[bool]
    duration: Mapped[int] = mapped_column(BigInteger)
    percent_complete: Mapped[int]
    drivers: Mapped[list[Any]] = mapped_column(JSON)
    warned: Mapped[bool]
    warnings: Mapped[list[Any]] = mapped_column(JSON)


class BookingRow(ReadModel):
    """A resource that works on a task, from one moment to another. `work` in tenths of a minute."""

    __tablename__ = "bookings"
    __table_args__ = (Index(None, "resource", "start"),)

    project: Mapped[UUID] = mapped_column(
        ForeignKey("schedules.project", deferrable=True, initially="DEFERRED"), primary_key=True
    )
    task: Mapped[UUID] = mapped_column(primary_key=True)
    resource: Mapped[UUID] = mapped_column(primary_key=True)
    start: Mapped[datetime]
    finish: Mapped[datetime]
    units: Mapped[Decimal]
    work: Mapped[int] = mapped_column(BigInteger)


class LoadRow(ReadModel):
    """The work of a resource on a day (of the project's zone) for a project, in tenths of a minute."""

    __tablename__ = "loads"
    __table_args__ = (Index(None, "resource", "day"),)

    project: Mapped[UUID] = mapped_column(
        ForeignKey("schedules.project", deferrable=True, initially="DEFERRED"), primary_key=True
    )
    day: Mapped[date] = mapped_column(primary_key=True)
    resource: Mapped[UUID] = mapped_column(primary_key=True)
    work: Mapped[int] = mapped_column(BigInteger)


class UseRow(ReadModel):
    """A calendar or resource that a schedule was computed with, as it was at `position`, its last event then."""

    __tablename__ = "schedule_uses"
    __table_args__ = (Index(None, "used", "position"),)

    project: Mapped[UUID] = mapped_column(
        ForeignKey("schedules.project", deferrable=True, initially="DEFERRED"), primary_key=True
    )
    used: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)


DERIVED: tuple[Any, ...] = (ScheduleRow, ScheduledTaskRow, BookingRow, LoadRow, UseRow)
"""What a calculation makes, in the order that it is written in."""
