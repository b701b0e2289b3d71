"""Interruptions of a task: where they may lie, and what they forbid."""

import pytest
from pydantic import ValidationError

from src.commands.codes import Code
from src.commands.task import SetDuration
from src.commands.task_schedule import (
    MAX_SPLITS,
    SplitTask,
)
from src.events.task import (
    TaskDurationChanged,
    TaskSplit,
)
from src.scheduling import Duration
from tests.commands.leaf import ELAPSED, LEAF, MILESTONE, ON_A, SUMMARY, A, splits

# --- interruptions ------------------------------------------------------------------------------------------------


async def test_a_task_is_interrupted_and_goes_through_again() -> None:
    """All interruptions are given at once."""
    plan = LEAF
    for wanted in (splits((600, 4800)), splits((1, 1), (4799, 1)), ()):
        event = TaskSplit(task=A, splits=wanted)
        await plan.when(SplitTask(**ON_A, splits=wanted)).idempotent().then(event)
        plan = plan.also(event)


@pytest.mark.parametrize(
    "wrong",
    [((600, 0),), ((0, 10),), ((4800, 10),), ((5000, 10),), ((600, 10), (600, 10)), ((1200, 10), (600, 10))],
)
async def test_interruptions_lie_within_the_task_one_after_the_other(wrong: tuple[tuple[int, int], ...]) -> None:
    """Each takes some time; the task has done something before, and something is left to do."""
    await LEAF.when(SplitTask(**ON_A, splits=splits(*wrong))).refused(Code.SPLITS_INVALID)


async def test_what_has_no_working_duration_of_its_own_is_not_interrupted() -> None:
    """A milestone, a task of elapsed duration, a summary."""
    command = SplitTask(**ON_A, splits=splits((600, 10)))
    for plan, code in (
        (MILESTONE, Code.TASK_CANNOT_BE_SPLIT),
        (ELAPSED, Code.TASK_CANNOT_BE_SPLIT),
        (SUMMARY, Code.SUMMARY_SPLIT),
    ):
        await plan.when(command).refused(code)
        await plan.when(SplitTask(**ON_A, splits=())).nothing()


def test_a_task_has_a_bounded_number_of_interruptions() -> None:
    """Nobody plans more."""
    with pytest.raises(ValidationError):
        SplitTask(**ON_A, splits=splits(*[(after, 1) for after in range(1, MAX_SPLITS + 2)]))


async def test_a_duration_does_not_end_before_an_interruption() -> None:
    """The refusal says where that is; longer it may be, but in working time."""
    plan = LEAF.also(TaskSplit(task=A, splits=splits((600, 10), (1200, 10))))
    for duration in (Duration(tenths=1200), Duration(tenths=0), Duration(tenths=9600, elapsed=True)):
        await plan.when(SetDuration(**ON_A, duration=duration)).refused(Code.TASK_IS_SPLIT, after=1200)
    longer = Duration(tenths=1201)
    await plan.when(SetDuration(**ON_A, duration=longer)).then(TaskDurationChanged(task=A, duration=longer))
