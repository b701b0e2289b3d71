"""What somebody should know about a schedule: it stands, and does not keep what was asked of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from .plan import Plan, PlannedTask
from .scheduled import Schedule, ScheduledTask
from .values import TENTHS_PER_MINUTE


class FindingCode(StrEnum):
    DEADLINE_MISSED = "DEADLINE_MISSED"
    CONSTRAINT_AGAINST_LOGIC = "CONSTRAINT_AGAINST_LOGIC"
    MUST_FINISH_MISSED = "MUST_FINISH_MISSED"


@dataclass(frozen=True, slots=True)
class Finding:
    """A stable code, and what is the matter in words."""

    code: FindingCode
    message: str


def findings_of(task: PlannedTask, scheduled: ScheduledTask) -> Iterator[Finding]:
    """Those of a task."""
    if task.deadline is not None and scheduled.finish > task.deadline:
        yield Finding(
            FindingCode.DEADLINE_MISSED, f"finishes {scheduled.finish:%Y-%m-%d %H:%M}, after its deadline {_day(task)}"
        )
    if scheduled.total_slack < 0:
        minutes = -scheduled.total_slack // TENTHS_PER_MINUTE
        yield Finding(
            FindingCode.CONSTRAINT_AGAINST_LOGIC,
            f"would have to be {minutes} working minutes earlier: a date that has to be kept does not fit the links",
        )


def findings_of_plan(plan: Plan, schedule: Schedule) -> Iterator[Finding]:
    """Those of the project as a whole."""
    if plan.must_finish is not None and schedule.finish > plan.must_finish:
        finish, wanted = f"{schedule.finish:%Y-%m-%d %H:%M}", f"{plan.must_finish:%Y-%m-%d %H:%M}"
        yield Finding(FindingCode.MUST_FINISH_MISSED, f"finishes {finish} and must finish by {wanted}")


def _day(task: PlannedTask) -> str:
    return f"{task.deadline:%Y-%m-%d %H:%M}"
