"""My work: the tasks that somebody is assigned to, in all projects that they may read."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import Field
from sqlalchemy import ColumnElement, Select, and_, case, false, func, literal, or_, select
from sqlalchemy.types import Boolean, DateTime

from ..projections.assignments import AssignmentRow
from ..projections.projects import MemberRow, ProjectRow
from ..projections.resources import ResourceRow
from ..projections.schedule_rows import ScheduledTaskRow
from ..projections.tasks import TaskRow
from ..projections.versions import BORN, VALID_FROM
from .reading import Page, ReadSession, View, WallClock, cursor_of, key_of
from .schedule import FindingView

_LAST = datetime.fromisoformat("9999-12-31")
"""Where tasks stand that are not scheduled: behind all that are."""
COMPLETE = 100


class WorkState(StrEnum):
    """Which of somebody's tasks are asked for."""

    OPEN = "open"
    FINISHED = "finished"
    LATE = "late"
    """Open, though the planned finish or the deadline has passed, by the clock of the project's zone."""


class WorkView(View):
    """A task with what somebody has to do on it. Dates are wall-clock times of the project's zone.

    Work in tenths of a minute, of all resources that the person is. Without a start it is not scheduled (yet).
    """

    project: UUID
    project_name: str
    time_zone: str
    task: UUID
    wbs: str
    name: str
    start: WallClock | None
    finish: WallClock | None
    deadline: WallClock | None
    percent_complete: int
    work: int
    remaining_work: int
    critical: bool
    late: bool = Field(description="It is open, and its planned finish or its deadline has passed")
    warnings: tuple[FindingView, ...]


def projects_of(read: ReadSession, until: int, *, user: UUID, project: UUID | None) -> Select[Any]:
    """The projects, or the one, in which all that the user ever was up to the position was ever assigned up to it."""
    resources, assignments = read.versions(ResourceRow), read.versions(AssignmentRow)
    was = select(resources.c.id).where(resources.c.user == user, resources.c[VALID_FROM] <= until)
    mine = assignments.c[BORN], assignments.c.resource.in_(was), assignments.c[VALID_FROM] <= until
    wanted = select(assignments.c.project).where(*mine)
    return wanted if project is None else wanted.where(assignments.c.project == project)


async def list_work(
    read: ReadSession,
    user: UUID,
    *,
    now: datetime,
    everything: bool = False,
    state: WorkState = WorkState.OPEN,
    project: UUID | None = None,
    after: str | None = None,
    limit: int = 100,
) -> Page[WorkView]:
    """The tasks that the user is on, by start, then by id; `now` is a moment with its zone.

    `everything`: the user reads all projects; else only those of which they are a member count. One page reads the
    person's assignments, however many projects there are.
    """
    key = None if after is None else key_of(after, _start, UUID)
    assignments, tasks, projects, scheduled = (
        read[AssignmentRow],
        read[TaskRow],
        read[ProjectRow],
        read[ScheduledTaskRow],
    )
    mine = _mine(read, user, everything=everything, project=project)
    start = func.coalesce(scheduled.c.start, literal(_LAST, DateTime()), type_=DateTime())
    late = _late(scheduled, tasks, projects.c.time_zone, await _clocks(read, mine, now))
    open_ = tasks.c.percent_complete < COMPLETE
    wanted = (
        mine.join(tasks, tasks.c.id == assignments.c.task)
        .outerjoin(
            scheduled, and_(scheduled.c.project == assignments.c.project, scheduled.c.task == assignments.c.task)
        )
        .with_only_columns(
            projects.c.id.label("project"),
            projects.c.name.label("project_name"),
            projects.c.time_zone,
            tasks.c.id.label("task"),
            *(tasks.c[name] for name in ("wbs", "name", "deadline", "percent_complete")),
            *(scheduled.c[name] for name in ("start", "finish", "warnings")),
            *(func.sum(assignments.c[name]).label(name) for name in ("work", "remaining_work")),
            func.coalesce(scheduled.c.critical, false()).label("critical"),
            start.label("placed"),
            and_(open_, late).label("late"),
        )
        .where(tasks.c.sequence.is_not(None), projects.c.archived.is_(False))
        .group_by(projects.c.id, tasks.c.id, scheduled.c.project, scheduled.c.task)
    )
    match state:
        case WorkState.OPEN:
            wanted = wanted.where(open_)
        case WorkState.FINISHED:
            wanted = wanted.where(~open_)
        case WorkState.LATE:
            wanted = wanted.where(open_, late)
    if key is not None:
        wanted = wanted.where(or_(start > key[0], and_(start == key[0], tasks.c.id > key[1])))
    rows = (await read.execute(wanted.order_by(start, tasks.c.id).limit(limit + 1))).all()
    more = cursor_of(rows[limit - 1].placed.isoformat(), str(rows[limit - 1].task)) if len(rows) > limit else None
    return Page(items=tuple(_view(row) for row in rows[:limit]), next=more)


def _mine(read: ReadSession, user: UUID, *, everything: bool, project: UUID | None) -> Select[Any]:
    """The live assignments of all that the user is, where they may read, with their projects."""
    assignments, resources = read[AssignmentRow], read[ResourceRow]
    members, projects = read[MemberRow], read[ProjectRow]
    wanted = (
        select(projects.c.time_zone)
        .select_from(resources.join(assignments, assignments.c.resource == resources.c.id))
        .join(projects, projects.c.id == assignments.c.project)
        .where(resources.c.user == user, assignments.c.live)
    )
    if not everything:  # as a question about each: joined, the databases would begin with all that is in the projects
        own = and_(members.c.project == assignments.c.project, members.c.user == user)
        wanted = wanted.where(select(members.c.user).where(own).exists())
    return wanted if project is None else wanted.where(assignments.c.project == project)


async def _clocks(read: ReadSession, mine: Select[Any], now: datetime) -> dict[str, datetime]:
    """What the clock shows in the zones of the projects."""
    zones = (await read.execute(mine.distinct())).scalars().all()
    return {zone: now.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for zone in zones}


def _late(scheduled: Any, tasks: Any, zone: Any, clocks: dict[str, datetime]) -> ColumnElement[bool]:
    """Whether the planned finish or the deadline has passed."""
    if not clocks:
        return false()
    shown = case({name: literal(at, DateTime()) for name, at in clocks.items()}, value=zone)
    passed = or_(scheduled.c.finish < shown, tasks.c.deadline < shown)
    return func.coalesce(passed, false(), type_=Boolean())


def _start(text: str) -> datetime:
    value = datetime.fromisoformat(text)
    if value.tzinfo is not None:
        raise ValueError(text)
    return value


def _view(row: Any) -> WorkView:
    fields = dict(row._mapping)  # noqa: SLF001 - the documented way to a row's names
    return WorkView.model_validate({**fields, "warnings": row.warnings or ()})
