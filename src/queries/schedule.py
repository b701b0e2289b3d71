"""The schedule of a project: when its tasks are, how far each can move, and what holds it where it is."""

from typing import Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import select

from ..projections.schedule_rows import MarkRow, ScheduledTaskRow, ScheduleRow
from ..projections.tasks import TaskRow
from .drivers import DriverView, explain
from .outline import cursor_behind, place_in
from .reading import Instant, Page, ReadSession, View, WallClock

PENDING = "pending"


class FindingView(View):
    """What somebody should know about the schedule."""

    code: str
    message: str


class ScheduleView(View):
    """The schedule as a whole.

    `state` is `computed`; `failed`: the plan has no schedule, `code`, `message` and `about` (ids of tasks or calendars)
    say why; `faulted`: the calculation broke, which is our fault; `pending`: it was never computed yet.
    """

    project: UUID
    state: str
    due: bool = Field(description="The plan has changed since, and is about to be computed again")
    code: str | None = None
    message: str | None = None
    about: tuple[UUID, ...] = ()
    start: WallClock | None = None
    finish: WallClock | None = None
    tasks: int = 0
    critical: int = 0
    warnings: tuple[FindingView, ...] = ()
    computed: int = Field(0, description="The position of the last change that is taken into account")
    computed_at: Instant | None = Field(None, description="When that change was recorded")


class ScheduledTaskView(View):
    """When a task is. Slack and duration in tenths of a working minute of its calendar.

    `start` and `finish` are when it is planned: the early dates, unless it is as late as possible or put by hand.
    """

    task: UUID
    parent: UUID | None
    sequence: int
    level: int
    wbs: str
    name: str
    summary: bool
    start: WallClock
    finish: WallClock
    early_start: WallClock
    early_finish: WallClock
    late_start: WallClock
    late_finish: WallClock
    start_slack: int
    finish_slack: int
    total_slack: int
    free_slack: int
    critical: bool
    duration: int
    percent_complete: int
    warnings: tuple[FindingView, ...]


class ScheduledTaskDetailView(ScheduledTaskView):
    """The same, and what holds its start where it is."""

    drivers: tuple[DriverView, ...]


class SchedulePage(Page[ScheduledTaskView]):
    """Some tasks of a schedule, and the schedule as a whole."""

    schedule: ScheduleView


class WarningsView(View):
    """The warnings of a task."""

    task: UUID
    wbs: str
    name: str
    warnings: tuple[FindingView, ...]


class WarningsPage(Page[WarningsView]):
    """Some tasks that have warnings, and those of the project as a whole."""

    project: tuple[FindingView, ...]


async def get_schedule(read: ReadSession, project: UUID) -> ScheduleView:
    """The schedule as a whole; one that is pending where there is none yet."""
    schedules, marks = read[ScheduleRow], read[MarkRow]
    row = (await read.execute(select(schedules).where(schedules.c.project == project))).one_or_none()
    due = await read.scalar(select(marks.c.changed).where(marks.c.project == project)) is not None
    if row is None:
        return ScheduleView(project=project, state=PENDING, due=due)
    return ScheduleView.model_validate({**row._mapping, "due": due})  # noqa: SLF001 - the documented way to a row's names


async def list_scheduled_tasks(
    read: ReadSession, project: UUID, *, critical: bool | None = None, after: str | None = None, limit: int = 100
) -> SchedulePage:
    """The tasks in the order of the outline; all, or only those that are critical or are not."""
    scheduled, tasks = read[ScheduledTaskRow], read[TaskRow]
    wanted = _scheduled(read, project)
    if critical is not None:
        wanted = wanted.where(scheduled.c.critical.is_(critical))
    rows = await _page(read, project, wanted, tasks, after, limit)
    return SchedulePage(
        schedule=await get_schedule(read, project),
        items=tuple(ScheduledTaskView.model_validate(row) for row in rows[:limit]),
        next=await _next(read, rows, limit),
    )


async def get_scheduled_task(read: ReadSession, project: UUID, task: UUID) -> ScheduledTaskDetailView | None:
    """When the task is, and why; None when it is not scheduled."""
    row = (await read.execute(_scheduled(read, project).where(read[TaskRow].c.id == task))).one_or_none()
    if row is None:
        return None
    fields = dict(row._mapping)  # noqa: SLF001 - the documented way to a row's names
    return ScheduledTaskDetailView.model_validate({**fields, "drivers": await explain(read, project, row)})


async def list_warnings(
    read: ReadSession, project: UUID, *, after: str | None = None, limit: int = 100
) -> WarningsPage:
    """The tasks that have warnings, in the order of the outline."""
    wanted = _scheduled(read, project).where(read[ScheduledTaskRow].c.warned)
    rows = await _page(read, project, wanted, read[TaskRow], after, limit)
    whole_ = await get_schedule(read, project)
    items = tuple(WarningsView.model_validate(row) for row in rows[:limit])
    return WarningsPage(project=whole_.warnings, items=items, next=await _next(read, rows, limit))


def _scheduled(read: ReadSession, project: UUID) -> Any:
    """The scheduled tasks with what they are called, those that are in the plan now."""
    scheduled, tasks = read[ScheduledTaskRow], read[TaskRow]
    named = [tasks.c[name] for name in ("parent", "sequence", "level", "wbs", "name", "summary")]
    settings = [tasks.c[name] for name in ("constraint_type", "constraint_date", "actual_start")]
    return (
        select(scheduled, *named, *settings)
        .join(tasks, tasks.c.id == scheduled.c.task)
        .where(scheduled.c.project == project, tasks.c.project == project, tasks.c.sequence.is_not(None))
    )


async def _page(read: ReadSession, project: UUID, wanted: Any, tasks: Any, after: str | None, limit: int) -> Any:
    if after is not None:
        wanted = wanted.where(tasks.c.sequence > await place_in(read, project, after))
    return (await read.execute(wanted.order_by(tasks.c.sequence).limit(limit + 1))).all()


async def _next(read: ReadSession, rows: Any, limit: int) -> str | None:
    last = rows[limit - 1] if len(rows) > limit else None
    return None if last is None else await cursor_behind(read, last.sequence, last.task)
