"""The work that resources have done on tasks, as they report it."""

from typing import ClassVar

from ..events.task import ActualWorkRecorded
from ..scheduling import ResourceType, Tenths
from .assignment_state import AssignmentState
from .codes import Code
from .command import Context
from .handler import Handler
from .on_assignment import AssignmentCommand, assignment_tag, expect_assignment, load_assignment, refuse_unless_assigned
from .on_task import happened, task_queue
from .permissions import Permission
from .resource import not_for
from .result import Failure, Result, Success
from .session import Session
from .staffing_state import StaffingState


class RecordActualWork(AssignmentCommand):
    """Reports all the work that a resource has done on a task so far, in tenths of a minute.

    What remains is what the work leaves, unless it is said. Less than before needs a reason. A report of an earlier
    time than the last one is kept as history and changes nothing now. The task's progress is reported by itself.
    """

    permission: ClassVar = Permission.RECORD_PROGRESS
    dated: ClassVar = True
    actual_work: Tenths
    remaining_work: Tenths | None = None


def decide_record(
    command: RecordActualWork, state: AssignmentState, staffing: StaffingState, context: Context
) -> Result:
    if state.type is not ResourceType.WORK:
        return not_for(state.type, "does no work")
    last = state.work_as_of or context.now
    as_of = context.effective_at or max(context.now, last)  # a report without a date is never older than the last
    late = as_of < last
    actual, remaining = command.actual_work, command.remaining_work
    if remaining is None:
        remaining = max(state.work - actual, 0)
    if actual < state.actual_work and not context.reason and not late:
        return Failure(
            Code.ACTUAL_WORK_FALLS_WITHOUT_REASON,
            f"the work done falls from {state.actual_work} to {actual} tenths of a minute; give the reason",
        )
    if remaining and not staffing.member and not late:
        return Failure(
            Code.RESOURCE_NOT_IN_PROJECT,
            "the resource was withdrawn, so no work can be left; report remaining_work 0, or add it again first",
        )
    if not late and (actual, remaining) == (state.actual_work, state.to_come):
        return Success()
    recorded = ActualWorkRecorded(
        task=command.task, resource=command.resource, actual_work=actual, remaining_work=remaining, as_of=as_of
    )
    return happened(command.task, recorded)


async def _record(command: RecordActualWork, session: Session, context: Context) -> Result:
    loaded = await load_assignment(command, session, context)
    if isinstance(loaded, Failure):
        return loaded
    _, state, _, staffing = loaded
    refusal = refuse_unless_assigned(state, command.resource)
    if refusal := refusal or await expect_assignment(command, state, session, context):
        return refusal
    return decide_record(command, state.assignments[command.resource], staffing, context)


HANDLERS = (Handler("RecordActualWork", RecordActualWork, _record, task_queue, assignment_tag),)
