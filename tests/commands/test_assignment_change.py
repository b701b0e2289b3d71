"""What becomes of an assignment: other units, work and delay, what is done of it, and its end."""

from datetime import timedelta
from typing import Any

import pytest

from src.commands.codes import Code
from src.commands.task import SetDuration
from src.commands.task_state import TASK
from src.events.staffing import TaskUnstaffed
from src.events.task import (
    ActualWorkRecorded,
    AssignmentDelaySet,
    AssignmentUnitsChanged,
    AssignmentWorkSet,
    ResourceUnassigned,
)
from src.scheduling import Duration, TaskType
from src.testing import NOW, done
from tests.commands.garden import PLOT
from tests.commands.staff import (
    ANN,
    BOB,
    BUSY,
    DAY,
    HALF,
    THERE,
    TWO,
    A,
    assign,
    change_units,
    deactivate,
    lasts,
    of_type,
    set_delay,
    set_work,
    unassign,
    withdraw,
    worked,
)

# --- changing -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "type_, follows",
    [
        (TaskType.FIXED_UNITS, lasts(DAY // 2)),
        (TaskType.FIXED_WORK, lasts(DAY // 2)),
        (TaskType.FIXED_DURATION, AssignmentWorkSet(task=A, resource=ANN, work=2 * DAY)),
    ],
)
async def test_units_are_changed(type_: TaskType, follows: Any) -> None:
    """What follows is in the same append."""
    changed = AssignmentUnitsChanged(task=A, resource=ANN, units=TWO)
    events = [changed, follows] if isinstance(follows, AssignmentWorkSet) else [follows, changed]
    await BUSY.also(of_type(type_)).when(change_units("ann", 2)).idempotent().then(*events)


async def test_work_is_set() -> None:
    """Not below what is done."""
    longer = (lasts(2 * DAY), AssignmentWorkSet(task=A, resource=ANN, work=2 * DAY))
    await BUSY.when(set_work("ann", 2 * DAY)).idempotent().then(*longer)
    begun = BUSY.also(worked("ann", 600))
    await begun.when(set_work("ann", 599)).refused(Code.WORK_BELOW_ACTUAL, actual_work=600)
    left = (await begun.when(set_work("ann", 700)).state(TASK.at(A))).assignments[ANN]
    assert (left.actual_work, left.to_come) == (600, 100)


async def test_a_delay_is_set() -> None:
    """The task is over when everybody is."""
    delayed = AssignmentDelaySet(task=A, resource=ANN, delay=600)
    await BUSY.when(set_delay("ann", 600)).idempotent().then(delayed, lasts(DAY + 600))


async def test_another_duration_is_more_work_for_everybody() -> None:
    """As the type of the task says."""
    both = BUSY.also(assign("bob", units=HALF))
    await (
        both.when(SetDuration(project=PLOT, task=A, duration=Duration(tenths=2 * DAY)))
        .idempotent()
        .then(
            lasts(2 * DAY),
            AssignmentWorkSet(task=A, resource=BOB, work=DAY),
            AssignmentWorkSet(task=A, resource=ANN, work=2 * DAY),
        )
    )


async def test_what_no_task_can_have_is_refused() -> None:
    """A century at most, and no work in no time."""
    slow = BUSY.also(set_work("ann", 500_000_000))
    await slow.when(change_units("ann", HALF)).refused(Code.WORK_OUT_OF_RANGE)
    fixed = BUSY.also(of_type(TaskType.FIXED_WORK))
    nothing = SetDuration(project=PLOT, task=A, duration=Duration(tenths=0))
    await fixed.when(nothing).refused(Code.WORK_OUT_OF_RANGE)


async def test_who_has_left_the_project_is_given_no_more() -> None:
    """Nor who is not active any more; both can be unassigned."""
    over = BUSY.also(worked("ann", DAY), withdraw("ann"))
    idle = BUSY.also(deactivate("ann"))
    for there, code in ((over, Code.RESOURCE_NOT_IN_PROJECT), (idle, Code.RESOURCE_INACTIVE)):
        for command in (change_units("ann", 2), set_work("ann", 2 * DAY), set_delay("ann", 1)):
            await there.when(command).refused(code)
        assert not (await there.when(unassign("ann")).state(TASK.at(A))).assignments[ANN].live


async def test_who_is_done_with_it_is_asked_for_nothing_more() -> None:
    """Another duration is for the others."""
    there = BUSY.also(assign("bob"), worked("ann", DAY), withdraw("ann"))
    longer = SetDuration(project=PLOT, task=A, duration=Duration(tenths=2 * DAY))
    await there.when(longer).then(lasts(2 * DAY), AssignmentWorkSet(task=A, resource=BOB, work=2 * DAY))


# --- unassigning --------------------------------------------------------------------------------------------------


async def test_a_resource_is_unassigned() -> None:
    """The task lasts as long as it did."""
    unassigned = ResourceUnassigned(task=A, resource=ANN)
    unstaffed = TaskUnstaffed(project=PLOT, resource=ANN, task=A)
    await BUSY.when(unassign("ann")).idempotent().then(unassigned, unstaffed)


async def test_what_was_done_is_kept() -> None:
    """Also when the resource comes back."""
    gone = BUSY.also(worked("ann", 600), unassign("ann"))
    assert (await gone.state(TASK.at(A))).assignments[ANN].actual_work == 600
    back = (await gone.when(assign("ann")).state(TASK.at(A))).assignments[ANN]
    assert (back.live, back.actual_work, back.to_come) == (True, 600, DAY - 600)


async def test_the_others_take_over_where_effort_drives() -> None:
    """What is still to come."""
    both = THERE.also(assign("ann"), assign("bob"), of_type(TaskType.FIXED_UNITS, effort_driven=True))
    await both.when(unassign("bob")).then(
        ResourceUnassigned(task=A, resource=BOB),
        lasts(2 * DAY),
        AssignmentWorkSet(task=A, resource=ANN, work=2 * DAY),
        TaskUnstaffed(project=PLOT, resource=BOB, task=A),
    )


# --- actual work --------------------------------------------------------------------------------------------------


async def test_actual_work_is_recorded() -> None:
    """What remains is what the work leaves, or what is said."""
    for said, remaining in ((None, DAY - 600), (5, 5)):
        recorded = ActualWorkRecorded(task=A, resource=ANN, actual_work=600, remaining_work=remaining, as_of=NOW)
        await BUSY.when(worked("ann", 600, remaining_work=said)).idempotent().then(recorded)


async def test_actual_work_falls_only_with_a_reason() -> None:
    """The same is so already."""
    yesterday = done(worked("ann", 600), now=NOW - timedelta(days=1))
    there = BUSY.also(yesterday)
    await there.when(worked("ann", 599)).refused(Code.ACTUAL_WORK_FALLS_WITHOUT_REASON)
    less = ActualWorkRecorded(task=A, resource=ANN, actual_work=599, remaining_work=DAY - 599, as_of=NOW)
    await there.when(worked("ann", 599), reason="counted twice").then(less)
    await there.when(worked("ann", 600)).nothing()


async def test_a_late_report_changes_nothing_now() -> None:
    """What counts is the report of the latest effective time."""
    there = BUSY.also(worked("ann", 600))
    before = NOW - timedelta(days=1)
    late = ActualWorkRecorded(task=A, resource=ANN, actual_work=300, remaining_work=DAY - 300, as_of=before)
    report = there.when(worked("ann", 300), effective_at=before)
    await report.then(late)
    assert (await report.state(TASK.at(A))).assignments[ANN].actual_work == 600


async def test_who_has_left_has_nothing_left_to_do() -> None:
    """A correction leaves no work either, unless the resource comes back."""
    there = BUSY.also(worked("ann", DAY), withdraw("ann"))
    await there.when(worked("ann", 600), reason="less").refused(Code.RESOURCE_NOT_IN_PROJECT)
    recorded = ActualWorkRecorded(task=A, resource=ANN, actual_work=600, remaining_work=0, as_of=NOW)
    await there.when(worked("ann", 600, remaining_work=0), reason="less").then(recorded)
