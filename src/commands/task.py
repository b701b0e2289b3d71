"""Tasks: adding them to a plan, and what they are. What moves them is in `task_schedule`."""

from dataclasses import replace
from typing import ClassVar
from uuid import UUID

from ..events.plan import TaskPlaced
from ..events.task import TaskAdded, TaskConstraintChanged, TaskUpdated
from ..scheduling import Constraint, ConstraintType, Duration
from ..scheduling.work import with_duration
from .breakdown import PLAN, PlanState
from .codes import Code
from .command import Context, ExternalId, Name, Notes, ProjectCommand
from .effort import Resources, duration_events, effort_events, effort_of, load_resources, refuse_duration, refuse_effort
from .handler import Handler
from .on_task import TaskCommand, happened, load_task, tag_of, task_queue, task_tag
from .permissions import Permission
from .plan import MAX_DEPTH, MAX_TASKS, Position, load_parent, plan_queue, refuse_parent, resting
from .project import PROJECT, ProjectState, refuse_unless_live
from .result import Failure, Result, Success
from .session import Session
from .task_dates import about_constraint
from .task_state import TASK, TaskState

ONE_DAY = Duration(tenths=8 * 60 * 10)


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


class UpdateTask(TaskCommand):
    """Changes what is given and leaves the rest."""

    permission: ClassVar = Permission.EDIT_PLAN
    name: Name | None = None
    notes: Notes | None = None


class SetDuration(TaskCommand):
    """A duration of 0 makes a milestone.

    A manual task keeps its start, and its finish follows. What was reported to remain of the old duration is forgotten.
    """

    permission: ClassVar = Permission.EDIT_PLAN
    duration: Duration


class SetConstraint(TaskCommand):
    """How a date bounds the task; ASAP takes the constraint away."""

    permission: ClassVar = Permission.EDIT_PLAN
    constraint: Constraint


def decide_add(
    command: AddTask,
    task: UUID,
    plan: PlanState,
    state: TaskState,
    parent: TaskState | None,
    project: ProjectState | None = None,
) -> Result:
    """`parent` is the state of the parent, when one is given; with `project` it warns of dates before its start."""
    if state.revision:
        return Failure(Code.ALREADY_EXISTS, f"the task {task} exists already")
    if len(plan.tasks) >= MAX_TASKS:
        return Failure(Code.PLAN_TOO_LARGE, f"a plan has at most {MAX_TASKS} tasks")
    if command.parent is not None and parent is not None:
        if failure := refuse_parent(plan, command.parent, parent):
            return failure
        if plan.depth(command.parent) > MAX_DEPTH:
            return Failure(Code.PLAN_TOO_DEEP, f"a plan has at most {MAX_DEPTH} levels")
    warnings = list(about_constraint(command.constraint, project=project))
    if command.parent is not None and parent is not None:
        warnings.extend(resting(plan, command.parent, parent))
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
        tuple(warnings),
        {"task": str(task)},
    )


def decide_update(command: UpdateTask, state: TaskState) -> Result:
    name = command.name if command.name != state.name else None
    notes = command.notes if command.notes != state.notes else None
    if name is None and notes is None:
        return Success()
    return happened(command.task, TaskUpdated(task=command.task, name=name, notes=notes))


def decide_set_duration(command: SetDuration, plan: PlanState, state: TaskState, resources: Resources) -> Result:
    """`resources` are those on the task: their work or their units follow, as the type of the task says."""
    if command.duration == state.duration:
        return Success()
    if plan.is_summary(command.task):
        return Failure(Code.SUMMARY_DURATION, "a summary's duration follows from its tasks; change theirs")
    before = effort_of(state)
    after = with_duration(before, state.type, command.duration.tenths)
    failure = refuse_duration(state, command.duration) or refuse_effort(state, before, after, resources)
    if failure:
        return failure
    follows = effort_events(command.task, state, replace(before, duration=after.duration), after)
    return happened(command.task, *duration_events(command.task, state, command.duration), *follows)


def decide_set_constraint(command: SetConstraint, plan: PlanState, state: TaskState, project: ProjectState) -> Result:
    if command.constraint == state.constraint:
        return Success()
    musts = (ConstraintType.MUST_START_ON, ConstraintType.MUST_FINISH_ON)
    if command.constraint.type in musts and plan.is_summary(command.task):
        return Failure(
            Code.SUMMARY_CONSTRAINT, "a summary follows from its tasks; it cannot have to start or finish on a date"
        )
    told = about_constraint(command.constraint, state.actual_start, state.actual_finish, project)
    changed = TaskConstraintChanged(task=command.task, constraint=command.constraint)
    return happened(command.task, changed, warnings=tuple(told))


async def _add(command: AddTask, session: Session, context: Context) -> Result:
    task = command.task or context.new_id
    project, plan, state = await session.load(
        PROJECT.at(command.project), PLAN.at(command.project, context.branch), TASK.at(task, context.branch)
    )
    parent = await load_parent(command.parent, session, context)
    return refuse_unless_live(command, project) or decide_add(command, task, plan, state, parent, project)


_OnTask = UpdateTask | SetDuration | SetConstraint


async def _on_task(command: _OnTask, session: Session, context: Context) -> Result:
    loaded = await load_task(command, session, context)
    if isinstance(loaded, Failure):
        return loaded
    project, plan, state = loaded
    match command:
        case UpdateTask():
            return decide_update(command, state)
        case SetDuration():
            return decide_set_duration(command, plan, state, await load_resources(state, session))
        case SetConstraint():
            return decide_set_constraint(command, plan, state, project)


def _tag(command: AddTask, session: Session, context: Context) -> str:
    return tag_of(command.project, command.task or context.new_id, session, context)


HANDLERS = (
    Handler("AddTask", AddTask, _add, plan_queue, _tag),
    Handler("UpdateTask", UpdateTask, _on_task, task_queue, task_tag),
    Handler("SetDuration", SetDuration, _on_task, task_queue, task_tag),
    Handler("SetConstraint", SetConstraint, _on_task, task_queue, task_tag),
)
