"""What a task's dates contradict: warnings that need no schedule. All dates are wall-clock times of one zone."""

from collections.abc import Iterator
from datetime import datetime

from ..scheduling import Constraint, ConstraintType
from .project import ProjectState
from .result import Warned

_OF_START = (
    ConstraintType.MUST_START_ON,
    ConstraintType.START_NO_EARLIER_THAN,
    ConstraintType.START_NO_LATER_THAN,
)


def about_deadline(
    deadline: datetime | None, finish: datetime | None, project: ProjectState | None = None
) -> Iterator[Warned]:
    """A deadline that has passed before the project begins, or that was missed: `finish` is the actual one."""
    if deadline is None:
        return
    if project is not None and project.start and deadline < project.start:
        yield Warned(
            "DEADLINE_BEFORE_PROJECT_START",
            f"the deadline ({deadline}) lies before the project's start ({project.start})",
        )
    if finish and finish > deadline:
        yield Warned("DEADLINE_MISSED", f"the task finished ({finish}) after its deadline ({deadline})")


def about_constraint(
    constraint: Constraint,
    start: datetime | None = None,
    finish: datetime | None = None,
    project: ProjectState | None = None,
) -> Iterator[Warned]:
    """A constraint's date before the project begins, or against the actual `start` and `finish`."""
    if constraint.date is None:
        return
    if project is not None and project.start and constraint.date < project.start:
        yield Warned(
            "CONSTRAINT_BEFORE_PROJECT_START",
            f"the constraint's date ({constraint.date}) lies before the project's start ({project.start})",
        )
    what = "start" if constraint.type in _OF_START else "finish"
    actual = start if what == "start" else finish
    if actual is not None and _broken(constraint.type, constraint.date, actual):
        yield Warned(
            "CONSTRAINT_AGAINST_ACTUALS",
            f"the constraint {constraint.type} ({constraint.date}) is against the actual {what} ({actual})",
        )


def _broken(kind: ConstraintType, wanted: datetime, actual: datetime) -> bool:
    match kind:
        case ConstraintType.MUST_START_ON | ConstraintType.MUST_FINISH_ON:
            return actual != wanted
        case ConstraintType.START_NO_EARLIER_THAN | ConstraintType.FINISH_NO_EARLIER_THAN:
            return actual < wanted
        case _:
            return actual > wanted
