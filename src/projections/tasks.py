"""The tree of tasks with WBS codes. Deleted tasks stay, marked, so that they can be shown and restored."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar, assert_never, cast, get_args
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, DateTime, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ..events import RecordedEvent
from ..events.plan import TaskMoved, TaskPlaced, TasksDeleted, TasksRestored
from ..events.task import (
    TaskAdded,
    TaskCalendarSet,
    TaskConstraintChanged,
    TaskDeadlineSet,
    TaskDurationChanged,
    TaskEvent,
    TaskFieldsSet,
    TaskModeSet,
    TaskPrioritySet,
    TaskProgressRecorded,
    TaskSplit,
    TaskTypeSet,
    TaskUpdated,
)
from ..scheduling import Constraint, Duration, TaskMode, TaskType
from .projection import Projection
from .read_model import ReadModel, Stamped
from .rows import Need, Row, Rows


class TaskRow(Stamped, ReadModel):
    """`sequence` is the place in the whole outline, 1 is first; deleted tasks have none, no level and no WBS code.

    A task is `placed` from its first place in the plan on, but for the time that it is deleted. `revision`
    is the version of the task itself, with its assignments, `placement_revision` that of its place. `splits` is a list
    of {"after", "gap"}, `remaining_tenths` is of the duration; None: what the percentage leaves.
    """

    versioned = True
    listed_by = "project"
    derived: ClassVar = {"sequence": None, "level": 0, "wbs": "", "summary": False}
    __tablename__ = "tasks"
    __table_args__ = (
        CheckConstraint("percent_complete BETWEEN 0 AND 100", name="percent_range"),
        CheckConstraint("physical_percent BETWEEN 0 AND 100", name="physical_percent_range"),
        CheckConstraint("priority BETWEEN 0 AND 1000", name="priority_range"),
        CheckConstraint("sequence >= 1", name="sequence_positive"),
        Index(None, "project", "sequence"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    project: Mapped[UUID]
    parent: Mapped[UUID | None] = mapped_column(
        ForeignKey("tasks.id", deferrable=True, initially="DEFERRED"), index=True
    )
    rank: Mapped[str]
    placed: Mapped[bool]
    sequence: Mapped[int | None]
    level: Mapped[int]
    wbs: Mapped[str]
    summary: Mapped[bool]
    name: Mapped[str]
    notes: Mapped[str]
    duration_tenths: Mapped[int] = mapped_column(BigInteger)
    duration_elapsed: Mapped[bool]
    constraint_type: Mapped[str]
    constraint_date: Mapped[datetime | None] = mapped_column(DateTime())
    deadline: Mapped[datetime | None] = mapped_column(DateTime())
    mode: Mapped[str]
    manual_start: Mapped[datetime | None] = mapped_column(DateTime())
    manual_finish: Mapped[datetime | None] = mapped_column(DateTime())
    calendar: Mapped[UUID | None]
    ignores_resource_calendars: Mapped[bool]
    priority: Mapped[int]
    type: Mapped[str]
    effort_driven: Mapped[bool]
    splits: Mapped[list[dict[str, int]]] = mapped_column(JSON)
    percent_complete: Mapped[int]
    physical_percent: Mapped[int | None]
    remaining_tenths: Mapped[int | None] = mapped_column(BigInteger)
    resume: Mapped[datetime | None] = mapped_column(DateTime())
    actual_start: Mapped[datetime | None] = mapped_column(DateTime())
    actual_finish: Mapped[datetime | None] = mapped_column(DateTime())
    progress_as_of: Mapped[datetime | None]
    external_id: Mapped[str | None]
    fields: Mapped[dict[str, str | list[str]]] = mapped_column(JSON)
    revision: Mapped[int]
    placement_revision: Mapped[int]


_Structural = TaskPlaced | TaskMoved | TasksDeleted | TasksRestored
_Set = TaskDeadlineSet | TaskModeSet | TaskCalendarSet | TaskPrioritySet | TaskTypeSet | TaskSplit
_EVENTS = (*get_args(_Structural), *get_args(TaskEvent))


def _needs(recorded: RecordedEvent) -> Iterable[Need]:
    event = cast("_Structural | TaskEvent", recorded.event)
    if isinstance(event, _Structural):
        yield TaskRow.project, recorded.project
    elif not isinstance(event, TaskAdded):
        yield TaskRow.id, event.task


def _apply(recorded: RecordedEvent, rows: Rows) -> None:
    event = cast("_Structural | TaskEvent", recorded.event)
    placed = {"placement_revision": recorded.version, "updated_at": recorded.recorded_at}
    changed = {"revision": recorded.version, "updated_at": recorded.recorded_at}
    if isinstance(event, _Structural):
        rows.marks.add(recorded.project)
    match event:
        case TaskAdded():
            rows.put(TaskRow, {**_added(recorded, event), **changed})
        case TaskPlaced() | TaskMoved():
            rows.change(TaskRow, event.task, placed=True, parent=event.parent, rank=event.rank, **placed)
        case TasksDeleted():
            for task in event.subtree:
                rows.change(TaskRow, task, placed=False, **TaskRow.derived, **placed)
        case TasksRestored():
            rows.change(TaskRow, event.task, parent=event.parent, rank=event.rank)
            for task in event.subtree:
                rows.change(TaskRow, task, placed=True, **placed)
        case TaskUpdated():
            rows.change(TaskRow, event.task, **event.model_dump(exclude={"task"}, exclude_none=True), **changed)
        case TaskDurationChanged():
            rows.change(TaskRow, event.task, **_duration(event.duration), remaining_tenths=None, **changed)
        case TaskConstraintChanged():
            rows.change(TaskRow, event.task, **_constraint(event.constraint), **changed)
        case TaskProgressRecorded() | TaskFieldsSet():
            rows.change(TaskRow, event.task, **_from(rows.get(TaskRow, event.task), event), **changed)
        case _:
            rows.change(TaskRow, event.task, **(_set(event) if isinstance(event, _Set) else {}), **changed)


def _added(recorded: RecordedEvent, event: TaskAdded) -> Row:
    return {
        "id": event.task,
        "project": recorded.project,
        "parent": None,
        "rank": "",
        "placed": False,
        **TaskRow.derived,
        "name": event.name,
        "notes": event.notes,
        **_duration(event.duration),
        **_constraint(event.constraint),
        "deadline": None,
        "mode": TaskMode.AUTO.value,
        "manual_start": None,
        "manual_finish": None,
        "calendar": None,
        "ignores_resource_calendars": False,
        "priority": 500,
        "type": TaskType.FIXED_UNITS.value,
        "effort_driven": False,
        "splits": [],
        "percent_complete": 0,
        "physical_percent": None,
        "remaining_tenths": None,
        "resume": None,
        "actual_start": None,
        "actual_finish": None,
        "progress_as_of": None,
        "external_id": event.external_id,
        "fields": {},
        "placement_revision": 0,
        "created_at": recorded.recorded_at,
    }


def _set(event: _Set) -> Row:
    match event:
        case TaskModeSet():
            return {"mode": event.mode.value, "manual_start": event.start, "manual_finish": event.finish}
        case TaskTypeSet():
            return {"type": event.type.value, "effort_driven": event.effort_driven}
        case TaskSplit():
            return {"splits": [split.model_dump() for split in event.splits]}
        case TaskDeadlineSet() | TaskCalendarSet() | TaskPrioritySet():
            return event.model_dump(exclude={"task"})
        case _:
            assert_never(event)


def _progress(row: Row, event: TaskProgressRecorded) -> Row:
    """The report, unless one of a later time is there already."""
    if row["progress_as_of"] is not None and event.as_of < row["progress_as_of"]:
        return {}
    row = event.model_dump(exclude={"task", "as_of", "remaining"})
    return {**row, "remaining_tenths": event.remaining, "progress_as_of": event.as_of}


def _from(row: Row, event: TaskProgressRecorded | TaskFieldsSet) -> Row:
    """What follows from the row and the event: the progress, or all fields with those set and without those removed."""
    if isinstance(event, TaskProgressRecorded):
        return _progress(row, event)
    left = {**row["fields"], **event.model_dump(mode="json")["fields"]}
    return {"fields": {name: left[name] for name in sorted(left) if name not in event.removed}}


def _duration(duration: Duration) -> Row:
    return {"duration_tenths": duration.tenths, "duration_elapsed": duration.elapsed}


def _constraint(constraint: Constraint) -> Row:
    return {"constraint_type": constraint.type.value, "constraint_date": constraint.date}


def _settle(rows: Rows) -> None:
    """Numbers the outlines of the projects whose structure changed; writes only what got another number."""
    children: dict[tuple[UUID, UUID | None], list[Row]] = defaultdict(list)
    for row in rows.all(TaskRow):
        if row["placed"] and row["project"] in rows.marks:
            children[row["project"], row["parent"]].append(row)
    for siblings in children.values():
        siblings.sort(key=lambda row: (row["rank"], row["id"]))
    for project in rows.marks:
        sequence = 0
        waiting = _numbered(children[project, None], "", 1)
        while waiting:
            row, wbs, level = waiting.pop()
            sequence += 1
            below = children.get((project, row["id"]), [])
            outline = {"sequence": sequence, "level": level, "wbs": wbs, "summary": bool(below)}
            if any(row[name] != value for name, value in outline.items()):
                rows.change(TaskRow, row["id"], **outline)
            waiting.extend(_numbered(below, f"{wbs}.", level + 1))


def _numbered(siblings: list[Row], prefix: str, level: int) -> list[tuple[Row, str, int]]:
    """The siblings with their codes, the first one last: it is taken first."""
    return [(row, f"{prefix}{number}", level) for number, row in enumerate(siblings, 1)][::-1]


TASKS = Projection("tasks", 4, (TaskRow,), _EVENTS, _needs, _apply, _settle, bucketed=True)
