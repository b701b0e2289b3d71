"""Commands on one task: what all of them load, whom they refuse, and what the answer is tagged with."""

from uuid import UUID

from ..events import Event
from .breakdown import PLAN, PlanState
from .command import Context, ProjectCommand
from .plan import refuse_unless_there
from .project import PROJECT, ProjectState, refuse_unless_live
from .result import Failure, Success, Warned
from .session import Session
from .task_state import TASK, TaskState


class TaskCommand(ProjectCommand):
    """A command on a task that is in the plan."""

    task: UUID


async def load_task(
    command: TaskCommand, session: Session, context: Context
) -> Failure | tuple[ProjectState, PlanState, TaskState]:
    """The project, its plan and the task, in one read; or the refusal where one is missing or was changed meanwhile."""
    ref = TASK.at(command.task, context.branch)
    project, plan, state = await session.load(
        PROJECT.at(command.project), PLAN.at(command.project, context.branch), ref
    )
    refusal = refuse_unless_live(command, project) or refuse_unless_there(plan, command.task)
    return refusal or await session.expect(ref, state.revision, command.task) or (project, plan, state)


def happened(task: UUID, *events: Event, warnings: tuple[Warned, ...] = ()) -> Success:
    """All of it in the task's own stream."""
    stream = TASK.at(task).stream
    return Success(tuple((stream, event) for event in events), warnings)


def task_queue(command: TaskCommand, context: Context) -> str:
    """Writers of one task wait for each other."""
    return TASK.at(command.task, context.branch).stream


def task_tag(command: TaskCommand, session: Session, context: Context) -> str:
    return tag_of(command.project, command.task, session, context)


def tag_of(project: UUID, task: UUID, session: Session, context: Context) -> str:
    """Two revisions: of the task itself, and of its place in the plan."""
    placement = session.state(PLAN.at(project, context.branch)).tasks[task]
    return f"{session.version(TASK.at(task, context.branch).stream)}.{placement.revision}"
