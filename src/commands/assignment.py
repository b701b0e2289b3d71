"""Assignments: which resource is on which task. How much of it, and for how much work, is changed elsewhere."""

from decimal import Decimal
from typing import ClassVar

from ..events.staffing import TaskStaffed, TaskUnstaffed
from ..events.task import ResourceAssigned, ResourceUnassigned
from ..scheduling import ResourceType, Tenths, Units
from ..scheduling.work import Effort, Share, joined, left, with_work
from .assignment_state import AssignmentState
from .breakdown import PlanState
from .codes import Code
from .command import Context, ExternalId
from .effort import Resources, effort_events, effort_of, load_resources, refuse_effort
from .handler import Handler
from .on_assignment import (
    AssignmentCommand,
    assignment_tag,
    expect_assignment,
    load_assignment,
    refuse_unless_assigned,
    refuse_unless_usable,
    warned,
)
from .on_task import happened, task_queue
from .permissions import Permission
from .resource import not_for
from .resource_state import ResourceState
from .result import Failure, Result, Success
from .session import Session
from .staffing_state import staffing_at
from .task_state import TaskState

ONE = Decimal(1)


class Assign(AssignmentCommand):
    """Puts a resource of the project on a task; of a material, `units` of it.

    Without `work` it works as long as the task lasts, or, where the effort drives, shares the work of the others. With
    it the type of the task says what follows; `keeps_duration` takes units and work as they are, and nothing follows.
    Work and delay are in tenths of a minute.
    """

    permission: ClassVar = Permission.EDIT_PLAN
    units: Units = ONE
    work: Tenths | None = None
    delay: Tenths = 0
    keeps_duration: bool = False
    external_id: ExternalId | None = None


class Unassign(AssignmentCommand):
    """The resource works on the task no more. What it has done is kept."""

    permission: ClassVar = Permission.EDIT_PLAN


def decide_assign(
    command: Assign, plan: PlanState, state: TaskState, resource: ResourceState, others: Resources
) -> Result:
    """`resource` may be put on tasks of the project; `others` are on this one already."""
    if plan.is_summary(command.task):
        return Failure(Code.SUMMARY_HAS_NO_ASSIGNMENTS, "a summary carries no resources; assign them to its tasks")
    present = state.assignments.get(command.resource)
    if present and present.live:
        same = (present.units, present.delay) == (command.units, command.delay)
        if same and command.work in (None, present.work):
            return Success()
        return Failure(
            Code.ALREADY_ASSIGNED, f"{resource.name!r} is on this task already; change its units or its work instead"
        )
    before = effort_of(state)
    if resource.type is not ResourceType.WORK:
        if command.work:
            return not_for(resource.type, "does no work")
        after, share = before, Share(command.units, 0, command.delay)
    else:
        after = _with(command, before, state)
        share = after.shares[command.resource]
        if failure := refuse_effort(state, before, after, {**others, command.resource: resource}):
            return failure
    assigned = ResourceAssigned(
        task=command.task,
        resource=command.resource,
        units=share.units,
        work=share.work,
        delay=command.delay,
        external_id=command.external_id,
        type=resource.type,
    )
    staffed = TaskStaffed(project=command.project, resource=command.resource, task=command.task)
    of_task = happened(command.task, assigned, *effort_events(command.task, state, before, after))
    return Success((*of_task.events, (staffing_at(command.project, command.resource).stream, staffed)))


def _with(command: Assign, before: Effort, state: TaskState) -> Effort:
    if command.work is not None and command.keeps_duration:
        share = Share(command.units, command.work, command.delay)
        return Effort(before.duration, {**before.shares, command.resource: share})
    driven = state.effort_driven and command.work is None
    after = joined(before, state.type, command.resource, command.units, delay=command.delay, effort_driven=driven)
    if command.work is None:
        return after
    alone = Effort(before.duration, {**before.shares, command.resource: after.shares[command.resource]})
    return with_work(alone, state.type, command.resource, command.work)


def decide_unassign(command: Unassign, state: TaskState, assignment: AssignmentState, resources: Resources) -> Result:
    """`assignment` is there; `resources` are those on the task."""
    before = effort_of(state)
    after = before
    if assignment.type is ResourceType.WORK:
        driven, kept = state.effort_driven, min(assignment.actual_work, assignment.work)
        after = left(before, state.type, command.resource, effort_driven=driven, kept=kept)
        if failure := refuse_effort(state, before, after, resources):
            return failure
    unassigned = ResourceUnassigned(task=command.task, resource=command.resource)
    unstaffed = TaskUnstaffed(project=command.project, resource=command.resource, task=command.task)
    of_task = happened(command.task, unassigned, *effort_events(command.task, state, before, after))
    return Success((*of_task.events, (staffing_at(command.project, command.resource).stream, unstaffed)))


async def _assign(command: Assign, session: Session, context: Context) -> Result:
    loaded = await load_assignment(command, session, context)
    if isinstance(loaded, Failure):
        return loaded
    plan, state, resource, staffing = loaded
    if refusal := refuse_unless_usable(command, resource, staffing):
        return refusal
    result = decide_assign(command, plan, state, resource, await load_resources(state, session))
    return await warned(command, result, loaded, session, context)


async def _unassign(command: Unassign, session: Session, context: Context) -> Result:
    loaded = await load_assignment(command, session, context)
    if isinstance(loaded, Failure):
        return loaded
    _, state, _, _ = loaded
    assignment = state.assignments.get(command.resource)
    if assignment and not assignment.live:
        return Success()
    refusal = refuse_unless_assigned(state, command.resource)
    if refusal or (refusal := await expect_assignment(command, state, session, context)):
        return refusal
    resources = await load_resources(state, session)
    return decide_unassign(command, state, state.assignments[command.resource], resources)


HANDLERS = (
    Handler("Assign", Assign, _assign, task_queue, assignment_tag),
    Handler("Unassign", Unassign, _unassign, task_queue, assignment_tag),
)
