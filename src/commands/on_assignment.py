"""Commands on one assignment: what all of them load, whom they refuse, and what the answer is tagged with.

Assignments are in the task's stream. That a resource is on a task stands in its staffing stream as well, which who
withdraws it reads; who assigns it reads whether it is active. So neither can slip past the other.
"""

from uuid import UUID

from .breakdown import PLAN, PlanState
from .codes import Code
from .command import Context
from .on_task import TaskCommand
from .plan import refuse_unless_there
from .project import PROJECT, refuse_unless_live
from .resource_state import RESOURCE, ResourceState, refuse_inactive
from .result import Failure, Result, Success
from .session import Session
from .staffing import envelope_warnings, load_staffed, refuse_unless_member
from .staffing_state import StaffingState, staffing_at
from .task_state import TASK, TaskState

Loaded = tuple[PlanState, TaskState, ResourceState, StaffingState]


class AssignmentCommand(TaskCommand):
    """A command on what a resource does on a task."""

    resource: UUID


async def load_assignment(command: AssignmentCommand, session: Session, context: Context) -> Failure | Loaded:
    """All that an assignment follows from, in one read; a refusal where the project or the task is not there."""
    project, plan, state, resource, staffing = await session.load(
        PROJECT.at(command.project),
        PLAN.at(command.project, context.branch),
        TASK.at(command.task, context.branch),
        RESOURCE.at(command.resource),
        staffing_at(command.project, command.resource),
    )
    refusal = refuse_unless_live(command, project) or refuse_unless_there(plan, command.task)
    return refusal or (plan, state, resource, staffing)


def refuse_unless_assigned(state: TaskState, resource: UUID) -> Failure | None:
    """The refusal of a command on an assignment that is not there, or not any more."""
    if (assignment := state.assignments.get(resource)) and assignment.live:
        return None
    return Failure(Code.NOT_ASSIGNED, f"the resource {resource} is not on this task")


async def expect_assignment(
    command: AssignmentCommand, state: TaskState, session: Session, context: Context
) -> Failure | None:
    """The refusal of a caller who has seen another revision of the assignment."""
    revision = state.assignments[command.resource].revision
    return await session.expect(TASK.at(command.task, context.branch), revision, command.resource)


def refuse_unless_usable(
    command: AssignmentCommand, resource: ResourceState, staffing: StaffingState
) -> Failure | None:
    """The refusal of a resource that is not in the project, or not active."""
    refusal = refuse_unless_member(staffing, resource, command.resource, command.project)
    return refusal or refuse_inactive(resource)


async def warned(
    command: AssignmentCommand, result: Result, loaded: Loaded, session: Session, context: Context
) -> Result:
    """With a warning where the resource has an envelope, and more than that is assigned then."""
    plan, state, _, staffing = loaded
    if isinstance(result, Failure) or not result.events or staffing.planned is None:
        return result
    ref = TASK.at(command.task, context.branch)
    for number, (stream, event) in enumerate(result.events, session.version(ref.stream) + 1):
        state = TASK.evolve(state, event, number) if stream == ref.stream else state
    tasks = {**await load_staffed(staffing, session, context, plan), command.task: state}
    warnings = envelope_warnings(staffing.planned, command.resource, tasks.values())
    return Success(result.events, (*result.warnings, *warnings), result.ids)


def assignment_tag(command: AssignmentCommand, session: Session, context: Context) -> str:
    """The version of the task when the assignment changed."""
    return str(session.state(TASK.at(command.task, context.branch)).assignments[command.resource].revision)
