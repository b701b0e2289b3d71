"""The plan of a project, from the rows of the read models that it is spread over.

They are read in one snapshot together with their checkpoints, so it is known which events are in it. The rows are in
memory: events that have not happened can be applied to them, to see what they would lead to.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, Table, false, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from ..events import RecordedEvent
from ..events.log import WHOLE, bucket_of
from ..scheduling import (
    Constraint,
    ConstraintType,
    Duration,
    Lag,
    LagUnit,
    LinkType,
    Plan,
    PlannedAssignment,
    PlannedLink,
    PlannedTask,
    ResourceType,
    Split,
    TaskMode,
    TaskType,
)
from .assignments import ASSIGNMENTS, AssignmentRow, StaffRow
from .calendars import CALENDARS, CalendarEntryRow, CalendarRow
from .links import LINKS, LinkRow
from .planned_calendars import calendars_of, fetch_calendars
from .projection import Projection
from .projects import PROJECTS, MemberRow, ProjectRow
from .read_model import ReadModel
from .registry import ACTIVE, CheckpointRow, FaultRow, GenerationRow
from .resources import RESOURCES, ResourceRateRow, ResourceRow
from .rows import Row, Rows
from .tables import tables
from .tasks import TASKS, TaskRow

INPUTS: tuple[Projection, ...] = (PROJECTS, TASKS, LINKS, ASSIGNMENTS, RESOURCES, CALENDARS)
"""The read models that a plan is made of."""
SHARED: tuple[tuple[Projection, Any], ...] = ((CALENDARS, CalendarRow), (RESOURCES, ResourceRow))
"""Those of them of which several projects may use a row. It has the `position` of its last event."""
_OF_PROJECT = (
    (PROJECTS, ProjectRow.id),
    (TASKS, TaskRow.project),
    (LINKS, LinkRow.project),
    (ASSIGNMENTS, AssignmentRow.project),
)
_MORNING = time(8)


@dataclass(frozen=True)
class Snapshot:
    """Where the inputs are, as one transaction sees them: the active generations, by projection."""

    connection: AsyncConnection
    generations: Mapping[str, int]

    async def position(self, project: UUID) -> int:
        """The position up to which all that concerns the project has been applied to all inputs."""
        wanted = select(CheckpointRow.projection, CheckpointRow.generation, CheckpointRow.position).where(
            CheckpointRow.projection.in_(self.generations), CheckpointRow.bucket.in_([WHOLE, bucket_of(project)])
        )
        parked = select(FaultRow.projection, FaultRow.generation, FaultRow.position).where(
            FaultRow.projection.in_(self.generations), FaultRow.project == project
        )
        rows = [*await self.connection.execute(wanted), *await self.connection.execute(parked)]
        return min(int(row.position) for row in rows if self.generations[row.projection] == row.generation)


async def snapshot(connection: AsyncConnection) -> Snapshot | None:
    """None while an input has no generation that could be read."""
    versions = {projection.name: projection.version for projection in INPUTS}
    wanted = select(GenerationRow.projection, GenerationRow.version, GenerationRow.generation).where(
        GenerationRow.state == ACTIVE, GenerationRow.projection.in_(versions)
    )
    rows = await connection.execute(wanted)
    found = {row.projection: row.generation for row in rows if versions[row.projection] == row.version}
    return Snapshot(connection, found) if len(found) == len(versions) else None


def outdated(seen: Snapshot, uses: Table) -> Select[Any]:
    """The projects of which something that was used has changed since; `uses` says which, and at which position."""
    wanted = [
        select(uses.c.project).join(table, table.c.id == uses.c.used).where(uses.c.position < table.c.position)
        for projection, model in SHARED
        for table in [tables(seen.generations[projection.name])[model]]
    ]
    return select(union(*wanted).subquery()) if wanted else select(uses.c.project).where(false())


class PlanRows:
    """The rows of one project's plan: fetch, let happen what may, make the plan of them.

    With a position they are those of then.
    """

    def __init__(self, seen: Snapshot, project: UUID, position: int | None = None) -> None:
        self._project = project
        self._of = {each: Rows(seen.connection, seen.generations[each.name], position) for each in INPUTS}
        self._past = position is not None
        self._calendars: set[UUID] = set()

    async def fetch(self) -> None:
        """All that is the project's own, and what it uses."""
        for projection, column in _OF_PROJECT:
            await self._of[projection].fetch([(column, self._project)])
        await self._fetch_used()

    async def fetch_all(self) -> None:
        """The same, and all else that belongs to the project: members, staff with rates, calendars of its own."""
        await self.fetch()
        await self._of[PROJECTS].fetch([(MemberRow.project, self._project)])
        staff, resources, calendars = self._of[ASSIGNMENTS], self._of[RESOURCES], self._of[CALENDARS]
        await staff.fetch([(StaffRow.project, self._project)])
        await resources.fetch((ResourceRow.id, row["resource"]) for row in staff.all(StaffRow))
        await resources.fetch((ResourceRateRow.resource, row["id"]) for row in resources.all(ResourceRow))
        await calendars.fetch([(CalendarRow.project, self._project)])
        own = [row["id"] for row in calendars.all(CalendarRow) if row["project"] == self._project]
        await fetch_calendars(calendars, own, self._calendars)
        await calendars.fetch((CalendarEntryRow.calendar, calendar) for calendar in own)
        for projection, rows in self._of.items():
            rows.marks.add(self._project)
            projection.settle(rows)
        await self._fetch_used()  # of the past it is known only now which tasks are in the plan

    async def let_happen(self, recorded: Sequence[RecordedEvent]) -> None:
        """Applies events to the rows in memory; nothing is ever written.

        In the past those before them may be missing, so an event about what is not there changes nothing.
        """
        named = {id_ for each in recorded if (id_ := getattr(each.event, "calendar", None))}
        await fetch_calendars(self._of[CALENDARS], named, self._calendars)
        for projection, rows in self._of.items():
            await projection.fold(recorded, rows, missing=self._past)
        await self._fetch_used()

    def made(self) -> dict[type[ReadModel], list[Row]]:
        """All rows that are held, by their tables."""
        return {model: list(self._of[each].all(model)) for each in INPUTS for model in each.tables}

    async def _fetch_used(self) -> None:
        resources = self._of[RESOURCES]
        await resources.fetch((ResourceRow.id, row["resource"]) for row in self._assignments())
        named = {row["calendar"] for row in (*self._projects(), *self.tasks, *resources.all(ResourceRow))}
        await fetch_calendars(self._of[CALENDARS], named - {None}, self._calendars)

    def used(self) -> dict[UUID, int]:
        """The calendars and resources that the plan was made with, each with the position of its last event."""
        rows = (*self._of[CALENDARS].all(CalendarRow), *self._of[RESOURCES].all(ResourceRow))
        return {row["id"]: row["position"] for row in rows}

    @property
    def tasks(self) -> list[Row]:
        """Those that are in the plan, in the order of the outline."""
        rows = self._of[TASKS].all(TaskRow)
        mine = (row for row in rows if row["sequence"] is not None and row["project"] == self._project)
        return sorted(mine, key=lambda row: row["sequence"])

    def plan(self) -> Plan | None:
        """None when there is no such project.

        One without a start begins on the morning of the day on which it was made.
        """
        assigned = self._assigned()
        for project in self._projects():
            return Plan(
                start=project["start"] or _morning(project["created_at"], project["time_zone"]),
                time_zone=project["time_zone"],
                tasks=tuple(_task(row, tuple(assigned[row["id"]])) for row in self.tasks),
                links=tuple(_link(row) for row in self._of[LINKS].all(LinkRow) if not row["deleted"]),
                calendars=calendars_of(self._of[CALENDARS]),
                calendar=project["calendar"],
                must_finish=project["must_finish"],
                status_date=project["status_date"],
            )
        return None

    def _assignments(self) -> list[Row]:
        """Those of people and machines; what is used up, or only costs, moves nothing."""
        rows = self._of[ASSIGNMENTS].all(AssignmentRow)
        return [row for row in rows if row["live"] and row["type"] == ResourceType.WORK]

    def _assigned(self) -> defaultdict[UUID, list[PlannedAssignment]]:
        """By task, in the order of the resources' ids. The work is what was done and what is left to do."""
        calendars = {row["id"]: row["calendar"] for row in self._of[RESOURCES].all(ResourceRow)}
        found: defaultdict[UUID, list[PlannedAssignment]] = defaultdict(list)
        for row in sorted(self._assignments(), key=lambda row: row["resource"]):
            found[row["task"]].append(
                PlannedAssignment(
                    resource=row["resource"],
                    units=row["units"],
                    work=row["actual_work"] + row["remaining_work"],
                    calendar=calendars.get(row["resource"]),
                    delay=row["delay"],
                )
            )
        return found

    def _projects(self) -> list[Row]:
        return [row for row in self._of[PROJECTS].all(ProjectRow) if row["id"] == self._project]


def _morning(created: datetime, zone: str) -> datetime:
    return datetime.combine(created.astimezone(ZoneInfo(zone)).date(), _MORNING)


def _task(row: Row, assignments: tuple[PlannedAssignment, ...]) -> PlannedTask:
    return PlannedTask(
        id=row["id"],
        parent=row["parent"],
        duration=Duration(tenths=row["duration_tenths"], elapsed=row["duration_elapsed"]),
        constraint=Constraint(type=ConstraintType(row["constraint_type"]), date=row["constraint_date"]),
        deadline=row["deadline"],
        mode=TaskMode(row["mode"]),
        start=row["manual_start"],
        finish=row["manual_finish"],
        calendar=row["calendar"],
        type=TaskType(row["type"]),
        ignores_resource_calendars=row["ignores_resource_calendars"],
        percent_complete=row["percent_complete"],
        remaining=row["remaining_tenths"],
        resume=row["resume"],
        actual_start=row["actual_start"],
        actual_finish=row["actual_finish"],
        splits=tuple(Split(**split) for split in row["splits"]),
        assignments=assignments,
    )


def _link(row: Row) -> PlannedLink:
    return PlannedLink(
        id=row["id"],
        predecessor=row["predecessor"],
        successor=row["successor"],
        type=LinkType(row["type"]),
        lag=Lag(amount=row["lag_amount"], unit=LagUnit(row["lag_unit"])),
    )
