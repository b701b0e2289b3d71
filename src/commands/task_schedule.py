"""What moves a task besides its links: deadline, mode, calendar, priority, type and interruptions."""

from itertools import pairwise
from typing import Annotated, ClassVar, Self
from uuid import UUID

from pydantic import Field, model_validator

from ..events.calendar import CalendarUse
from ..events.task import TaskCalendarSet, TaskDeadlineSet, TaskModeSet, TaskPrioritySet, TaskSplit, TaskTypeSet
from ..scheduling import Split, TaskMode, TaskType
from .breakdown import PlanState
from .calendar_state import CalendarState, refuse_calendar
from .calendar_use import change_calendar_use, load_calendar_use
from .codes import Code
from .command import Context
from .handler import Handler
from .on_task import TaskCommand, happened, load_task, task_queue, task_tag
from .permissions import Permission
from .project import ProjectState, WallClock
from .result import Failure, Result, Success
from .session import Session
from .task_dates import about_deadline
from .task_state import TASK, TaskState

MAX_SPLITS = 500
MAX_PRIORITY = 1000


class SetDeadline(TaskCommand):
    """When the task should be finished; it moves nothing, but a task that misses it is shown. None takes it away."""

    permission: ClassVar = Permission.EDIT_PLAN
    deadline: WallClock | None = None


class SetMode(TaskCommand):
    """Whether the schedule moves the task (auto), or it stays where somebody has put it (manual).

    A manual task has the dates that are given; one that is not given follows from the other by the duration, and with
    none it stays where it is planned first. An automatic task has none.
    """

    permission: ClassVar = Permission.EDIT_PLAN
    mode: TaskMode
    start: WallClock | None = None
    finish: WallClock | None = None

    @model_validator(mode="after")
    def _dates_of_manual_tasks_only(self) -> Self:
        if self.mode is TaskMode.AUTO and (self.start or self.finish):
            raise ValueError("an automatic task carries no dates: leave them out, or make it manual")
        return self


class SetTaskCalendar(TaskCommand):
    """When the task can be worked on; None: when its resources or else the project can.

    Without `ignores_resource_calendars` it is worked on when both the task's calendar and its resources' allow it.
    A calendar that a task uses is not deleted, also while the task is: it may be restored.
    """

    permission: ClassVar = Permission.EDIT_PLAN
    calendar: UUID | None = None
    ignores_resource_calendars: bool = False


class SetPriority(TaskCommand):
    """From 0 to 1000, which is never levelled; 500 is usual."""

    permission: ClassVar = Permission.EDIT_PLAN
    priority: Annotated[int, Field(ge=0, le=MAX_PRIORITY)]


class SetTaskType(TaskCommand):
    """Which of duration, units and work stays when another changes, and whether work does when resources come or go.

    Fixed work is always effort driven. Where `effort_driven` is not given it stays as it is.
    """

    permission: ClassVar = Permission.EDIT_PLAN
    type: TaskType
    effort_driven: bool | None = None


class SplitTask(TaskCommand):
    """All interruptions of the task, in order: each after how much of the duration, and how long, in working time.

    None at all: the task goes through.
    """

    permission: ClassVar = Permission.EDIT_PLAN
    splits: Annotated[tuple[Split, ...], Field(max_length=MAX_SPLITS)]


def decide_set_deadline(command: SetDeadline, state: TaskState, project: ProjectState) -> Result:
    if command.deadline == state.deadline:
        return Success()
    told = about_deadline(command.deadline, state.actual_finish, project)
    return happened(command.task, TaskDeadlineSet(task=command.task, deadline=command.deadline), warnings=tuple(told))


def decide_set_mode(command: SetMode, plan: PlanState, state: TaskState) -> Result:
    start, finish = command.start, command.finish
    if (command.mode, start, finish) == (state.mode, state.manual_start, state.manual_finish):
        return Success()
    if command.mode is TaskMode.MANUAL and plan.is_summary(command.task):
        return Failure(
            Code.SUMMARY_MODE,
            "a summary follows from its tasks here, also when they are manual; put those where they should be",
        )
    if start and finish and finish < start:
        return Failure(Code.MANUAL_FINISH_BEFORE_START, f"the finish ({finish}) lies before the start ({start})")
    if start and finish and start != finish and state.duration.tenths == 0:
        return Failure(
            Code.MILESTONE_HAS_NO_LENGTH,
            f"a milestone starts and finishes at once, not from {start} to {finish}; give it a duration first",
        )
    return happened(command.task, TaskModeSet(task=command.task, mode=command.mode, start=start, finish=finish))


def decide_set_calendar(
    command: SetTaskCalendar, plan: PlanState, state: TaskState, calendar: CalendarState | None
) -> Result:
    """`calendar` is the state of the one that is wanted, if one is."""
    wanted = (command.calendar, command.ignores_resource_calendars)
    if wanted == (state.calendar, state.ignores_resource_calendars):
        return Success()
    if wanted != (None, False) and plan.is_summary(command.task):
        return Failure(
            Code.SUMMARY_CALENDAR, "a summary's dates follow from its tasks, whose calendars count; set it for those"
        )
    if failure := refuse_calendar(calendar, command.project):
        return failure
    calendar_set = TaskCalendarSet(
        task=command.task,
        calendar=command.calendar,
        ignores_resource_calendars=command.ignores_resource_calendars,
    )
    used = change_calendar_use(CalendarUse.TASK, command.task, state.calendar, command.calendar)
    return Success(((TASK.at(command.task).stream, calendar_set), *used))


def decide_set_priority(command: SetPriority, state: TaskState) -> Result:
    if command.priority == state.priority:
        return Success()
    return happened(command.task, TaskPrioritySet(task=command.task, priority=command.priority))


def decide_set_type(command: SetTaskType, plan: PlanState, state: TaskState) -> Result:
    fixed_work = command.type is TaskType.FIXED_WORK
    if fixed_work and command.effort_driven is False:
        return Failure(
            Code.FIXED_WORK_IS_EFFORT_DRIVEN,
            "the work of a task of fixed work stays when resources come or go, so it is effort driven",
        )
    effort_driven = fixed_work or (state.effort_driven if command.effort_driven is None else command.effort_driven)
    if (command.type, effort_driven) == (state.type, state.effort_driven):
        return Success()
    if plan.is_summary(command.task):
        return Failure(
            Code.SUMMARY_TYPE,
            "a summary has neither work nor units of its own, so it has no type; set it for its tasks",
        )
    return happened(command.task, TaskTypeSet(task=command.task, type=command.type, effort_driven=effort_driven))


def decide_split(command: SplitTask, plan: PlanState, state: TaskState) -> Result:
    if command.splits == state.splits:
        return Success()
    if command.splits and (failure := _unsplittable(command, plan, state)):
        return failure
    return happened(command.task, TaskSplit(task=command.task, splits=command.splits))


def _unsplittable(command: SplitTask, plan: PlanState, state: TaskState) -> Failure | None:
    if plan.is_summary(command.task):
        return Failure(Code.SUMMARY_SPLIT, "a summary's course follows from its tasks; interrupt those")
    total = state.duration.tenths
    if state.duration.elapsed or total == 0:
        what = "a milestone" if total == 0 else "a task of elapsed duration"
        return Failure(
            Code.TASK_CANNOT_BE_SPLIT, f"{what} cannot be interrupted; give it a duration in working time first"
        )
    for number, split in enumerate(command.splits, 1):
        if split.gap == 0:
            return Failure(Code.SPLITS_INVALID, f"interruption {number} lasts no time; leave it out")
        if not 0 < split.after < total:
            return Failure(
                Code.SPLITS_INVALID,
                f"interruption {number} comes after {split.after} tenths of a minute, which is not within the duration"
                f" of {total}",
            )
    for number, (one, other) in enumerate(pairwise(command.splits), 2):
        if other.after <= one.after:
            return Failure(
                Code.SPLITS_INVALID, f"interruption {number} does not come after the one before; give them in order"
            )
    return None


_OnTask = SetDeadline | SetMode | SetTaskCalendar | SetPriority | SetTaskType | SplitTask


async def _on_task(command: _OnTask, session: Session, context: Context) -> Result:
    loaded = await load_task(command, session, context)
    if isinstance(loaded, Failure):
        return loaded
    project, plan, state = loaded
    match command:
        case SetDeadline():
            return decide_set_deadline(command, state, project)
        case SetMode():
            return decide_set_mode(command, plan, state)
        case SetTaskCalendar():
            calendar = await load_calendar_use(session, state.calendar, command.calendar)
            return decide_set_calendar(command, plan, state, calendar)
        case SetPriority():
            return decide_set_priority(command, state)
        case SetTaskType():
            return decide_set_type(command, plan, state)
        case SplitTask():
            return decide_split(command, plan, state)


HANDLERS = tuple(
    Handler(kind.__name__, kind, _on_task, task_queue, task_tag)
    for kind in (SetDeadline, SetMode, SetTaskCalendar, SetPriority, SetTaskType, SplitTask)
)
