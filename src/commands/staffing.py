"""Resources of a project: taken in, foreseen for so much work, withdrawn. Only those are put on its tasks."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from ..events import Event
from ..events.resource import Rate
from ..events.staffing import ResourceAddedToProject, ResourceEnvelopeChanged, ResourceWithdrawn, TaskUnstaffed
from ..events.task import ResourceUnassigned
from ..scheduling import ResourceType, Tenths, Value
from .assignment_state import AssignmentState
from .breakdown import PLAN, PlanState
from .codes import Code
from .command import Context, ProjectCommand
from .handler import Handler
from .permissions import Permission
from .project import PROJECT, Currency, refuse_unless_live
from .resource_rate import Amount, refuse_rate
from .resource_state import RESOURCE, ResourceState, refuse_inactive, refuse_resource
from .result import Failure, Result, Success, Warned
from .session import Session
from .staffing_state import StaffingState, staffing_at
from .task_state import TASK, TaskState

_NAMED = 5
_DONE = 100
Tasks = Mapping[UUID, TaskState]


class ProjectRate(Value):
    """What a resource costs in this project, in place of its own rates: an hour of work, of overtime, and each use."""

    currency: Currency
    rate: Amount
    overtime: Amount = Decimal(0)
    per_use: Amount = Decimal(0)


class AddResourceToProject(ProjectCommand):
    """Takes a resource in: a shared one, or the project's own after it was withdrawn.

    `planned` is the work that is foreseen, in tenths of a minute. A rate is for who manages the project.
    """

    permission: ClassVar = Permission.EDIT_PLAN
    resource: UUID
    rate: ProjectRate | None = None
    planned: Tenths | None = None


class ChangeEnvelope(ProjectCommand):
    """How much work is foreseen, and what it costs here; None takes it away."""

    permission: ClassVar = Permission.MANAGE_PROJECT
    resource: UUID
    rate: ProjectRate | None = None
    planned: Tenths | None = None


class WithdrawResource(ProjectCommand):
    """The resource leaves the project, if no work is still to come. What it has done stays."""

    permission: ClassVar = Permission.EDIT_PLAN
    resource: UUID


def decide_add(
    command: AddResourceToProject,
    state: StaffingState,
    resource: ResourceState,
    tasks: Tasks,
    actor: frozenset[Permission],
) -> Result:
    """`tasks` are those that the resource is on from before; `actor` is what the actor may do in the project."""
    if failure := refuse_resource(resource, command.resource, command.project):
        return failure
    if failure := _refuse_rate(command, resource, actor):
        return failure  # before it is compared: the answer would tell the rate to who may not see it
    rate = _rate(command)
    if state.member and (state.rate, state.planned) == (rate, command.planned):
        return Success()
    if state.member:
        return Failure(
            Code.RESOURCE_IN_PROJECT, f"{resource.name!r} is in the project already; change its envelope instead"
        )
    if failure := refuse_inactive(resource):
        return failure
    added = ResourceAddedToProject(
        project=command.project, resource=command.resource, rate=rate, planned=command.planned
    )
    return _one(command, added, envelope_warnings(command.planned, command.resource, tasks.values()))


def decide_change_envelope(
    command: ChangeEnvelope,
    state: StaffingState,
    resource: ResourceState,
    tasks: Tasks,
    actor: frozenset[Permission],
) -> Result:
    """`tasks` are those of the plan that the resource is on."""
    rate = _rate(command)
    if (state.rate, state.planned) == (rate, command.planned):
        return Success()
    if failure := _refuse_rate(command, resource, actor):
        return failure
    changed = ResourceEnvelopeChanged(
        project=command.project, resource=command.resource, rate=rate, planned=command.planned
    )
    return _one(command, changed, envelope_warnings(command.planned, command.resource, tasks.values()))


def decide_withdraw(
    command: WithdrawResource, state: StaffingState, resource: ResourceState, plan: PlanState, tasks: Tasks
) -> Result:
    """`tasks` are all that the resource is on. It leaves those on which it has done nothing; deleted ones as well."""
    if not state.member:
        return Success()
    waiting = [task for task, each in tasks.items() if task in plan.tasks and _to_come(each, command.resource)]
    if waiting:
        names = ", ".join(repr(tasks[task].name) for task in waiting[:_NAMED])
        more = f" and {len(waiting) - _NAMED} more" if len(waiting) > _NAMED else ""
        return Failure(
            Code.RESOURCE_HAS_WORK,
            f"{resource.name!r} still has work to come on {names}{more}; unassign it there, or report the work as done",
            {"tasks": [str(task) for task in waiting]},
        )
    events: list[tuple[str, Event]] = []
    stream = staffing_at(command.project, command.resource).stream
    for task, each in tasks.items():
        if task not in plan.tasks or not _has_done(each, command.resource):
            unstaffed = TaskUnstaffed(project=command.project, resource=command.resource, task=task)
            unassigned = ResourceUnassigned(task=task, resource=command.resource)
            events += [(TASK.at(task).stream, unassigned), (stream, unstaffed)]
    withdrawn = ResourceWithdrawn(project=command.project, resource=command.resource)
    return Success((*events, (stream, withdrawn)))


def _to_come(task: TaskState, resource: UUID) -> bool:
    """Whether the resource has something to do there; of a material or a cost, whether the task is still open."""
    assignment = _assignment(task, resource)
    if assignment.type is ResourceType.WORK:
        return assignment.to_come > 0
    return task.percent_complete < _DONE


def _has_done(task: TaskState, resource: UUID) -> bool:
    """Whether the resource has done something there; of a material or a cost, whether the task was begun."""
    assignment = _assignment(task, resource)
    if assignment.type is ResourceType.WORK:
        return assignment.actual_work > 0
    return task.percent_complete > 0


def _assignment(task: TaskState, resource: UUID) -> AssignmentState:
    """None of it is known where the task was read before the resource was put on it; then the append tells."""
    return task.assignments.get(resource, AssignmentState())


def envelope_warnings(planned: int | None, resource: UUID, tasks: Iterable[TaskState]) -> tuple[Warned, ...]:
    """What to say when more work is assigned than foreseen (`planned`, if anything is)."""
    work = sum(each.assignments[resource].work for each in tasks if resource in each.assignments)
    if planned is None or planned >= work:
        return ()
    told = f"{_hours(work)} are assigned, and {_hours(planned)} foreseen"
    return (Warned("ENVELOPE_BELOW_ASSIGNED", f"{told}; change the envelope, or assign less"),)


def _hours(tenths: int) -> str:
    return f"{tenths / 600:g} h"


def refuse_unless_member(state: StaffingState, resource: ResourceState, id_: UUID, project: UUID) -> Failure | None:
    """The refusal of a resource that is not there, or not in the project."""
    if failure := refuse_resource(resource, id_, project):
        return failure
    if state.member:
        return None
    return Failure(Code.RESOURCE_NOT_IN_PROJECT, f"{resource.name!r} is not in this project; add it first")


def _rate(command: AddResourceToProject | ChangeEnvelope) -> Rate | None:
    return None if command.rate is None else Rate.model_validate(command.rate.model_dump())


def _refuse_rate(
    command: AddResourceToProject | ChangeEnvelope, resource: ResourceState, actor: frozenset[Permission]
) -> Failure | None:
    if command.rate is None:
        return None
    if Permission.MANAGE_PROJECT not in actor:
        return Failure(
            Code.FORBIDDEN,
            f"a rate needs the permission {Permission.MANAGE_PROJECT}, which your role does not grant; leave it out",
            {"permission": Permission.MANAGE_PROJECT.value},
        )
    return refuse_rate(resource.type, overtime=bool(command.rate.overtime))


def _one(
    command: ProjectCommand, event: ResourceAddedToProject | ResourceEnvelopeChanged, told: tuple[Warned, ...]
) -> Success:
    return Success(((staffing_at(command.project, event.resource).stream, event),), told)


async def load_staffed(
    state: StaffingState, session: Session, context: Context, plan: PlanState | None = None
) -> Tasks:
    """The tasks that the resource is on, in one read; with a plan only those that are in it."""
    ids = [task for task in sorted(state.tasks) if plan is None or task in plan.tasks]
    return dict(zip(ids, await session.load_all([TASK.at(task, context.branch) for task in ids]), strict=True))


_Staffing = AddResourceToProject | ChangeEnvelope | WithdrawResource


async def _change(command: _Staffing, session: Session, context: Context) -> Result:
    ref = staffing_at(command.project, command.resource)
    project, plan, resource, state = await session.load(
        PROJECT.at(command.project), PLAN.at(command.project, context.branch), RESOURCE.at(command.resource), ref
    )
    if refusal := refuse_unless_live(command, project):
        return refusal
    if isinstance(command, AddResourceToProject):
        return decide_add(command, state, resource, await load_staffed(state, session, context, plan), session.granted)
    gone = isinstance(command, WithdrawResource) and state.revision > 0
    refusal = None if gone else refuse_unless_member(state, resource, command.resource, command.project)
    if refusal := refusal or await session.expect(ref, state.revision, command.resource):
        return refusal
    if isinstance(command, ChangeEnvelope):
        tasks = await load_staffed(state, session, context, plan)
        return decide_change_envelope(command, state, resource, tasks, session.granted)
    return decide_withdraw(command, state, resource, plan, await load_staffed(state, session, context))


def _queue(command: _Staffing, _context: Context) -> str:
    return staffing_at(command.project, command.resource).stream


def _tag(command: _Staffing, session: Session, _context: Context) -> str:
    return str(session.state(staffing_at(command.project, command.resource)).revision)


HANDLERS = (
    Handler("AddResourceToProject", AddResourceToProject, _change, _queue, _tag),
    Handler("ChangeEnvelope", ChangeEnvelope, _change, _queue, _tag),
    Handler("WithdrawResource", WithdrawResource, _change, _queue, _tag),
)
