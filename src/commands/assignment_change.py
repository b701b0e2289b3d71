"""How much of a resource is on a task, for how much work, and how long after the task it begins."""

from typing import ClassVar

from ..events.task import AssignmentDelaySet, AssignmentUnitsChanged
from ..scheduling import ResourceType, Tenths, Units
from ..scheduling.work import with_delay, with_units, with_work
from .assignment_state import AssignmentState
from .codes import Code
from .command import Context
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
from .result import Failure, Result, Success
from .session import Session
from .task_state import TaskState


class ChangeUnits(AssignmentCommand):
    """The type of the task says whether its duration or the work follows."""

    permission: ClassVar = Permission.EDIT_PLAN
    units: Units


class SetWork(AssignmentCommand):
    """The type of the task says whether its duration or the units follow. Work is in tenths of a minute."""

    permission: ClassVar = Permission.EDIT_PLAN
    work: Tenths


class SetAssignmentDelay(AssignmentCommand):
    """The resource begins so much working time after the task, in tenths of a minute."""

    permission: ClassVar = Permission.EDIT_PLAN
    delay: Tenths


_Change = ChangeUnits | SetWork | SetAssignmentDelay


def decide_change(command: _Change, state: TaskState, assignment: AssignmentState, resources: Resources) -> Result:
    """`assignment` is the one that the command is about, `resources` are those on the task."""
    if assignment.type is not ResourceType.WORK:
        return _of_no_work(command, assignment)
    before, type_, id_ = effort_of(state), state.type, command.resource
    after = before
    match command:
        case ChangeUnits(units=units) if units != assignment.units:
            after = with_units(before, type_, id_, units)
        case SetWork(work=work) if work < assignment.actual_work:
            return Failure(
                Code.WORK_BELOW_ACTUAL,
                f"{assignment.actual_work} tenths of a minute are done already; set at least these, and not {work}",
                {"actual_work": assignment.actual_work},
            )
        case SetWork(work=work) if work != assignment.work:
            after = with_work(before, type_, id_, work)
        case SetAssignmentDelay(delay=delay) if delay != assignment.delay:
            after = with_delay(before, type_, id_, delay)
    if after == before:
        return Success()
    if failure := refuse_effort(state, before, after, resources):
        return failure
    events = effort_events(command.task, state, before, after)
    if isinstance(command, SetAssignmentDelay):
        return happened(command.task, _delayed(command), *events)
    return happened(command.task, *events)


def _of_no_work(command: _Change, assignment: AssignmentState) -> Result:
    """Of a material or a cost nothing else follows."""
    match command:
        case ChangeUnits() if command.units != assignment.units:
            changed = AssignmentUnitsChanged(task=command.task, resource=command.resource, units=command.units)
            return happened(command.task, changed)
        case SetAssignmentDelay() if command.delay != assignment.delay:
            return happened(command.task, _delayed(command))
        case SetWork() if command.work:
            return not_for(assignment.type, "does no work")
        case _:
            return Success()


def _delayed(command: SetAssignmentDelay) -> AssignmentDelaySet:
    return AssignmentDelaySet(task=command.task, resource=command.resource, delay=command.delay)


async def _change(command: _Change, session: Session, context: Context) -> Result:
    loaded = await load_assignment(command, session, context)
    if isinstance(loaded, Failure):
        return loaded
    _, state, resource, staffing = loaded
    refusal = refuse_unless_assigned(state, command.resource)
    refusal = refusal or await expect_assignment(command, state, session, context)
    if refusal := refusal or refuse_unless_usable(command, resource, staffing):
        return refusal
    resources = await load_resources(state, session)
    result = decide_change(command, state, state.assignments[command.resource], resources)
    return await warned(command, result, loaded, session, context)


HANDLERS = (
    Handler("ChangeUnits", ChangeUnits, _change, task_queue, assignment_tag),
    Handler("SetWork", SetWork, _change, task_queue, assignment_tag),
    Handler("SetAssignmentDelay", SetAssignmentDelay, _change, task_queue, assignment_tag),
)
