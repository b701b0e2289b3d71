"""A whole plan, from the rows of the read models that it is spread over, as a plan file holds it."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from ..importing.plan_file import FileLink, FileTask, PlanFile
from ..projections.links import LinkRow
from ..projections.projects import ProjectRow
from ..projections.schedule_rows import ScheduledTaskRow, ScheduleRow
from ..projections.tasks import TaskRow
from ..queries.reading import ReadSession
from ..scheduling import (
    Constraint,
    ConstraintType,
    Duration,
    Lag,
    LagUnit,
    LinkType,
    Schedule,
    ScheduledTask,
    Split,
    TaskMode,
    TaskType,
)
from .calendar_rows import exported_calendars
from .staff_rows import exported_assignments, exported_resources
from .uids import uids

_NO_LINE = 0


@dataclass(frozen=True, slots=True)
class ExportedPlan:
    """A plan with the dates computed for it: `results` by UID, `schedule` None while there is none."""

    file: PlanFile
    results: dict[int, ScheduledTask]
    schedule: Schedule | None


async def exported_plan(read: ReadSession, project: UUID, *, rates: bool) -> ExportedPlan | None:
    """The plan as it is, None when there is no such project; with `rates` also what resources cost.

    `read` is at once: the parts of a plan name each other.
    """
    projects = read[ProjectRow]
    row = (await read.execute(select(projects).where(projects.c.id == project))).one_or_none()
    if row is None:
        return None
    tasks = await _task_rows(read, project)
    numbers = uids((task.id, task.external_id) for task in tasks)
    leaves = {task.id for task in tasks if not task.summary}
    people = await exported_resources(read, project, leaves, rates=row.currency if rates else None)
    used = {row.calendar, *(task.calendar for task in tasks), *(each.calendar for each in people.rows)} - {None}
    calendars = await exported_calendars(read, project, used)
    file = PlanFile(
        source=str(project).upper(),
        name=row.name,
        start=row.start,
        currency=row.currency,
        tasks=tuple(_task(task, numbers, calendars.uids) for task in tasks),
        links=tuple(await _links(read, project, numbers)),
        left_out=(),
        calendars=calendars.calendars,
        resources=people.resources(calendars.uids),
        assignments=await exported_assignments(read, project, numbers, leaves, people.uids),
        calendar=None if row.calendar is None else calendars.uids[row.calendar],
        must_finish=row.must_finish,
        status_date=row.status_date,
    )
    schedule = await computed(read, project)
    there = schedule.tasks if schedule else {}
    results = {uid: there[id_] for id_, uid in numbers.items() if id_ in there}
    return ExportedPlan(file, results, schedule)


async def computed(read: ReadSession, project: UUID) -> Schedule | None:
    """The schedule that was computed last, None when there is none."""
    schedules, scheduled = read[ScheduleRow], read[ScheduledTaskRow]
    whole = (await read.execute(select(schedules).where(schedules.c.project == project))).one_or_none()
    if whole is None or whole.start is None or whole.finish is None:
        return None
    rows = (await read.execute(select(scheduled).where(scheduled.c.project == project))).all()
    return Schedule(whole.start, whole.finish, {row.task: _scheduled(row) for row in rows})


async def _task_rows(read: ReadSession, project: UUID) -> list[Any]:
    tasks = read[TaskRow]
    there = (tasks.c.project == project) & tasks.c.sequence.is_not(None)
    return list((await read.execute(select(tasks).where(there).order_by(tasks.c.sequence))).all())


def _task(row: Any, numbers: dict[UUID, int], calendars: dict[UUID, int]) -> FileTask:
    leaf = not row.summary
    own: dict[str, Any] = {}
    if leaf:
        own = {
            "mode": TaskMode(row.mode),
            "manual_start": row.manual_start,
            "manual_finish": row.manual_finish,
            "calendar": None if row.calendar is None else calendars[row.calendar],
            "ignores_resource_calendars": row.ignores_resource_calendars,
            "type": TaskType(row.type),
            "effort_driven": row.effort_driven,
            "splits": tuple(Split(**split) for split in row.splits),
            "physical_percent": row.physical_percent,
            "remaining": row.remaining_tenths,
            "resume": row.resume,
        }
    return FileTask(
        uid=numbers[row.id],
        name=row.name,
        parent=None if row.parent is None else numbers[row.parent],
        outline_number=row.wbs,
        duration=Duration(tenths=row.duration_tenths, elapsed=row.duration_elapsed) if leaf else None,
        constraint=Constraint(type=ConstraintType(row.constraint_type), date=row.constraint_date),
        notes=row.notes,
        percent_complete=row.percent_complete if leaf else 0,
        actual_start=row.actual_start if leaf else None,
        actual_finish=row.actual_finish if leaf else None,
        line=_NO_LINE,
        deadline=row.deadline,
        priority=row.priority,
        guid=row.id,
        **own,
    )


async def _links(read: ReadSession, project: UUID, numbers: dict[UUID, int]) -> list[FileLink]:
    """In the order of their successors and predecessors in the outline."""
    links = read[LinkRow]
    rows = await read.execute(select(links).where(links.c.project == project, links.c.deleted.is_(False)))
    order = {id_: place for place, id_ in enumerate(numbers)}
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        if row.predecessor in numbers and row.successor in numbers:
            found[row.successor].append(row)
    return [
        FileLink(
            predecessor=numbers[row.predecessor],
            successor=numbers[successor],
            type=LinkType(row.type),
            lag=Lag(amount=row.lag_amount, unit=LagUnit(row.lag_unit)),
            line=_NO_LINE,
        )
        for successor in sorted(found, key=order.__getitem__)
        for row in sorted(found[successor], key=lambda row: order[row.predecessor])
    ]


def _scheduled(row: Any) -> ScheduledTask:
    return ScheduledTask(
        task=row.task,
        start=row.start,
        finish=row.finish,
        early_start=row.early_start,
        early_finish=row.early_finish,
        late_start=row.late_start,
        late_finish=row.late_finish,
        start_slack=row.start_slack,
        finish_slack=row.finish_slack,
        total_slack=row.total_slack,
        free_slack=row.free_slack,
        critical=row.critical,
        duration=row.duration,
        percent_complete=row.percent_complete,
    )
