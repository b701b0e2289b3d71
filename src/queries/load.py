"""Who has how much to do: day by day, against what there is, and where it is too much."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import Select, func, or_, select, tuple_

from ..projections.assignments import AssignmentRow
from ..projections.projects import MemberRow, ProjectRow
from ..projections.resources import ResourceRow
from ..projections.schedule_rows import BookingRow, LoadRow
from ..projections.tasks import TaskRow
from ..projections.versions import BORN, VALID_FROM
from ..scheduling.capacity import OverAllocation, Taken, over_allocations
from .capacity import capacity_of
from .everywhere import Everywhere
from .reading import Instant, Page, ReadSession, View, cursor_of, key_of, moment
from .resource import Amount

MOST_BOOKINGS = 5_000
"""Of one resource within a year; those that begin later are left out."""

NOBODY = UUID(int=0)
"""A reader who is a member of no project."""


class LoadView(View):
    """The work of a resource for the project on a day of the project's zone, in tenths of a minute."""

    day: date
    resource: UUID
    name: str
    work: int


class DayLoadView(View):
    """The work of a resource on a day, for all projects; `over` is what is more than it can do."""

    day: date
    work: int
    capacity: int
    over: int


class TakenView(View):
    """What takes a resource; of projects that the reader may not see, only how much they take together."""

    project: UUID | None = None
    project_name: str | None = None
    task: UUID | None = None
    wbs: str | None = None
    name: str | None = None
    units: Amount


class OverAllocationView(View):
    """A span in which more of the resource is taken than there is."""

    start: Instant
    finish: Instant
    units: Amount
    available: Amount
    taken: tuple[TakenView, ...] = Field(description="The largest first")


async def list_load(
    read: ReadSession, project: UUID, first: date, last: date, *, after: str | None = None, limit: int = 100
) -> Page[LoadView]:
    """The work of all resources of the project from one date to another, day by day."""
    loads, resources = read[LoadRow], read[ResourceRow]
    key = tuple_(loads.c.day, loads.c.resource)
    wanted = (
        select(loads.c.day, loads.c.resource, resources.c.name, loads.c.work)
        .join(resources, resources.c.id == loads.c.resource)
        .where(loads.c.project == project, loads.c.day.between(first, last))
    )
    if after is not None:
        wanted = wanted.where(key > tuple_(*key_of(after, date.fromisoformat, UUID)))
    rows = (await read.execute(wanted.order_by(loads.c.day, loads.c.resource).limit(limit + 1))).all()
    more = cursor_of(rows[limit - 1].day.isoformat(), str(rows[limit - 1].resource)) if len(rows) > limit else None
    return Page(items=tuple(LoadView.model_validate(row) for row in rows[:limit]), next=more)


def projects_of(read: ReadSession, until: int, *, project: UUID | None, resource: UUID | None) -> Select[Any]:
    """The projects in which a resource, shared or of the project, was ever assigned up to the position."""
    resources, versions = read[ResourceRow], read.versions(AssignmentRow)
    mine = or_(resources.c.project.is_(None), resources.c.project == project)
    known = select(resources.c.id).where(resources.c.id == resource, mine)
    return select(versions.c.project).where(
        versions.c[BORN], versions.c.resource.in_(known), versions.c[VALID_FROM] <= until
    )


async def resource_load(
    read: Everywhere, project: UUID | None, resource: UUID, first: date, last: date
) -> list[DayLoadView] | None:
    """Day by day; None when there is no such resource that is shared, or the project's own."""
    found = await capacity_of(read.shared, project, resource)
    if found is None:
        return None
    loads = read.plans[LoadRow]
    wanted = (
        select(loads.c.day, func.sum(loads.c.work).label("work"))
        .where(loads.c.resource == resource, loads.c.day.between(first, last))
        .group_by(loads.c.day)
    )
    work = {row.day: int(row.work) for row in await read.plans.execute(wanted)}
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [_day(day, work.get(day, 0), found.work_on(day)) for day in days]


def _day(day: date, work: int, capacity: int) -> DayLoadView:
    return DayLoadView(day=day, work=work, capacity=capacity, over=max(0, work - capacity))


async def list_over_allocations(
    read: Everywhere,
    project: UUID | None,
    resource: UUID,
    first: date,
    last: date,
    *,
    reader: UUID | None,
    after: str | None = None,
    limit: int = 100,
) -> Page[OverAllocationView] | None:
    """Where more is taken of the resource than there is, across all projects; None when there is no such resource.

    `reader` sees the names of the projects that they are a member of; None: of all; `NOBODY`: of none.
    """
    found = await capacity_of(read.shared, project, resource)
    if found is None:
        return None
    start, finish = (datetime.combine(day, time(), found.zone).astimezone(UTC) for day in (first, last))
    if after is not None:
        start = max(start, key_of(after, moment)[0])
    taken = [each async for each in _taken(read.plans, resource, start, finish + timedelta(days=1))]
    following = (span for span in over_allocations(taken, found) if span.start >= start)
    spans = await asyncio.to_thread(list, islice(following, limit + 1))
    shown = spans[:limit]
    names = await _names(read, {each.by for span in shown for each in span.taken}, reader)
    more = cursor_of(shown[-1].finish.isoformat()) if len(spans) > limit else None
    return Page(items=tuple(_span(span, names) for span in shown), next=more)


async def _taken(
    read: ReadSession, resource: UUID, start: datetime, finish: datetime
) -> AsyncIterator[Taken[tuple[UUID, UUID]]]:
    bookings = read[BookingRow]
    wanted = (
        select(bookings)
        .where(bookings.c.resource == resource, bookings.c.start < finish, bookings.c.finish > start)
        .order_by(bookings.c.start)
        .limit(MOST_BOOKINGS)
    )
    for row in await read.execute(wanted):
        yield Taken((row.project, row.task), max(row.start, start), min(row.finish, finish), row.units)


async def _names(
    read: Everywhere, wanted: set[tuple[UUID, UUID]], reader: UUID | None
) -> dict[tuple[UUID, UUID], dict[str, Any]]:
    """What the tasks and their projects are called, as far as the reader may know."""
    if not wanted:
        return {}
    projects, members, tasks = read.plans[ProjectRow], read.now[MemberRow], read.plans[TaskRow]
    asked = {project for project, _ in wanted}
    if reader is not None:
        seen = select(members.c.project).where(members.c.user == reader, members.c.project.in_(asked))
        asked = set((await read.now.execute(seen)).scalars())
    which = select(projects.c.id, projects.c.name).where(projects.c.id.in_(asked))
    known = {row.id: row.name for row in await read.plans.execute(which)}
    ids = [task for project, task in wanted if project in known]
    of = select(tasks.c.id, tasks.c.project, tasks.c.wbs, tasks.c.name).where(tasks.c.id.in_(ids))
    rows = (await read.plans.execute(of)).all() if ids else ()
    return {
        (row.project, row.id): {"project_name": known[row.project], "wbs": row.wbs, "name": row.name} for row in rows
    }


def _span(
    span: OverAllocation[tuple[UUID, UUID]], names: dict[tuple[UUID, UUID], dict[str, Any]]
) -> OverAllocationView:
    told = [
        TakenView(project=each.by[0], task=each.by[1], units=each.units, **names[each.by])
        for each in span.taken
        if each.by in names
    ]
    hidden = [each.units for each in span.taken if each.by not in names]
    if hidden:
        told.append(TakenView(units=sum(hidden, Decimal(0))))
    told.sort(key=lambda each: each.units, reverse=True)
    return OverAllocationView(
        start=span.start, finish=span.finish, units=span.units, available=span.available, taken=tuple(told)
    )
