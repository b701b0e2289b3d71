"""Resources: which there are for a project, and what they cost."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import PlainSerializer, WithJsonSchema
from sqlalchemy import ColumnElement, FromClause, select

from ..projections.assignments import StaffRow
from ..projections.resources import SHARED, ResourceRateRow, ResourceRow
from ..scheduling import ResourceType
from .reading import Instant, Page, ReadSession, View, key_of, page

Amount = Annotated[
    Decimal,
    PlainSerializer(lambda amount: format(amount.normalize(), "f"), return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)?$"}),
]
"""An exact number, as text: no reader has to know what a float makes of it."""


class PeriodView(View):
    """How much of it there is from one date to another, both included; an open end is None."""

    start: date | None = None
    finish: date | None = None
    units: Amount


class ResourceView(View):
    """A resource. `project` None: it is shared; `calendar` None: it works as the project does; `user` is who it is."""

    id: UUID
    project: UUID | None
    name: str
    type: ResourceType
    max_units: Amount
    periods: tuple[PeriodView, ...]
    calendar: UUID | None
    unit: str | None
    external_id: str | None
    user: UUID | None
    active: bool
    revision: int
    created_at: Instant
    updated_at: Instant


class RateView(View):
    """What an hour of work, of overtime and each use cost from `start` on (None: from ever); of a material, a unit."""

    start: date | None = None
    currency: str
    rate: Amount
    overtime: Amount
    per_use: Amount


class RatesView(View):
    """The rates by their starts; each holds until the next one's. `in_project` is the one in their place there."""

    rates: tuple[RateView, ...]
    in_project: RateView | None = None


async def list_resources(
    read: ReadSession, project: UUID | None, *, after: str | None = None, limit: int = 100
) -> Page[ResourceView]:
    """The resources that the project can take in: its own and those that are shared; or these alone. By id."""
    resources = read[ResourceRow]
    own, shared = [
        select(resources).where(resources.c.scope == scope).order_by(resources.c.id).limit(limit + 1)
        for scope in (project, SHARED)
    ]
    if after is not None:
        (last,) = key_of(after, UUID)
        own, shared = own.where(resources.c.id > last), shared.where(resources.c.id > last)
    if project is None:
        return page((await read.execute(shared)).all(), limit, ResourceView, "id")
    rows = [*(await read.execute(own)).all(), *(await read.execute(shared)).all()]
    return page(sorted(rows, key=lambda row: row.id), limit, ResourceView, "id")


async def get_resource(read: ReadSession, project: UUID | None, resource: UUID) -> ResourceView | None:
    """The resource; None when the project can take in none of that id."""
    resources = read[ResourceRow]
    row = (
        await read.execute(select(resources).where(resources.c.id == resource, _of(resources, project)))
    ).one_or_none()
    return None if row is None else ResourceView.model_validate(row)


async def get_rates(read: ReadSession, project: UUID | None, resource: UUID) -> RatesView:
    """What the resource costs, and in the project, if one is named. For who may read rates."""
    rates, staff = read[ResourceRateRow], read[StaffRow]
    rows = await read.execute(select(rates).where(rates.c.resource == resource))
    found = sorted((RateView.model_validate(row) for row in rows), key=_start)
    if project is None:
        return RatesView(rates=tuple(found))
    instead = await read.scalar(select(staff.c.rate).where(staff.c.project == project, staff.c.resource == resource))
    return RatesView(rates=tuple(found), in_project=None if instead is None else RateView.model_validate(instead))


def _start(rate: RateView) -> tuple[bool, date]:
    """From ever comes first."""
    return rate.start is not None, rate.start or date.min


def _of(resources: FromClause, project: UUID | None) -> ColumnElement[bool]:
    shared = resources.c.project.is_(None)
    return shared if project is None else shared | (resources.c.project == project)
