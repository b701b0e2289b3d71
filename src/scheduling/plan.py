"""A plan as the schedule sees it: everything that dates follow from, and nothing else. Built anew for each calculation.

Dates are wall-clock times of the project's zone, amounts are tenths of a minute.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from .calendar import Calendar
from .values import Constraint, Duration, Lag, LinkType, Split, TaskMode, TaskType

_NO_DURATION = Duration(tenths=0)
_NO_CONSTRAINT = Constraint()
_NO_LAG = Lag()


@dataclass(frozen=True, slots=True)
class PlannedAssignment:
    """A work resource on a task. `calendar` is the resource's own, None: the project's.

    `work` None means that it is the whole duration at these units; `delay` is working time after the task's start.
    """

    resource: UUID
    units: Decimal = Decimal(1)
    work: int | None = None
    calendar: UUID | None = None
    delay: int = 0


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """A task with what moves it. One that others name as their parent is a summary: its dates are rolled up.

    `start` and `finish` are the dates of a manual task. `percent_complete` is of the duration, `remaining` (None: what
    the percentage leaves) what is still to do of it, `resume` when the rest of a started task may go on.
    """

    id: UUID
    parent: UUID | None = None
    duration: Duration = _NO_DURATION
    constraint: Constraint = _NO_CONSTRAINT
    deadline: datetime | None = None
    mode: TaskMode = TaskMode.AUTO
    start: datetime | None = None
    finish: datetime | None = None
    calendar: UUID | None = None
    ignores_resource_calendars: bool = False
    type: TaskType = TaskType.FIXED_UNITS
    percent_complete: int = 0
    remaining: int | None = None
    actual_start: datetime | None = None
    actual_finish: datetime | None = None
    resume: datetime | None = None
    splits: tuple[Split, ...] = ()
    assignments: tuple[PlannedAssignment, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedLink:
    id: UUID
    predecessor: UUID
    successor: UUID
    type: LinkType = LinkType.FINISH_START
    lag: Lag = _NO_LAG


@dataclass(frozen=True, slots=True)
class Plan:
    """`calendar` names the project's calendar, None: five days of eight hours (08:00 to 12:00, 13:00 to 17:00).

    Tasks are in the order of the outline; that order changes no date. `critical_slack` is the most total slack that a
    critical task has.
    """

    start: datetime
    time_zone: str
    tasks: tuple[PlannedTask, ...]
    links: tuple[PlannedLink, ...] = ()
    calendars: Mapping[UUID, Calendar] = field(default_factory=dict)
    calendar: UUID | None = None
    must_finish: datetime | None = None
    status_date: datetime | None = None
    critical_slack: int = 0
