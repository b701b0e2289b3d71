# These names and fields are the stored format: add, never change.
"""What happens to a task itself; where it stands in the plan is in `plan`."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime

from ..scheduling import Constraint, Duration, ResourceType, Split, TaskMode, TaskType, Tenths, Units
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
    physical_percent: int | None = None
    remaining: Tenths | None = None  # of the duration, where it is not what the percentage leaves
    resume: datetime | None = None  # when the rest goes on, where it does not follow what was done
    actual_start: datetime | None = None
    actual_finish: datetime | None = None
    as_of: AwareDatetime


class TaskDeadlineSet(Event):
    task: UUID
    deadline: datetime | None = None


class TaskModeSet(Event):
    """`start` and `finish` are the dates of a manual task, where somebody has given them."""

    task: UUID
    mode: TaskMode
    start: datetime | None = None
    finish: datetime | None = None


class TaskCalendarSet(Event):
    """`calendar` None: those of its resources, or the project's."""

    task: UUID
    calendar: UUID | None = None
    ignores_resource_calendars: bool = False


class TaskPrioritySet(Event):
    """From 0 to 1000; 500 is usual, 1000 is never levelled."""

    task: UUID
    priority: int


class TaskTypeSet(Event):
    task: UUID
    type: TaskType
    effort_driven: bool


class TaskSplit(Event):
    """All interruptions of the task, in order; none: it goes through."""

    task: UUID
    splits: tuple[Split, ...]


class TaskFieldsSet(Event):
    """Fields that are not Projectory's own, by the names that they have elsewhere; those that changed are there."""

    task: UUID
    fields: Mapping[str, str | tuple[str, ...]] = {}
    removed: tuple[str, ...] = ()


class ResourceAssigned(Event):
    """`work` in tenths of a minute; of a material, none: there `units` says how much. `type` is the resource's."""

    task: UUID
    resource: UUID
    units: Units
    work: Tenths
    delay: Tenths = 0
    external_id: str | None = None
    type: ResourceType = ResourceType.WORK


class AssignmentUnitsChanged(Event):
    task: UUID
    resource: UUID
    units: Units


class AssignmentWorkSet(Event):
    task: UUID
    resource: UUID
    work: Tenths


class AssignmentDelaySet(Event):
    task: UUID
    resource: UUID
    delay: Tenths


class ActualWorkRecorded(Event):
    """All the work that the resource has done on the task up to `as_of`; the report of the latest `as_of` counts."""

    task: UUID
    resource: UUID
    actual_work: Tenths
    remaining_work: Tenths
    as_of: AwareDatetime


class ResourceUnassigned(Event):
    """Recorded work stays."""

    task: UUID
    resource: UUID


TaskEvent = (
    TaskAdded
    | TaskUpdated
    | TaskDurationChanged
    | TaskConstraintChanged
    | TaskProgressRecorded
    | TaskDeadlineSet
    | TaskModeSet
    | TaskCalendarSet
    | TaskPrioritySet
    | TaskTypeSet
    | TaskSplit
    | TaskFieldsSet
    | ResourceAssigned
    | AssignmentUnitsChanged
    | AssignmentWorkSet
    | AssignmentDelaySet
    | ActualWorkRecorded
    | ResourceUnassigned
)
