"""The tasks of a plan, as an outline."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from ..projections.tasks import TaskRow
from ..scheduling import Constraint, ConstraintType, Duration, Split, TaskMode, TaskType
from .outline import cursor_behind, place_in
from .reading import Instant, Page, ReadSession, View, WallClock, cursor_of, key_of


class TaskView(View):
    """A task. `sequence` is its place in the whole outline; deleted tasks have none, and no WBS code.

    `remaining` is what is still to do of the duration, in tenths of a minute, where it was reported otherwise than the
    percentage leaves it. What a summary has of duration, manual dates, splits and calendar rests while it is one.
    `fields` are those that are not of the plan, by name: a text, or several.
    """

    id: UUID
    project: UUID
    parent: UUID | None
    sequence: int | None
    level: int
    wbs: str
    summary: bool
    milestone: bool
    name: str
    notes: str
    duration: Duration
    constraint: Constraint
    deadline: WallClock | None
    mode: TaskMode
    manual_start: WallClock | None
    manual_finish: WallClock | None
    calendar: UUID | None
    ignores_resource_calendars: bool
    priority: int
    type: TaskType
    effort_driven: bool
    splits: tuple[Split, ...]
    percent_complete: int
    physical_percent: int | None
    remaining: int | None
    resume: WallClock | None
    actual_start: WallClock | None
    actual_finish: WallClock | None
    progress_as_of: Instant | None
    external_id: str | None
    fields: dict[str, str | tuple[str, ...]]
    revision: int
    placement_revision: int
    created_at: Instant
    updated_at: Instant


def task_view(row: Mapping[str, Any]) -> TaskView:
    """The task of a row, by the names of its columns."""
    fields = dict(row)
    tenths, elapsed = fields.pop("duration_tenths"), fields.pop("duration_elapsed")
    constraint = Constraint(type=ConstraintType(fields.pop("constraint_type")), date=fields.pop("constraint_date"))
    remaining = fields.pop("remaining_tenths")
    return TaskView(
        **fields,
        remaining=remaining,
        duration=Duration(tenths=tenths, elapsed=elapsed),
        constraint=constraint,
        milestone=tenths == 0 and not fields["summary"],
    )


def _view(row: Any) -> TaskView:
    return task_view(dict(row._mapping))  # noqa: SLF001 - the documented way to a row's names


async def list_tasks(
    read: ReadSession, project: UUID, *, after: str | None = None, limit: int = 100, deleted: bool = False
) -> Page[TaskView]:
    """The tasks in the order of the outline; or the deleted ones, by id."""
    tasks = read[TaskRow]
    order = tasks.c.id if deleted else tasks.c.sequence
    there = tasks.c.sequence.is_(None) & (tasks.c.placement_revision > 0) if deleted else tasks.c.sequence.is_not(None)
    wanted = select(tasks).where(tasks.c.project == project, there).order_by(order).limit(limit + 1)
    if after is not None:
        wanted = wanted.where(order > (key_of(after, UUID)[0] if deleted else await place_in(read, project, after)))
    rows = (await read.execute(wanted)).all()
    more = None
    if len(rows) > limit:
        last = rows[limit - 1]
        more = cursor_of(str(last.id)) if deleted else await cursor_behind(read, last.sequence, last.id)
    return Page(items=tuple(_view(row) for row in rows[:limit]), next=more)


async def get_task(read: ReadSession, project: UUID, task: UUID) -> TaskView | None:
    """The task, also when it is deleted; None when the project has none of that id."""
    tasks = read[TaskRow]
    wanted = select(tasks).where(tasks.c.id == task, tasks.c.project == project, tasks.c.placement_revision > 0)
    row = (await read.execute(wanted)).one_or_none()
    return None if row is None else _view(row)
