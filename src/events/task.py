# These names and fields are the stored format: add, never change.
"""What happens to a task itself; where it stands in the plan is in `plan`."""

from datetime import datetime
from uuid import UUID

from ..scheduling import Constraint, Duration
from .event import Event


class TaskAdded(Event):
    task: UUID
    name: str
    notes: str
    duration: Duration
    constraint: Constraint
    external_id: str | None = None


class TaskUpdated(Event):
    """Only the fields that changed are there."""

    task: UUID
    name: str | None = None
    notes: str | None = None


class TaskDurationChanged(Event):
    task: UUID
    duration: Duration


class TaskConstraintChanged(Event):
    task: UUID
    constraint: Constraint


class TaskProgressRecorded(Event):
    """The progress as it stands after this report; what is None is not known."""

    task: UUID
    percent_complete: int
    actual_start: datetime | None = None
    actual_finish: datetime | None = None


TaskEvent = TaskAdded | TaskUpdated | TaskDurationChanged | TaskConstraintChanged | TaskProgressRecorded
