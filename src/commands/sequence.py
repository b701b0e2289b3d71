"""Work out of sequence: a task has begun, and what it should have waited for is not finished."""

from collections.abc import Iterable
from uuid import UUID

from ..scheduling import LinkType
from .breakdown import Link, PlanState
from .result import Warned
from .task_state import TaskState

_MOST_NAMED = 5


def holding(plan: PlanState, task: UUID) -> list[Link]:
    """The links by which the start of the task, or of a summary above it, waits for the finish of another task.

    Those with a lead are left out, as with one a task may begin before, and those from summaries: when these finish
    only the schedule knows.
    """
    waiting = (task, *plan.ancestors(task))
    links = [plan.links[link] for each in waiting for link in plan.incoming.get(each, ())]
    held = [
        link
        for link in links
        if link.type is LinkType.FINISH_START and link.lag.amount >= 0 and not plan.is_summary(link.predecessor)
    ]
    return sorted(held, key=lambda link: link.predecessor)


def out_of_sequence(plan: PlanState, before: Iterable[tuple[Link, TaskState]]) -> tuple[Warned, ...]:
    """The warning for a task that begins now, when of those with their states `before` it some are not complete."""
    open_ = dict.fromkeys(link.predecessor for link, state in before if state.actual_finish is None)
    if not open_:
        return ()
    named = ", ".join(plan.wbs(task) for task in list(open_)[:_MOST_NAMED])
    more = f" and {len(open_) - _MOST_NAMED} more" if len(open_) > _MOST_NAMED else ""
    return (Warned("PROGRESS_OUT_OF_SEQUENCE", f"it should wait for tasks that are not finished: {named}{more}"),)
