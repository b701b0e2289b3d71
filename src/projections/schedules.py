"""The schedule of each project: what moves a plan only marks it here; it is computed beside (`rescheduling.py`)."""

from collections.abc import Iterable

from ..events import RecordedEvent
from ..events.plan import (
    LinkChanged,
    TaskMoved,
    TaskPlaced,
    TasksDeleted,
    TasksLinked,
    TasksRestored,
    TasksUnlinked,
)
from ..events.project import ProjectCalendarSet, ProjectCreated, ProjectStatusDateSet, ProjectWindowSet
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
    TaskModeSet,
    TaskProgressRecorded,
    TaskSplit,
)
from .projection import Derivation, Projection
from .rescheduling import behind, complete, reschedule
from .rows import Need, Rows
from .schedule_rows import DERIVED, MarkRow

_EVENTS = (
    ProjectCreated,
    ProjectWindowSet,
    ProjectCalendarSet,
    ProjectStatusDateSet,
    TaskPlaced,
    TaskMoved,
    TasksDeleted,
    TasksRestored,
    TasksLinked,
    LinkChanged,
    TasksUnlinked,
    TaskAdded,
    TaskDurationChanged,
    TaskConstraintChanged,
    TaskProgressRecorded,
    TaskDeadlineSet,
    TaskModeSet,
    TaskCalendarSet,
    TaskSplit,
    ResourceAssigned,
    AssignmentUnitsChanged,
    AssignmentWorkSet,
    AssignmentDelaySet,
    ActualWorkRecorded,
    ResourceUnassigned,
)
"""All that can move a plan of its project. Calendars and resources are followed by what each schedule used of them."""


def _needs(_recorded: RecordedEvent) -> Iterable[Need]:
    return ()


def _apply(recorded: RecordedEvent, rows: Rows) -> None:
    mark = {"project": recorded.project, "changed": recorded.position, "changed_at": recorded.recorded_at}
    rows.put(MarkRow, mark)


SCHEDULES = Projection(
    "schedules",
    2,
    (MarkRow, *DERIVED),
    _EVENTS,
    _needs,
    _apply,
    bucketed=True,
    derivation=Derivation(reschedule, complete, behind),
)
