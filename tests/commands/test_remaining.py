"""Reports of what remains, and of the physical progress: what follows from them, and what cannot be."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from src.commands.codes import Code
from src.commands.progress import RecordProgress
from src.commands.task import SetDuration
from src.commands.task_state import TASK
from src.events.task import TaskDeadlineSet, TaskDurationChanged, TaskProgressRecorded
from src.scheduling import Duration
from src.testing import Decision, done
from tests.commands.garden import PLOT, garden, id_of

NOW = datetime(2026, 7, 15, 10, tzinfo=UTC)
HERE = NOW.replace(tzinfo=None)
YESTERDAY = HERE - timedelta(days=1)
NEXT_WEEK = HERE + timedelta(days=7)
A = id_of("a")
TASK_OF_A_DAY = garden(a="")  # 4,800 tenths of a minute

Report = dict[str, Any]


def recorded(**fields: Any) -> TaskProgressRecorded:
    """What is stored of a report on the task."""
    return TaskProgressRecorded(task=A, **{"as_of": NOW, **fields})


def reported(*reports: Report, **circumstances: Any) -> Decision:
    """Reports on the task; the last one is given as the test says, those before yesterday."""
    known = [RecordProgress(project=PLOT, task=A, **each) for each in reports[:-1]]
    before = TASK_OF_A_DAY.also(done(*known, now=NOW - timedelta(days=1), reason="known"))
    return before.when(RecordProgress(project=PLOT, task=A, **reports[-1]), **{"now": NOW, **circumstances})


FOLLOWS: list[tuple[list[Report], Report]] = [
    ([{"remaining": 2400}], {"percent_complete": 50, "actual_start": HERE}),
    ([{"remaining": 1700}], {"percent_complete": 64, "remaining": 1700, "actual_start": HERE}),
    ([{"remaining": 1}], {"percent_complete": 99, "remaining": 1, "actual_start": HERE}),
    ([{"remaining": 9600}], {"percent_complete": 0, "remaining": 9600, "actual_start": HERE}),
    ([{"remaining": 0}], {"percent_complete": 100, "actual_start": HERE, "actual_finish": HERE}),
    (
        [{"percent_complete": 100, "remaining": 0}],
        {"percent_complete": 100, "actual_start": HERE, "actual_finish": HERE},
    ),
    ([{"percent_complete": 25, "remaining": 3600}], {"percent_complete": 25, "actual_start": HERE}),
    ([{"percent_complete": 25, "remaining": 9600}], {"percent_complete": 25, "remaining": 9600, "actual_start": HERE}),
    (
        [{"percent_complete": 50}, {"remaining": 3600}],
        {"percent_complete": 50, "remaining": 3600, "actual_start": YESTERDAY},
    ),
    ([{"remaining": 3600}, {"remaining": 1200}], {"percent_complete": 75, "actual_start": YESTERDAY}),
    (
        [{"percent_complete": 25, "remaining": 9600}, {"percent_complete": 50}],
        {"percent_complete": 50, "actual_start": YESTERDAY},
    ),
    (
        [{"percent_complete": 25, "remaining": 9600}, {"actual_start": HERE}],
        {"percent_complete": 25, "remaining": 9600, "actual_start": HERE},
    ),
    ([{"percent_complete": 100}, {"remaining": 2400}], {"percent_complete": 50, "actual_start": YESTERDAY}),
    ([{"remaining": 9600}, {"percent_complete": 0}], {"percent_complete": 0}),
    ([{"resume": NEXT_WEEK}], {"percent_complete": 0, "resume": NEXT_WEEK, "actual_start": HERE}),
    (
        [{"percent_complete": 25, "resume": NEXT_WEEK}, {"physical_percent": 9}],
        {"percent_complete": 25, "physical_percent": 9, "resume": NEXT_WEEK, "actual_start": YESTERDAY},
    ),
    (
        [{"percent_complete": 25, "resume": NEXT_WEEK}, {"percent_complete": 50}],
        {"percent_complete": 50, "actual_start": YESTERDAY},
    ),
    ([{"physical_percent": 30}], {"percent_complete": 0, "physical_percent": 30, "actual_start": HERE}),
    (
        [{"physical_percent": 30}, {"percent_complete": 60}],
        {"percent_complete": 60, "physical_percent": 30, "actual_start": YESTERDAY},
    ),
    (
        [{"percent_complete": 60}, {"physical_percent": 30}],
        {"percent_complete": 60, "physical_percent": 30, "actual_start": YESTERDAY},
    ),
    (
        [{"physical_percent": 30}, {"percent_complete": 100}],
        {"percent_complete": 100, "physical_percent": 30, "actual_start": YESTERDAY, "actual_finish": HERE},
    ),
    ([{"physical_percent": 30, "percent_complete": 60}, {"percent_complete": 0}], {"percent_complete": 0}),
    (
        [{"physical_percent": 30}, {"physical_percent": 0}],
        {"percent_complete": 0, "physical_percent": 0, "actual_start": YESTERDAY},
    ),
]


@pytest.mark.parametrize("reports, follows", FOLLOWS)
async def test_what_a_report_leaves_out_follows(reports: list[Report], follows: Report) -> None:
    """What remains gives the percentage, rounded down, but takes nothing back; what else is known stays."""
    await reported(*reports, reason="known").idempotent().then(recorded(**follows))


REFUSED: list[tuple[list[Report], Code]] = [
    ([{"percent_complete": 100, "remaining": 1}], Code.PROGRESS_CONTRADICTS_ITSELF),
    ([{"percent_complete": 99, "remaining": 0}], Code.PROGRESS_CONTRADICTS_ITSELF),
    ([{"actual_finish": YESTERDAY, "remaining": 1}], Code.PROGRESS_CONTRADICTS_ITSELF),
    ([{"percent_complete": 100, "resume": NEXT_WEEK}], Code.PROGRESS_CONTRADICTS_ITSELF),
    ([{"remaining": 0, "resume": NEXT_WEEK}], Code.PROGRESS_CONTRADICTS_ITSELF),
    ([{"percent_complete": 100}, {"resume": NEXT_WEEK}], Code.PROGRESS_CONTRADICTS_ITSELF),
    ([{"percent_complete": 100}, {"remaining": 2400}], Code.PROGRESS_FALLS_WITHOUT_REASON),
    ([{"physical_percent": 30}, {"physical_percent": 29}], Code.PROGRESS_FALLS_WITHOUT_REASON),
    ([{"physical_percent": 30, "percent_complete": 9}, {"percent_complete": 0}], Code.PROGRESS_FALLS_WITHOUT_REASON),
]


@pytest.mark.parametrize("reports, code", REFUSED)
async def test_a_report_that_cannot_be_is_refused(reports: list[Report], code: Code) -> None:
    """What is complete leaves nothing to do; physical progress falls with a reason only, too."""
    await reported(*reports).refused(code)


async def test_a_report_that_says_nothing_new_is_quiet() -> None:
    """What remains anyway, and the percentage that was told with what remains."""
    both = {"percent_complete": 25, "remaining": 9600}
    quiet: list[list[Report]] = [
        [{"remaining": 4800}],
        [{"percent_complete": 25}, {"remaining": 3600}],
        [both, {"remaining": 9600}],
        [both, {"percent_complete": 25}],
        [both, both],
        [{"physical_percent": 7}, {"physical_percent": 7}],
    ]
    for reports in quiet:
        await reported(*reports).nothing()


async def test_of_a_milestone_nothing_remains() -> None:
    """Before it is complete, and after."""
    milestone = TASK_OF_A_DAY.also(TaskDurationChanged(task=A, duration=Duration(tenths=0)))
    left = RecordProgress(project=PLOT, task=A, remaining=10)
    await milestone.when(left).refused(Code.MILESTONE_HAS_NO_LENGTH)
    complete = recorded(percent_complete=100, actual_start=HERE, actual_finish=HERE)
    await milestone.when(RecordProgress(project=PLOT, task=A, remaining=0), now=NOW).idempotent().then(complete)


async def test_a_new_duration_forgets_what_remained_of_the_old_one() -> None:
    """It is what the percentage leaves again."""
    known = TASK_OF_A_DAY.also(recorded(percent_complete=25, remaining=9600, actual_start=HERE))
    longer = known.when(SetDuration(project=PLOT, task=A, duration=Duration(tenths=9600)))
    state = await longer.state(TASK.at(A))
    assert (state.percent_complete, state.remaining) == (25, None)


async def test_a_late_report_changes_nothing_now() -> None:
    """Neither what remains nor the physical progress."""
    earlier = NOW - timedelta(days=3)
    late = reported(
        {"percent_complete": 25, "physical_percent": 5, "remaining": 9600}, {"remaining": 4700}, effective_at=earlier
    )
    state = await late.state(TASK.at(A))
    assert (state.percent_complete, state.physical_percent, state.remaining) == (25, 5, 9600)


async def test_a_task_that_misses_its_deadline_is_complete_with_a_warning() -> None:
    """It happened."""
    due = TASK_OF_A_DAY.also(TaskDeadlineSet(task=A, deadline=YESTERDAY))
    finished = RecordProgress(project=PLOT, task=A, percent_complete=100)
    complete = recorded(percent_complete=100, actual_start=HERE, actual_finish=HERE)
    await due.when(finished, now=NOW).then(complete, warnings=["DEADLINE_MISSED"])
