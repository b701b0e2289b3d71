# These names and fields are the stored format: add, never change.
"""What happens to a task itself; where it stands in the plan is in `plan`."""

from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime

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
    """The progress as it stood at `as_of`, the effective time; what is None is not known.

    What counts now is the report of the latest `as_of`, not the last one recorded.
    """

    task: UUID
    percent_complete: int
    actual_start: datetime | None = None
    actual_finish: datetime | None = None
    as_of: AwareDatetime


TaskEvent = TaskAdded | TaskUpdated | TaskDurationChanged | TaskConstraintChanged | TaskProgressRecorded
