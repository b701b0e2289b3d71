"""The state of a task: its attributes and its progress. Where it stands is the plan's."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from ..events.task import (
    TaskAdded,
    TaskConstraintChanged,
    TaskDurationChanged,
    TaskEvent,
    TaskProgressRecorded,
    TaskUpdated,
)
from ..scheduling import Constraint, ConstraintType, Duration
from .aggregate import Aggregate


@dataclass(frozen=True, slots=True)
class TaskState:
    """`revision` is 0 until the task was added."""

    name: str = ""
    notes: str = ""
    duration: Duration = Duration(tenths=0)
    constraint: Constraint = Constraint()
    percent_complete: int = 0
    actual_start: datetime | None = None
    actual_finish: datetime | None = None
    progress_as_of: datetime | None = None
    external_id: str | None = None
    revision: int = 0

    @property
    def has_progress(self) -> bool:
        return self.actual_start is not None

    @property
    def must_start_or_finish(self) -> bool:
        return self.constraint.type in (ConstraintType.MUST_START_ON, ConstraintType.MUST_FINISH_ON)


def _evolve(state: TaskState, event: TaskEvent, version: int) -> TaskState:
    match event:
        case TaskAdded():
            return replace(
                state,
                name=event.name,
                notes=event.notes,
                duration=event.duration,
                constraint=event.constraint,
                external_id=event.external_id,
                revision=version,
            )
        case TaskUpdated():
            name = state.name if event.name is None else event.name
            notes = state.notes if event.notes is None else event.notes
            return replace(state, name=name, notes=notes, revision=version)
        case TaskDurationChanged():
            return replace(state, duration=event.duration, revision=version)
        case TaskConstraintChanged():
            return replace(state, constraint=event.constraint, revision=version)
        case TaskProgressRecorded() if state.progress_as_of and event.as_of < state.progress_as_of:
            return replace(state, revision=version)
        case TaskProgressRecorded():
            return replace(
                state,
                percent_complete=event.percent_complete,
                actual_start=event.actual_start,
                actual_finish=event.actual_finish,
                progress_as_of=event.as_of,
                revision=version,
            )
        case _:
            assert_never(event)


TASK = Aggregate("task", TaskState(), _evolve)
