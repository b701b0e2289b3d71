"""The resources of a project and their assignments, from the rows of their read models."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import CompoundSelect, select, union

from ..events.resource import UnitsPeriod
from ..importing.plan_file import FileAssignment, FileRate, FileResource
from ..projections.assignments import AssignmentRow, StaffRow
from ..projections.resources import ResourceRateRow, ResourceRow
from ..queries.reading import ReadSession
from ..scheduling import ResourceType
from .uids import uids

_NO_LINE = 0


@dataclass(frozen=True, slots=True)
class ExportedStaff:
    """The resources in the project, with the rates that are to be told."""

    rows: list[Any]
    uids: dict[UUID, int]
    rates: Mapping[UUID, list[FileRate]] = field(default_factory=dict)

    def resources(self, calendars: Mapping[UUID, int]) -> tuple[FileResource, ...]:
        """As a file holds them; `calendars` are the UIDs of theirs."""
        return tuple(
            FileResource(
                uid=self.uids[row.id],
                name=row.name,
                type=ResourceType(row.type),
                max_units=row.max_units,
                line=_NO_LINE,
                periods=tuple(UnitsPeriod.model_validate(each) for each in row.periods),
                calendar=None if row.calendar is None else calendars[row.calendar],
                unit=row.unit,
                rates=tuple(self.rates.get(row.id, ())),
                guid=row.id,
            )
            for row in self.rows
        )


async def exported_resources(
    read: ReadSession, project: UUID, leaves: Collection[UUID], *, rates: str | None
) -> ExportedStaff:
    """Who is in the project, or on one of the leaves. `rates` names the currency of those that are told."""
    staff, resources, assignments = read[StaffRow], read[ResourceRow], read[AssignmentRow]
    members = select(staff.c.resource).where(staff.c.project == project, staff.c.member)
    live = (assignments.c.project == project) & assignments.c.live
    there = union(members, select(assignments.c.resource).where(live))
    busy = await read.execute(select(assignments.c.task, assignments.c.resource).where(live))
    wanted = {*(await read.execute(members)).scalars(), *(row.resource for row in busy if row.task in leaves)}
    found = select(resources).where(resources.c.id.in_(there)).order_by(resources.c.created_at, resources.c.id)
    rows = [row for row in await read.execute(found) if row.id in wanted]
    numbers = uids((row.id, row.external_id) for row in rows)
    return ExportedStaff(rows, numbers, await _rates(read, there, rates) if rates else {})


async def _rates(read: ReadSession, wanted: CompoundSelect[Any], currency: str) -> Mapping[UUID, list[FileRate]]:
    """By resource, in the order of their dates."""
    table = read[ResourceRateRow]
    found: dict[UUID, list[FileRate]] = defaultdict(list)
    for row in await read.execute(select(table).where(table.c.currency == currency, table.c.resource.in_(wanted))):
        found[row.resource].append(FileRate(row.start, row.rate, row.overtime, row.per_use))
    return {id_: sorted(each, key=lambda rate: rate.start or date.min) for id_, each in found.items()}


async def exported_assignments(
    read: ReadSession,
    project: UUID,
    tasks: Mapping[UUID, int],
    leaves: Collection[UUID],
    resources: Mapping[UUID, int],
) -> tuple[FileAssignment, ...]:
    """Those that are live, in the order of the outline."""
    table = read[AssignmentRow]
    rows = await read.execute(select(table).where(table.c.project == project, table.c.live))
    there = [row for row in rows if row.task in leaves]
    order = {id_: place for place, id_ in enumerate(tasks)}
    there.sort(key=lambda row: (order[row.task], resources[row.resource]))
    numbers = _numbers(there)
    return tuple(
        FileAssignment(
            uid=uid,
            task=tasks[row.task],
            resource=resources[row.resource],
            units=row.units,
            work=row.work,
            actual_work=row.actual_work,
            remaining_work=row.remaining_work,
            delay=row.delay,
            line=_NO_LINE,
        )
        for row, uid in zip(there, numbers, strict=True)
    )


def _numbers(rows: list[Any]) -> list[int]:
    """UIDs of assignments, which have no id of their own."""
    made = {UUID(int=place): row.external_id for place, row in enumerate(rows)}
    found = uids(made.items())
    return [found[id_] for id_ in made]
