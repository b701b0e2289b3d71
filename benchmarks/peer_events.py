"""The events of tasks and plans as classes of the `eventsourcing` library, in its default form: dataclasses."""

from datetime import datetime
from typing import Any
from uuid import UUID

from src.events import RecordedEvent

from .peer import DomainEvent


class TaskAdded(DomainEvent):
    project: UUID
    task: UUID
    name: str
    notes: str
    duration_tenths: int
    duration_elapsed: bool
    constraint_type: str
    constraint_date: datetime | None


class TaskUpdated(DomainEvent):
    task: UUID
    name: str | None
    notes: str | None


class TaskDurationChanged(DomainEvent):
    task: UUID
    duration_tenths: int
    duration_elapsed: bool


class TaskProgressRecorded(DomainEvent):
    task: UUID
    percent_complete: int
    actual_start: datetime | None
    actual_finish: datetime | None


class TaskPlaced(DomainEvent):
    task: UUID
    parent: UUID | None
    rank: str


class TaskMoved(DomainEvent):
    task: UUID
    parent: UUID | None
    rank: str


_CLASSES = (TaskAdded, TaskUpdated, TaskDurationChanged, TaskProgressRecorded, TaskPlaced, TaskMoved)
_BY_TYPE: dict[str, Any] = {model.__name__: model for model in _CLASSES}


def translated(recorded: RecordedEvent) -> DomainEvent | None:
    """The same fact for the library; None where it is about neither a task nor its place.

    Fields that its classes do not have are left out: its rows are narrower than ours, never wider.
    """
    model = _BY_TYPE.get(recorded.type)
    if model is None:
        return None
    fields: dict[str, Any] = dict(recorded.event)
    if duration := fields.pop("duration", None):
        fields |= {"duration_tenths": duration.tenths, "duration_elapsed": duration.elapsed}
    if constraint := fields.pop("constraint", None):
        fields |= {"constraint_type": constraint.type.value, "constraint_date": constraint.date}
    fields["project"] = UUID(str(recorded.project))  # of this very class: the library knows no other
    fields["originator_id"] = UUID(recorded.stream.partition("-")[2].rpartition("@")[0])
    fields |= {"originator_version": recorded.version, "timestamp": recorded.recorded_at}
    event: DomainEvent = model(**{name: fields[name] for name in model.__dataclass_fields__})
    return event
