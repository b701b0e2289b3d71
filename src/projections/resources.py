"""The resources: shared ones and those of projects, how much of them there is, and what they cost from when on."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, assert_never, cast, get_args
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, Date, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ..events import RecordedEvent
from ..events.resource import (
    ResourceCalendarSet,
    ResourceDeactivated,
    ResourceDefined,
    ResourceEvent,
    ResourceMaxUnitsSet,
    ResourceRateSet,
    ResourceReactivated,
    ResourceRenamed,
    ResourceUserSet,
)
from ..events.user import AccountDeleted
from .projection import Projection
from .read_model import ReadModel, Stamped
from .rows import Need, Rows

SHARED = UUID(int=0)


class ResourceRow(Stamped, ReadModel):
    """`project` NULL: it is shared; `scope` is the project or `SHARED`, for an index in order of ids.

    `user` is who it is, while there is such an account. `periods` are those with other units: start, finish, units.
    `position` is that of the last event that can change a schedule or a load.
    """

    versioned = True
    listed_by = "scope"
    told_by = (("user",),)
    __tablename__ = "resources"
    __table_args__ = (
        CheckConstraint("type IN ('work', 'material', 'cost')", name="type_known"),
        Index(None, "scope", "id"),
        Index(None, "user"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    project: Mapped[UUID | None]
    scope: Mapped[UUID]
    name: Mapped[str]
    type: Mapped[str]
    max_units: Mapped[Decimal]
    periods: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    calendar: Mapped[UUID | None]
    unit: Mapped[str | None]
    external_id: Mapped[str | None]
    user: Mapped[UUID | None]
    active: Mapped[bool]
    position: Mapped[int] = mapped_column(BigInteger)
    revision: Mapped[int]


class ResourceRateRow(ReadModel):
    """`start` NULL: from ever. `revision` is that which the resource had when the rate was set."""

    versioned = True
    told_by = (("resource",),)
    __tablename__ = "resource_rates"

    resource: Mapped[UUID] = mapped_column(ForeignKey("resources.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    start: Mapped[date | None] = mapped_column(Date)
    currency: Mapped[str]
    rate: Mapped[Decimal]
    overtime: Mapped[Decimal]
    per_use: Mapped[Decimal]


def _needs(recorded: RecordedEvent) -> Iterable[Need]:
    event = cast("ResourceEvent | AccountDeleted", recorded.event)
    if isinstance(event, AccountDeleted):
        yield ResourceRow.user, event.user
    elif not isinstance(event, ResourceDefined):
        yield ResourceRow.id, event.resource


def _apply(recorded: RecordedEvent, rows: Rows) -> None:
    event = cast("ResourceEvent | AccountDeleted", recorded.event)
    if isinstance(event, AccountDeleted):
        for row in [row for row in rows.all(ResourceRow) if row["user"] == event.user]:
            rows.change(ResourceRow, row["id"], user=None)
        return
    moves = {"position": recorded.position}
    match event:
        case ResourceDefined():
            fields = event.model_dump(exclude={"resource"}) | {"id": event.resource, "type": event.type.value}
            fields["scope"] = event.project or SHARED
            made = {"created_at": recorded.recorded_at, "updated_at": recorded.recorded_at}
            rows.put(
                ResourceRow, {**fields, **made, **moves, "periods": [], "user": None, "active": True, "revision": 0}
            )
        case ResourceRenamed():
            rows.change(ResourceRow, event.resource, name=event.name)
        case ResourceRateSet():
            key = {"resource": event.resource, "revision": recorded.version}
            rows.put(ResourceRateRow, {**key, **event.rate.model_dump()})
        case ResourceMaxUnitsSet():
            periods = [period.model_dump(mode="json") for period in event.periods]
            rows.change(ResourceRow, event.resource, max_units=event.max_units, periods=periods, **moves)
        case ResourceCalendarSet():
            rows.change(ResourceRow, event.resource, calendar=event.calendar, **moves)
        case ResourceUserSet():
            rows.change(ResourceRow, event.resource, user=event.user)
        case ResourceDeactivated():
            rows.change(ResourceRow, event.resource, active=False)
        case ResourceReactivated():
            rows.change(ResourceRow, event.resource, active=True)
        case _:
            assert_never(event)
    rows.change(ResourceRow, event.resource, revision=recorded.version, updated_at=recorded.recorded_at)


_EVENTS = (*get_args(ResourceEvent), AccountDeleted)
RESOURCES = Projection("resources", 4, (ResourceRow, ResourceRateRow), _EVENTS, _needs, _apply)
