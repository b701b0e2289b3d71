"""What may be done to the tree of a plan: moving, deleting and restoring tasks."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from ..events.plan import TaskMoved, TasksDeleted, TasksLinked, TasksRestored
from ..scheduling import TaskMode
from .breakdown import PLAN, PlanState, Removed
from .codes import Code
from .command import Context, ProjectCommand
from .handler import Handler
from .network import cycle_by_move, path_between
from .permissions import Permission
from .project import PROJECT, refuse_unless_live
from .result import Failure, Result, Success, Warned
from .session import Session
from .task_state import TASK, TaskState

MAX_DEPTH = 50
MAX_TASKS = 100_000

Position = Annotated[int, Field(ge=1, le=10_000_000, description="1 is first; beyond the end is last")]


class MoveTask(ProjectCommand):
    """Puts a task, with all below it, under a parent (None: the top) at a position among its siblings.

    A parent that was a leaf is a summary from then on: its own duration, manual dates, interruptions and calendar
    rest, and count again when nothing is below it any more.
    """

    permission: ClassVar = Permission.EDIT_PLAN
    task: UUID
    parent: UUID | None = None
    position: Position | None = None


class DeleteTask(ProjectCommand):
    """Deletes a task with all below it and all their links; it can be restored.

    That is why a deleted task goes on to use its calendar: until then nobody can delete the calendar.
    """

    permission: ClassVar = Permission.EDIT_PLAN
    task: UUID


class RestoreTask(ProjectCommand):
    permission: ClassVar = Permission.EDIT_PLAN
    task: UUID


def refuse_unless_there(plan: PlanState, task: UUID) -> Failure | None:
    """The refusal of a command on a task that is not in the plan, or not any more."""
    if task in plan.tasks:
        return None
    if root := plan.deleted_with(task):
        return Failure(
            Code.TASK_DELETED, f"the task {task} was deleted; restore {root} first", {"deleted_with": str(root)}
        )
    return Failure(Code.TASK_UNKNOWN, f"there is no task {task} in this plan")


def refuse_parent(plan: PlanState, parent: UUID, state: TaskState) -> Failure | None:
    """The refusal of a parent that is not there, or that is a leaf with a life of its own."""
    if parent not in plan.tasks:
        return Failure(Code.PARENT_UNKNOWN, f"there is no task {parent} in this plan to be the parent")
    if plan.is_summary(parent):
        return None
    if state.has_progress:
        return Failure(
            Code.PARENT_HAS_PROGRESS, f"{state.name!r} has progress of its own, so it cannot become a summary"
        )
    if state.staffed:
        return Failure(
            Code.PARENT_HAS_ASSIGNMENTS,
            f"{state.name!r} has resources of its own, so it cannot become a summary; assign them elsewhere first",
        )
    if state.must_start_or_finish:
        return Failure(
            Code.SUMMARY_CONSTRAINT,
            f"{state.name!r} must start or finish on a date, which a summary cannot; change its constraint first",
        )
    return None


def resting(plan: PlanState, parent: UUID, state: TaskState) -> tuple[Warned, ...]:
    """The warning when a leaf becomes a summary: what it says of its own time rests."""
    rests = {
        "manual dates": state.mode is TaskMode.MANUAL,
        "interruptions": bool(state.splits),
        "calendar": state.calendar is not None,
    }
    named = [what for what, there in rests.items() if there]
    if plan.is_summary(parent) or not named:
        return ()
    message = f"{state.name!r} is a summary now, so its own {' and '.join(named)} rest until it has no tasks below it"
    return (Warned("SUMMARY_OWN_DATES_REST", message),)


def decide_move(command: MoveTask, plan: PlanState, parent: TaskState | None, revision_after: int) -> Result:
    """`parent` is the state of the new parent, when one is given."""
    if failure := refuse_unless_there(plan, command.task):
        return failure
    if command.parent is not None and parent is not None:
        if command.parent == command.task or (
            command.parent in plan.tasks and command.task in plan.ancestors(command.parent)
        ):
            return Failure(Code.PARENT_CYCLE, "a task cannot be moved below itself")
        if failure := refuse_parent(plan, command.parent, parent):
            return failure
    if plan.depth(command.parent) + plan.height(command.task) - 1 > MAX_DEPTH:
        return Failure(Code.PLAN_TOO_DEEP, f"a plan has at most {MAX_DEPTH} levels")
    if _stays(command, plan):
        return Success()
    moved = TaskMoved(
        task=command.task,
        parent=command.parent,
        rank=plan.rank_at(command.parent, command.position, command.task),
    )
    if cycle := cycle_by_move(PLAN.evolve(plan, moved, revision_after), command.task):
        return cycle_refused(plan, cycle, "moving the task there closes a cycle of links")
    warnings = resting(plan, command.parent, parent) if command.parent is not None and parent is not None else ()
    return Success(((PLAN.at(command.project).stream, moved),), warnings)


def _stays(command: MoveTask, plan: PlanState) -> bool:
    siblings = [task for _, task in plan.children.get(command.parent, ())]
    if command.task not in siblings:
        return False
    place = len(siblings) if command.position is None else min(command.position, len(siblings))
    return siblings.index(command.task) + 1 == place


def decide_delete(command: DeleteTask, plan: PlanState) -> Result:
    if plan.deleted_with(command.task):
        return Success()
    if failure := refuse_unless_there(plan, command.task):
        return failure
    subtree = plan.subtree(command.task)
    deleted = TasksDeleted(task=command.task, subtree=tuple(subtree), links=tuple(plan.links_of(subtree)))
    return Success(((PLAN.at(command.project).stream, deleted),))


def decide_restore(command: RestoreTask, plan: PlanState, parent: TaskState | None, revision_after: int) -> Result:
    """`parent` is the state of the parent that the task had. Where that cannot take it back, the top does."""
    if command.task in plan.tasks:
        return Success()
    if plan.deleted_with(command.task) not in (None, command.task):
        return refuse_unless_there(plan, command.task) or Success()
    gone = plan.removed.get(command.task)
    if gone is None:
        return Failure(Code.TASK_UNKNOWN, f"there is no task {command.task} to restore")
    if len(plan.tasks) + len(gone.tasks) > MAX_TASKS:
        return _too_large()
    placement = gone.tasks[0][1]
    home, warnings = placement.parent, []
    rank = plan.free_rank(home, placement.rank)
    if home is not None and (parent is None or refuse_parent(plan, home, parent) or _too_deep(plan, gone, home)):
        home, rank = None, plan.rank_at(None, None)
        warnings.append(Warned("RESTORED_TO_TOP", "the former parent cannot take the task back; it is at the top now"))
    elif home is not None and parent is not None:
        warnings.extend(resting(plan, home, parent))
    event = TasksRestored(
        task=command.task, parent=home, rank=rank, subtree=tuple(task for task, _ in gone.tasks), links=()
    )
    links = _links_that_fit(PLAN.evolve(plan, event, revision_after), gone)
    if len(links) < len(gone.links):
        left = len(gone.links) - len(links)
        warnings.append(Warned("LINKS_NOT_RESTORED", f"{left} links do not fit the plan any more and stay deleted"))
    restored = event.model_copy(update={"links": tuple(links)})
    return Success(((PLAN.at(command.project).stream, restored),), tuple(warnings))


def _too_deep(plan: PlanState, gone: Removed, home: UUID) -> bool:
    levels: dict[UUID, int] = {}
    for task, placement in gone.tasks:
        levels[task] = levels.get(placement.parent, 0) + 1 if placement.parent else 1
    return plan.depth(home) + max(levels.values()) - 1 > MAX_DEPTH


def _links_that_fit(plan: PlanState, gone: Removed) -> list[UUID]:
    fitting = []
    for id_, link in gone.links:
        if decide_fit(plan, link.predecessor, link.successor) is None:
            fitting.append(id_)
            event = TasksLinked(
                link=id_, predecessor=link.predecessor, successor=link.successor, type=link.type, lag=link.lag
            )
            plan = PLAN.evolve(plan, event, link.revision)
    return fitting


def decide_fit(plan: PlanState, predecessor: UUID, successor: UUID) -> Failure | None:
    """Why two tasks cannot be linked; None when they can."""
    if failure := refuse_unless_there(plan, predecessor) or refuse_unless_there(plan, successor):
        return failure
    if predecessor == successor:
        return Failure(Code.LINK_TO_ITSELF, "a task cannot wait for itself")
    if predecessor in plan.ancestors(successor) or successor in plan.ancestors(predecessor):
        return Failure(Code.LINK_TO_ANCESTOR, "a task cannot be linked with a summary that it is part of")
    if present := plan.link_between(predecessor, successor):
        return Failure(
            Code.LINK_EXISTS, "these tasks are linked already; change that link instead", {"link": str(present)}
        )
    if path := path_between(plan, successor, predecessor):
        return cycle_refused(plan, [predecessor, *path], "the link closes a cycle")
    return None


def cycle_refused(plan: PlanState, cycle: list[UUID], what: str) -> Failure:
    """The refusal that names the cycle's path, by WBS codes in words and by ids as facts."""
    path = " → ".join(plan.wbs(task) for task in cycle)
    return Failure(Code.LINK_CYCLE, f"{what}: {path}", {"cycle": [str(task) for task in cycle]})


def _too_large() -> Failure:
    return Failure(Code.PLAN_TOO_LARGE, f"a plan has at most {MAX_TASKS} tasks")


async def load_plan(command: ProjectCommand, session: Session, context: Context) -> tuple[Failure | None, PlanState]:
    """The plan, with the refusal when its project is not there to be changed."""
    plan_ref = PLAN.at(command.project, context.branch)
    project, plan = await session.load(PROJECT.at(command.project), plan_ref)
    return refuse_unless_live(command, project), plan


async def load_parent(parent: UUID | None, session: Session, context: Context) -> TaskState | None:
    """The state of the parent, when one is given."""
    if parent is None:
        return None
    return await session.load(TASK.at(parent, context.branch))


async def _move(command: MoveTask, session: Session, context: Context) -> Result:
    refusal, plan = await load_plan(command, session, context)
    if refusal or (refusal := refuse_unless_there(plan, command.task)):
        return refusal
    ref = PLAN.at(command.project, context.branch)
    if refusal := await session.expect(ref, plan.tasks[command.task].revision, command.task):
        return refusal
    parent = await load_parent(command.parent, session, context)
    return decide_move(command, plan, parent, session.version(ref.stream) + 1)


async def _delete(command: DeleteTask, session: Session, context: Context) -> Result:
    refusal, plan = await load_plan(command, session, context)
    if refusal:
        return refusal
    if placement := plan.tasks.get(command.task):
        ref = PLAN.at(command.project, context.branch)
        if refusal := await session.expect(ref, placement.revision, command.task):
            return refusal
    return decide_delete(command, plan)


async def _restore(command: RestoreTask, session: Session, context: Context) -> Result:
    refusal, plan = await load_plan(command, session, context)
    if refusal:
        return refusal
    gone = plan.removed.get(command.task)
    home = gone.tasks[0][1].parent if gone else None
    parent = await load_parent(home, session, context)
    version = session.version(PLAN.at(command.project, context.branch).stream)
    return decide_restore(command, plan, parent, version + 1)


def plan_queue(command: ProjectCommand, context: Context) -> str:
    """Writers of one plan wait for each other."""
    return PLAN.at(command.project, context.branch).stream


HANDLERS = (
    Handler("MoveTask", MoveTask, _move, plan_queue),
    Handler("DeleteTask", DeleteTask, _delete, plan_queue),
    Handler("RestoreTask", RestoreTask, _restore, plan_queue),
)
