"""The state of a task: its attributes and its progress. Where it stands is the plan's."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never
from uuid import UUID

from immutables import Map

from ..events.task import (
    ActualWorkRecorded,
    AssignmentDelaySet,
    AssignmentUnitsChanged,
    AssignmentWorkSet,
    ResourceAssigned,
    ResourceUnassigned,
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
from ..scheduling import Constraint, ConstraintType, Duration, Split, TaskMode, TaskType
from .aggregate import Aggregate
from .assignment_state import Assignments, evolve_assignments

USUAL_PRIORITY = 500
Fields = Map[str, str | tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class TaskState:
    """`revision` is 0 until the task was added.

    `remaining` is of the duration, in tenths; None: what the percentage leaves. A new duration takes it away.
    `manual_start` and `manual_finish` are the dates of a manual task, where it has them.
    """

    name: str = ""
    notes: str = ""
    duration: Duration = Duration(tenths=0)
    constraint: Constraint = Constraint()
    deadline: datetime | None = None
    mode: TaskMode = TaskMode.AUTO
    manual_start: datetime | None = None
    manual_finish: datetime | None = None
    calendar: UUID | None = None
    ignores_resource_calendars: bool = False
    priority: int = USUAL_PRIORITY
    type: TaskType = TaskType.FIXED_UNITS
    effort_driven: bool = False
    splits: tuple[Split, ...] = ()
    assignments: Assignments = Map()  # noqa: RUF009 - immutable
    percent_complete: int = 0
    physical_percent: int | None = None
    remaining: int | None = None
    resume: datetime | None = None
    actual_start: datetime | None = None
    actual_finish: datetime | None = None
    progress_as_of: datetime | None = None
    external_id: str | None = None
    fields: Fields = Map()  # noqa: RUF009 - immutable
    revision: int = 0

    @property
    def has_progress(self) -> bool:
        return self.actual_start is not None

    @property
    def staffed(self) -> bool:
        """Whether a resource is on it, or has done something on it."""
        return any(each.live or each.actual_work for each in self.assignments.values())

    @property
    def must_start_or_finish(self) -> bool:
        return self.constraint.type in (ConstraintType.MUST_START_ON, ConstraintType.MUST_FINISH_ON)


def _evolve(state: TaskState, event: TaskEvent, version: int) -> TaskState:
    return replace(_evolved(state, event, version), revision=version)


def _evolved(state: TaskState, event: TaskEvent, version: int) -> TaskState:
    match event:
        case TaskAdded():
            return replace(
                state,
                name=event.name,
                notes=event.notes,
                duration=event.duration,
                constraint=event.constraint,
                external_id=event.external_id,
            )
        case TaskUpdated():
            name = state.name if event.name is None else event.name
            return replace(state, name=name, notes=state.notes if event.notes is None else event.notes)
        case TaskDurationChanged():
            return replace(state, duration=event.duration, remaining=None)
        case TaskConstraintChanged():
            return replace(state, constraint=event.constraint)
        case TaskDeadlineSet() | TaskModeSet() | TaskCalendarSet() | TaskPrioritySet() | TaskTypeSet() | TaskSplit():
            return _set(state, event)
        case TaskProgressRecorded():
            return _reported(state, event)
        case TaskFieldsSet():
            return replace(state, fields=_with_fields(state.fields, event))
        case (
            ResourceAssigned()
            | AssignmentUnitsChanged()
            | AssignmentWorkSet()
            | AssignmentDelaySet()
            | ActualWorkRecorded()
            | ResourceUnassigned()
        ):
            return replace(state, assignments=evolve_assignments(state.assignments, event, version))
        case _:
            assert_never(event)


def _set(
    state: TaskState,
    event: TaskDeadlineSet | TaskModeSet | TaskCalendarSet | TaskPrioritySet | TaskTypeSet | TaskSplit,
) -> TaskState:
    match event:
        case TaskDeadlineSet():
            return replace(state, deadline=event.deadline)
        case TaskModeSet():
            return replace(state, mode=event.mode, manual_start=event.start, manual_finish=event.finish)
        case TaskCalendarSet():
            ignores = event.ignores_resource_calendars
            return replace(state, calendar=event.calendar, ignores_resource_calendars=ignores)
        case TaskPrioritySet():
            return replace(state, priority=event.priority)
        case TaskTypeSet():
            return replace(state, type=event.type, effort_driven=event.effort_driven)
        case TaskSplit():
            return replace(state, splits=event.splits)
        case _:
            assert_never(event)


def _with_fields(fields: Fields, event: TaskFieldsSet) -> Fields:
    left = fields.update(event.fields)
    for name in event.removed:
        left = left.delete(name) if name in left else left
    return left


def _reported(state: TaskState, event: TaskProgressRecorded) -> TaskState:
    """The report, unless one of a later time is there already."""
    if state.progress_as_of and event.as_of < state.progress_as_of:
        return state
    return replace(
        state,
        percent_complete=event.percent_complete,
        physical_percent=event.physical_percent,
        remaining=event.remaining,
        resume=event.resume,
        actual_start=event.actual_start,
        actual_finish=event.actual_finish,
        progress_as_of=event.as_of,
    )


TASK = Aggregate("task", TaskState(), _evolve)
