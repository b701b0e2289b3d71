"""A calculation and the rows that it makes: pure, and done in a thread of its own."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from ..scheduling import Plan, PlannedTask, Schedule, ScheduleCode, ScheduledTask, UnschedulableError
from ..scheduling.findings import Finding, findings_of, findings_of_plan
from ..scheduling.loads import Booking, bookings
from ..scheduling.working_time import OutOfTimeError
from .planned import PlanRows
from .read_model import ReadModel
from .rows import Row
from .schedule_rows import (
    COMPUTED,
    FAILED,
    FAULTED,
    BookingRow,
    LoadRow,
    ScheduledTaskRow,
    ScheduleRow,
    UseRow,
)

BROKEN = "SCHEDULE_BROKEN"
_MOST_ABOUT, _LONGEST_ERROR = 100, 2_000

Compute = Callable[[Plan], Schedule]
Made = Mapping[type[ReadModel], list[Row]]


@dataclass(frozen=True, slots=True)
class Taken:
    """What a calculation starts from: the rows of the plan, and how far the log is in them."""

    project: UUID
    rows: PlanRows
    computed: int
    computed_at: datetime


def made_of(taken: Taken, compute: Compute) -> Made:
    """All rows of the project; none when it is not there. A plan without a schedule has the reason instead."""
    plan = taken.rows.plan()
    if plan is None:
        return {}
    try:
        return _computed(taken, plan, compute(plan))
    except UnschedulableError as error:
        head = _head(taken, FAILED, code=error.code.value, message=error.message, about=error.about)
    except (OutOfTimeError, OverflowError):  # of a date in the plan's zone, at the edge of all years
        head = _head(taken, FAILED, code=ScheduleCode.DATE_OUT_OF_RANGE.value, message="a date lies beyond all years")
    return {ScheduleRow: [head], UseRow: _uses(taken)}


def _computed(taken: Taken, plan: Plan, schedule: Schedule) -> Made:
    booked = list(bookings(plan, schedule))
    warnings = [_told(finding) for finding in findings_of_plan(plan, schedule)]
    head = _head(taken, COMPUTED, warnings=warnings) | {
        "start": schedule.start,
        "finish": schedule.finish,
        "tasks": len(schedule.tasks),
        "critical": sum(task.critical for task in schedule.tasks.values()),
    }
    return {
        ScheduleRow: [head],
        ScheduledTaskRow: [_task(taken.project, each, schedule.tasks[each.id]) for each in plan.tasks],
        BookingRow: [_booking(taken.project, each, ZoneInfo(plan.time_zone)) for each in booked],
        LoadRow: _loads(taken, booked),
        UseRow: _uses(taken),
    }


def broken(taken: Taken, error: Exception) -> Made:
    """The rows of a project of which the calculation failed as it never should."""
    told = (
        f"{type(error).__name__}: {error}".replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()
    )
    head = _head(taken, FAULTED, code=BROKEN, message=told[:_LONGEST_ERROR])
    return {ScheduleRow: [head], UseRow: _uses(taken)}


def _head(
    taken: Taken,
    state: str,
    *,
    code: str | None = None,
    message: str | None = None,
    about: tuple[UUID, ...] = (),
    warnings: list[Any] | None = None,
) -> Row:
    return {
        "project": taken.project,
        "state": state,
        "code": code,
        "message": message,
        "about": [str(each) for each in about[:_MOST_ABOUT]],
        "start": None,
        "finish": None,
        "tasks": 0,
        "critical": 0,
        "warnings": warnings or [],
        "computed": taken.computed,
        "computed_at": taken.computed_at,
    }


def _task(project: UUID, planned: PlannedTask, task: ScheduledTask) -> Row:
    warnings = [_told(finding) for finding in findings_of(planned, task)]
    return {
        **task._asdict(),
        "project": project,
        "drivers": [{"hold": each.hold.value, "by": each.by and str(each.by)} for each in task.drivers],
        "warned": bool(warnings),
        "warnings": warnings,
    }


def _told(finding: Finding) -> dict[str, str]:
    return {"code": finding.code.value, "message": finding.message}


def _booking(project: UUID, booking: Booking, zone: ZoneInfo) -> Row:
    return {
        "project": project,
        "task": booking.task,
        "resource": booking.resource,
        "start": booking.start.replace(tzinfo=zone).astimezone(UTC),
        "finish": booking.finish.replace(tzinfo=zone).astimezone(UTC),
        "units": booking.units,
        "work": booking.work,
    }


def _loads(taken: Taken, booked: list[Booking]) -> list[Row]:
    sums: defaultdict[tuple[UUID, date], int] = defaultdict(int)
    for booking in booked:
        for day, work in booking.days:
            sums[booking.resource, day] += work
    return [
        {"project": taken.project, "resource": resource, "day": day, "work": work}
        for (resource, day), work in sums.items()
    ]


def _uses(taken: Taken) -> list[Row]:
    return [{"project": taken.project, "used": id_, "position": at} for id_, at in taken.rows.used().items()]
