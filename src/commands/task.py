"""Tasks: adding them to a plan, their attributes, and how far they have come."""

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import Field

from ..events.plan import TaskPlaced
from ..events.task import TaskAdded, TaskConstraintChanged, TaskDurationChanged, TaskProgressRecorded, TaskUpdated
from ..scheduling import Constraint, ConstraintType, Duration
from .breakdown import PLAN, PlanState
from .codes import Code
from .command import Context, ExternalId, Name, Notes, ProjectCommand
from .handler import Handler
from .permissions import Permission
from .plan import MAX_DEPTH, MAX_TASKS, Position, load_parent, plan_queue, refuse_parent, refuse_unless_there
from .project import PROJECT, WallClock, refuse_unless_live
from .result import Failure, Result, Success
from .session import Session
from .task_state import TASK, TaskState

ONE_DAY = Duration(tenths=8 * 60 * 10)
DONE = 100


class AddTask(ProjectCommand):
    """Adds a task below a parent (None: at the top), at the end unless a position is given.

    A duration of 0 makes a milestone; one that is not given is a working day of eight hours.
    """

    permission: ClassVar = Permission.EDIT_PLAN
    task: UUID | None = None
    parent: UUID | None = None
    position: Position | None = None
    name: Name
    notes: Notes = ""
    duration: Duration = ONE_DAY
    constraint: Constraint = Constraint()
    external_id: ExternalId | None = None


class UpdateTask(ProjectCommand):
    """Changes what is given and leaves the rest."""

    permission: ClassVar = Permission.EDIT_PLAN
    task: UUID
    name: Name | None = None
    notes: Notes | None = None


class SetDuration(ProjectCommand):
    permission: ClassVar = Permission.EDIT_PLAN
    task: UUID
    duration: Duration


class SetConstraint(ProjectCommand):
    permission: ClassVar = Permission.EDIT_PLAN
    task: UUID
    constraint: Constraint


class RecordProgress(ProjectCommand):
    """Reports how far a task has come; what is not given follows from the rest.

    Progress implies an actual start, 100 % an actual finish: where they are not known, the effective time
    is taken. An actual finish implies 100 %. Progress falls only with a reason; 0 % with a reason takes the
    actual start back. A report of an earlier time than the last one is kept as history and changes nothing now.
    """

    permission: ClassVar = Permission.RECORD_PROGRESS
    dated: ClassVar = True
    task: UUID
    percent_complete: Annotated[int, Field(ge=0, le=DONE)] | None = None
    actual_start: WallClock | None = None
    actual_finish: WallClock | None = None


def decide_add(command: AddTask, task: UUID, plan: PlanState, state: TaskState, parent: TaskState | None) -> Result:
    """`parent` is the state of the parent, when one is given."""
    if state.revision:
        return Failure(Code.ALREADY_EXISTS, f"the task {task} exists already")
    if len(plan.tasks) >= MAX_TASKS:
        return Failure(Code.PLAN_TOO_LARGE, f"a plan has at most {MAX_TASKS} tasks")
    if command.parent is not None and parent is not None:
        if failure := refuse_parent(plan, command.parent, parent):
            return failure
        if plan.depth(command.parent) > MAX_DEPTH:
            return Failure(Code.PLAN_TOO_DEEP, f"a plan has at most {MAX_DEPTH} levels")
    rank = plan.rank_at(command.parent, command.position)
    added = TaskAdded(
        task=task,
        name=command.name,
        notes=command.notes,
        duration=command.duration,
        constraint=command.constraint,
        external_id=command.external_id,
    )
    return Success(
        (
            (TASK.at(task).stream, added),
            (PLAN.at(command.project).stream, TaskPlaced(task=task, parent=command.parent, rank=rank)),
        ),
        ids={"task": str(task)},
    )


def decide_update(command: UpdateTask, state: TaskState) -> Result:
    name = command.name if command.name != state.name else None
    notes = command.notes if command.notes != state.notes else None
    if name is None and notes is None:
        return Success()
    return _one(command.task, TaskUpdated(task=command.task, name=name, notes=notes))


def decide_set_duration(command: SetDuration, plan: PlanState, state: TaskState) -> Result:
    if command.duration == state.duration:
        return Success()
    if plan.is_summary(command.task):
        return Failure(Code.SUMMARY_DURATION, "a summary's duration follows from its tasks; change theirs")
    return _one(command.task, TaskDurationChanged(task=command.task, duration=command.duration))


def decide_set_constraint(command: SetConstraint, plan: PlanState, state: TaskState) -> Result:
    if command.constraint == state.constraint:
        return Success()
    musts = (ConstraintType.MUST_START_ON, ConstraintType.MUST_FINISH_ON)
    if command.constraint.type in musts and plan.is_summary(command.task):
        return Failure(
            Code.SUMMARY_CONSTRAINT, "a summary follows from its tasks; it cannot have to start or finish on a date"
        )
    return _one(command.task, TaskConstraintChanged(task=command.task, constraint=command.constraint))


def decide_progress(
    command: RecordProgress, plan: PlanState, state: TaskState, zone: ZoneInfo, context: Context
) -> Result:
    """`zone` is the project's: the actual dates are wall-clock times there."""
    if plan.is_summary(command.task):
        return Failure(Code.SUMMARY_HAS_NO_OWN_PROGRESS, "a summary's progress follows from its tasks; report on those")
    last = state.progress_as_of or context.now
    as_of = context.effective_at or max(context.now, last)  # a report without a date is never older than the last
    late = as_of < last
    reported = as_of.astimezone(zone).replace(tzinfo=None)
    now = context.now.astimezone(zone).replace(tzinfo=None)
    percent = command.percent_complete
    if percent is None:
        percent = DONE if command.actual_finish else state.percent_complete
    if command.actual_finish and percent < DONE:
        return Failure(
            Code.ACTUAL_FINISH_WITHOUT_COMPLETION, f"a task that is finished is complete to 100 %, not {percent} %"
        )
    if percent < state.percent_complete and not context.reason and not late:
        return Failure(
            Code.PROGRESS_FALLS_WITHOUT_REASON,
            f"progress falls from {state.percent_complete} % to {percent} %; give the reason",
        )
    finish = (command.actual_finish or state.actual_finish or reported) if percent == DONE else None
    taken_back = command.percent_complete == 0 and context.reason is not None
    start = _start(command, state, percent, reported, finish, taken_back=taken_back)
    for what, moment in (("start", command.actual_start), ("finish", command.actual_finish)):
        if moment and moment > now:
            return Failure(Code.ACTUAL_IN_FUTURE, f"the actual {what} ({moment}) lies in the future; it is {now} there")
    if start and finish and finish < start:
        return Failure(Code.ACTUAL_FINISH_BEFORE_START, f"the actual finish ({finish}) lies before the start ({start})")
    if not late and (percent, start, finish) == (state.percent_complete, state.actual_start, state.actual_finish):
        return Success()
    recorded = TaskProgressRecorded(
        task=command.task, percent_complete=percent, actual_start=start, actual_finish=finish, as_of=as_of
    )
    return _one(command.task, recorded)


def _start(
    command: RecordProgress,
    state: TaskState,
    percent: int,
    reported: datetime,
    finish: datetime | None,
    *,
    taken_back: bool,
) -> datetime | None:
    if command.actual_start:
        return command.actual_start
    if percent == 0 and (state.percent_complete > 0 or taken_back):
        return None
    if state.actual_start or percent == 0:
        return state.actual_start
    return min(reported, finish) if finish else reported


def _one(
    task: UUID, event: TaskUpdated | TaskDurationChanged | TaskConstraintChanged | TaskProgressRecorded
) -> Success:
    return Success(((TASK.at(task).stream, event),))


async def _add(command: AddTask, session: Session, context: Context) -> Result:
    task = command.task or context.new_id
    project, plan, state = await session.load(
        PROJECT.at(command.project), PLAN.at(command.project, context.branch), TASK.at(task, context.branch)
    )
    parent = await load_parent(command.parent, session, context)
    return refuse_unless_live(command, project) or decide_add(command, task, plan, state, parent)


_OnTask = UpdateTask | SetDuration | SetConstraint | RecordProgress


async def _on_task(command: _OnTask, session: Session, context: Context) -> Result:
    ref = TASK.at(command.task, context.branch)
    project, plan, state = await session.load(
        PROJECT.at(command.project), PLAN.at(command.project, context.branch), ref
    )
    refusal = refuse_unless_live(command, project) or refuse_unless_there(plan, command.task)
    if refusal or (refusal := await session.expect(ref, state.revision, command.task)):
        return refusal
    match command:
        case UpdateTask():
            return decide_update(command, state)
        case SetDuration():
            return decide_set_duration(command, plan, state)
        case SetConstraint():
            return decide_set_constraint(command, plan, state)
        case RecordProgress():
            return decide_progress(command, plan, state, ZoneInfo(project.time_zone), context)


def _task(command: _OnTask, context: Context) -> str:
    return TASK.at(command.task, context.branch).stream


def _tag(command: AddTask | _OnTask, session: Session, context: Context) -> str:
    """Two revisions: of the task itself, and of its place in the plan."""
    task = command.task or context.new_id
    placement = session.state(PLAN.at(command.project, context.branch)).tasks[task]
    return f"{session.version(TASK.at(task, context.branch).stream)}.{placement.revision}"


HANDLERS = (
    Handler("AddTask", AddTask, _add, plan_queue, _tag),
    Handler("UpdateTask", UpdateTask, _on_task, _task, _tag),
    Handler("SetDuration", SetDuration, _on_task, _task, _tag),
    Handler("SetConstraint", SetConstraint, _on_task, _task, _tag),
    Handler("RecordProgress", RecordProgress, _on_task, _task, _tag),
)
