"""Progress: how far a task has come, and what follows from what was reported."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar
from zoneinfo import ZoneInfo

from pydantic import Field

from ..events.task import TaskProgressRecorded
from ..scheduling import Tenths
from .breakdown import PlanState
from .codes import Code
from .command import Context
from .handler import Handler
from .on_task import TaskCommand, happened, load_task, task_queue, task_tag
from .permissions import Permission
from .project import WallClock
from .result import Failure, Result, Success, Warned
from .sequence import holding, out_of_sequence
from .session import Session
from .task_dates import about_constraint, about_deadline
from .task_state import TASK, TaskState

DONE = 100

Percent = Annotated[int, Field(ge=0, le=DONE)]


class RecordProgress(TaskCommand):
    """Reports how far a task has come; what is not given follows from the rest.

    `percent_complete` is of the duration, `remaining` (tenths of a minute of it) what is still to do; nothing remaining
    is 100 %. Who gives one has given the other; who gives both says that the rest takes longer, or less long, than the
    percentage leaves. More remaining alone does not take back what was done. `physical_percent` is how much of the
    result is there; nothing follows from it but that the task has begun. `resume` is when what remains of an
    interrupted task goes on; the next report that says more was done takes it away.

    Progress implies an actual start, 100 % an actual finish: where they are not known, the effective time
    is taken. An actual finish implies 100 %. Progress falls only with a reason; 0 % with a reason takes the
    actual start back. A report of an earlier time than the last one is kept as history and changes nothing now.
    """

    permission: ClassVar = Permission.RECORD_PROGRESS
    dated: ClassVar = True
    percent_complete: Percent | None = None
    physical_percent: Percent | None = None
    remaining: Tenths | None = None
    resume: WallClock | None = None
    actual_start: WallClock | None = None
    actual_finish: WallClock | None = None


@dataclass(frozen=True, slots=True)
class _Done:
    """How far it has come; `remaining` None: what the percentage leaves, `resume` None: where it stopped."""

    percent: int
    physical: int | None
    remaining: int | None
    resume: datetime | None

    @property
    def begun(self) -> bool:
        return self.percent > 0 or bool(self.physical) or self.remaining is not None or self.resume is not None


def decide_progress(
    command: RecordProgress,
    plan: PlanState,
    state: TaskState,
    zone: ZoneInfo,
    context: Context,
    warnings: tuple[Warned, ...] = (),
) -> Result:
    """`zone` is the project's: actual dates are wall-clock times there. `warnings` are added to those of the dates."""
    if plan.is_summary(command.task):
        return Failure(Code.SUMMARY_HAS_NO_OWN_PROGRESS, "a summary's progress follows from its tasks; report on those")
    if failure := _contradiction(command, state):
        return failure
    last = state.progress_as_of or context.now
    as_of = context.effective_at or max(context.now, last)  # a report without a date is never older than the last
    late = as_of < last
    done = _done(command, state, taken_back=command.percent_complete == 0 and context.reason is not None)
    if command.actual_finish and done.percent < DONE:
        return Failure(
            Code.ACTUAL_FINISH_WITHOUT_COMPLETION,
            f"a task that is finished is complete to 100 %, not {done.percent} %",
        )
    if not late and not context.reason and (failure := _fall(state, done)):
        return failure
    reported = as_of.astimezone(zone).replace(tzinfo=None)
    finish = (command.actual_finish or state.actual_finish or reported) if done.percent == DONE else None
    start = _start(command, state, done, reported, finish, reason=context.reason)
    if failure := _impossible(command, start, finish, context.now.astimezone(zone).replace(tzinfo=None)):
        return failure
    recorded = TaskProgressRecorded(
        task=command.task,
        percent_complete=done.percent,
        physical_percent=done.physical,
        remaining=done.remaining,
        resume=done.resume,
        actual_start=start,
        actual_finish=finish,
        as_of=as_of,
    )
    if late:
        return happened(command.task, recorded)
    if (done, start, finish) == (_known(state), state.actual_start, state.actual_finish):
        return Success()
    told = [*about_constraint(state.constraint, start, finish), *about_deadline(state.deadline, finish)]
    return happened(command.task, recorded, warnings=(*told, *(warnings if start else ())))


def _contradiction(command: RecordProgress, state: TaskState) -> Failure | None:
    """The refusal of what cannot be said together."""
    percent, remaining = command.percent_complete, command.remaining
    if command.resume and (DONE in (percent, _percent(command, state)) or remaining == 0):
        return Failure(Code.PROGRESS_CONTRADICTS_ITSELF, "of a task that is finished nothing is left to go on")
    if remaining is None:
        return None
    if remaining and state.duration.tenths == 0:
        return Failure(Code.MILESTONE_HAS_NO_LENGTH, "of a milestone nothing remains; give it a duration first")
    if remaining and (percent == DONE or command.actual_finish):
        return Failure(
            Code.PROGRESS_CONTRADICTS_ITSELF,
            f"a task that is finished leaves nothing to do, but {remaining} tenths of a minute are said to remain",
        )
    if remaining == 0 and percent is not None and percent < DONE:
        return Failure(
            Code.PROGRESS_CONTRADICTS_ITSELF, f"a task of which nothing remains is complete to 100 %, not {percent} %"
        )
    return None


def _done(command: RecordProgress, state: TaskState, *, taken_back: bool) -> _Done:
    percent, remaining = command.percent_complete, command.remaining
    if percent is None:
        percent = _percent(command, state)
    same = percent == state.percent_complete and not taken_back
    if remaining is None:
        remaining = state.remaining if same else None
    physical = command.physical_percent
    if physical is None and (same or percent > 0):
        physical = state.physical_percent
    leaves = percent == DONE or remaining is None or remaining * DONE == state.duration.tenths * (DONE - percent)
    resume = command.resume or (state.resume if same and command.remaining is None else None)
    return _Done(percent, physical, None if leaves else remaining, None if percent == DONE else resume)


def _percent(command: RecordProgress, state: TaskState) -> int:
    """The percentage where none is given: what remains tells it, rounded down; what was done before stays done."""
    remaining, total, known = command.remaining, state.duration.tenths, state.percent_complete
    if command.actual_finish or remaining == 0:
        return DONE
    if remaining is None:
        return known
    percent = max(0, (total - remaining) * DONE // total)
    return percent if known == DONE else max(percent, known)


def _known(state: TaskState) -> _Done:
    return _Done(state.percent_complete, state.physical_percent, state.remaining, state.resume)


def _fall(state: TaskState, done: _Done) -> Failure | None:
    """The refusal of less than was reported before: without a reason nobody knows which of the two is true."""
    for what, before, after in (
        ("progress", state.percent_complete, done.percent),
        ("physical progress", state.physical_percent or 0, done.physical or 0),
    ):
        if after < before:
            return Failure(
                Code.PROGRESS_FALLS_WITHOUT_REASON, f"{what} falls from {before} % to {after} %; give the reason"
            )
    return None


def _start(
    command: RecordProgress,
    state: TaskState,
    done: _Done,
    reported: datetime,
    finish: datetime | None,
    *,
    reason: str | None,
) -> datetime | None:
    if command.actual_start:
        return command.actual_start
    taken_back = command.percent_complete == 0 and reason is not None
    if not done.begun and (state.percent_complete > 0 or taken_back):
        return None
    if state.actual_start or not done.begun:
        return state.actual_start
    return min(reported, finish) if finish else reported


def _impossible(
    command: RecordProgress, start: datetime | None, finish: datetime | None, now: datetime
) -> Failure | None:
    """The refusal of dates that cannot have been; `now` is on the wall of the project."""
    for what, moment in (("start", command.actual_start), ("finish", command.actual_finish)):
        if moment and moment > now:
            return Failure(Code.ACTUAL_IN_FUTURE, f"the actual {what} ({moment}) lies in the future; it is {now} there")
    if start and finish and finish < start:
        return Failure(Code.ACTUAL_FINISH_BEFORE_START, f"the actual finish ({finish}) lies before the start ({start})")
    return None


async def _record(command: RecordProgress, session: Session, context: Context) -> Result:
    loaded = await load_task(command, session, context)
    if isinstance(loaded, Failure):
        return loaded
    project, plan, state = loaded
    links = holding(plan, command.task)
    before = await session.load_all([TASK.at(link.predecessor, context.branch) for link in links])
    warnings = out_of_sequence(plan, list(zip(links, before, strict=True)))
    return decide_progress(command, plan, state, ZoneInfo(project.time_zone), context, warnings)


HANDLERS = (Handler("RecordProgress", RecordProgress, _record, task_queue, task_tag),)
