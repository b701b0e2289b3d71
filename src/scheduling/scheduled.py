"""The schedule of a plan: when each task is, how far it can move, and what holds it where it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID


class Hold(StrEnum):
    """What can hold a task's start where it is."""

    PROJECT_START = "project_start"
    LINK = "link"
    CONSTRAINT = "constraint"
    ACTUAL_START = "actual_start"
    MANUAL = "manual"
    SUMMARY = "summary"


class Driver(NamedTuple):
    """One thing that holds a task: `by` is the link, or for a summary the task, where there is one."""

    hold: Hold
    by: UUID | None = None


class ScheduledTask(NamedTuple):
    """The dates of a task; slack in tenths of a working minute of its calendar. `work` in tenths, of all assignments.

    `start` and `finish` are when it is planned: the early dates, unless it is as late as possible or manual.
    """

    task: UUID
    start: datetime
    finish: datetime
    early_start: datetime
    early_finish: datetime
    late_start: datetime
    late_finish: datetime
    start_slack: int
    finish_slack: int
    total_slack: int
    free_slack: int
    critical: bool
    duration: int
    percent_complete: int
    drivers: tuple[Driver, ...] = ()


@dataclass(frozen=True, slots=True)
class Schedule:
    """All tasks of the plan, in its order. `finish` is the latest finish of any task."""

    start: datetime
    finish: datetime
    tasks: Mapping[UUID, ScheduledTask]


class ScheduleCode(StrEnum):
    """Why a plan has no schedule."""

    LINK_CYCLE = "LINK_CYCLE"
    CALENDAR_WITHOUT_WORKING_TIME = "CALENDAR_WITHOUT_WORKING_TIME"
    CALENDAR_UNKNOWN = "CALENDAR_UNKNOWN"
    DATE_OUT_OF_RANGE = "DATE_OUT_OF_RANGE"


class UnschedulableError(Exception):
    """The plan cannot be computed: a stable code, what is wrong in words, and the tasks or calendars concerned."""

    def __init__(self, code: ScheduleCode, message: str, about: tuple[UUID, ...] = ()) -> None:
        super().__init__(message)
        self.code, self.message, self.about = code, message, about
