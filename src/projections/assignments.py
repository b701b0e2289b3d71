"""Who is in a project, and on which task. What was ended stays, marked: so does the work that was done."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, assert_never, cast, get_args
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from ..events import RecordedEvent
from ..events.staffing import ResourceAddedToProject, ResourceEnvelopeChanged, ResourceWithdrawn
from ..events.task import (
    ActualWorkRecorded,
    AssignmentDelaySet,
    AssignmentUnitsChanged,
    AssignmentWorkSet,
    ResourceAssigned,
    ResourceUnassigned,
)
from .projection import Projection
from .read_model import ReadModel, Stamped
from .rows import Need, Row, Rows


class AssignmentRow(Stamped, ReadModel):
    """`live` until the resource was unassigned. Work and delay in tenths of a minute; `revision` is of the task.

    Those of deleted tasks stay as they are.
    """

    versioned = True
    listed_by = "resource"
    told_by = (("project", "task"),)
    __tablename__ = "assignments"
    __table_args__ = (Index(None, "task", "resource"), Index(None, "resource", "project"))

    project: Mapped[UUID] = mapped_column(primary_key=True)
    task: Mapped[UUID] = mapped_column(primary_key=True)
    resource: Mapped[UUID] = mapped_column(primary_key=True)
    live: Mapped[bool]
    type: Mapped[str]
    units: Mapped[Decimal]
    work: Mapped[int] = mapped_column(BigInteger)
    delay: Mapped[int] = mapped_column(BigInteger)
    actual_work: Mapped[int] = mapped_column(BigInteger)
    remaining_work: Mapped[int] = mapped_column(BigInteger)
    work_as_of: Mapped[datetime | None]
    external_id: Mapped[str | None]
    revision: Mapped[int]


class StaffRow(Stamped, ReadModel):
    """A resource in a project, while `member`; `planned` is the work foreseen, `rate` the one in place of its own."""

    versioned = True
    __tablename__ = "staff"
    __table_args__ = (Index(None, "resource", "project"),)

    project: Mapped[UUID] = mapped_column(primary_key=True)
    resource: Mapped[UUID] = mapped_column(primary_key=True)
    member: Mapped[bool]
    planned: Mapped[int | None] = mapped_column(BigInteger)
    rate: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    revision: Mapped[int]


_OfStaff = ResourceAddedToProject | ResourceEnvelopeChanged | ResourceWithdrawn
_OfTask = (
    ResourceAssigned
    | AssignmentUnitsChanged
    | AssignmentWorkSet
    | AssignmentDelaySet
    | ActualWorkRecorded
    | ResourceUnassigned
)


def _needs(recorded: RecordedEvent) -> Iterable[Need]:
    event = cast("_OfStaff | _OfTask", recorded.event)
    if isinstance(event, _OfStaff):
        yield StaffRow.project, event.project
    else:
        yield AssignmentRow.task, event.task


def _apply(recorded: RecordedEvent, rows: Rows) -> None:
    event = cast("_OfStaff | _OfTask", recorded.event)
    stamp = {"revision": recorded.version, "updated_at": recorded.recorded_at}
    if isinstance(event, _OfStaff):
        _staffed(event, {**stamp, "created_at": recorded.recorded_at}, rows)
        return
    key = (recorded.project, event.task, event.resource)
    match event:
        case ResourceAssigned():
            rows.put(AssignmentRow, {**_assigned(recorded, event, rows.find(AssignmentRow, *key)), **stamp})
        case AssignmentUnitsChanged():
            rows.change(AssignmentRow, *key, units=event.units, **stamp)
        case AssignmentWorkSet():
            left = max(event.work - rows.get(AssignmentRow, *key)["actual_work"], 0)
            rows.change(AssignmentRow, *key, work=event.work, remaining_work=left, **stamp)
        case AssignmentDelaySet():
            rows.change(AssignmentRow, *key, delay=event.delay, **stamp)
        case ActualWorkRecorded():
            rows.change(AssignmentRow, *key, **_worked(rows.get(AssignmentRow, *key), event), **stamp)
        case ResourceUnassigned():
            rows.change(AssignmentRow, *key, live=False, **stamp)
        case _:
            assert_never(event)


def _assigned(recorded: RecordedEvent, event: ResourceAssigned, before: Row | None) -> Row:
    """A new row; of who was on the task before, what was done."""
    done = before["actual_work"] if before else 0
    return {
        **event.model_dump(exclude={"type"}),
        "project": recorded.project,
        "live": True,
        "type": event.type.value,
        "actual_work": done,
        "remaining_work": max(event.work - done, 0),
        "work_as_of": before["work_as_of"] if before else None,
        "created_at": before["created_at"] if before else recorded.recorded_at,
    }


def _worked(row: Row, event: ActualWorkRecorded) -> Row:
    """The report, unless one of a later time is there already."""
    if row["work_as_of"] is not None and event.as_of < row["work_as_of"]:
        return {}
    return {
        "actual_work": event.actual_work,
        "remaining_work": event.remaining_work,
        "work_as_of": event.as_of,
    }


def _staffed(event: _OfStaff, stamp: Row, rows: Rows) -> None:
    if isinstance(event, ResourceWithdrawn):
        del stamp["created_at"]
        rows.change(StaffRow, event.project, event.resource, member=False, planned=None, rate=None, **stamp)
        return
    rate = event.rate and event.rate.model_dump(mode="json", exclude_none=True)
    if isinstance(event, ResourceEnvelopeChanged):
        del stamp["created_at"]
        rows.change(StaffRow, event.project, event.resource, planned=event.planned, rate=rate, **stamp)
        return
    key = {"project": event.project, "resource": event.resource}
    rows.put(StaffRow, {**key, "member": True, "planned": event.planned, "rate": rate, **stamp})


_EVENTS = (*get_args(_OfStaff), *get_args(_OfTask))
ASSIGNMENTS = Projection("assignments", 2, (AssignmentRow, StaffRow), _EVENTS, _needs, _apply, bucketed=True)
