"""Progress of tasks: what a report says, what follows from it, and what cannot be."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError
from uuid_utils.compat import uuid4

from src.commands.codes import Code
from src.commands.plan import DeleteTask
from src.commands.task import RecordProgress
from src.commands.task_state import TASK
from src.events.task import (
    TaskProgressRecorded,
)
from src.scheduling import Constraint, ConstraintType
from src.wiring import App
from tests.acting import Actor, newcomer
from tests.commands.world import facts

NOW = datetime(2026, 7, 15, 10, tzinfo=UTC)
HERE = datetime(2026, 7, 15, 12)
MONDAY = datetime(2026, 7, 13, 8)
MUST_START = Constraint(type=ConstraintType.MUST_START_ON, date=MONDAY)


@pytest.fixture
async def ann(shared: App) -> Actor:
    """A planner."""
    return await newcomer(shared.commands)


Report = dict[str, Any]


async def _reports(ann: Actor, *reports: Report, **circumstances: Any) -> Any:
    """Reports on a new task of a project in Berlin; the last one is given as the test says."""
    project = await ann.project(f"Shed {uuid4()}", time_zone="Europe/Berlin")
    task = await ann.task(project)
    for report in reports[:-1]:
        await ann.do(RecordProgress(project=project, task=task, **report), now=NOW - timedelta(days=1), reason="known")
    return RecordProgress(project=project, task=task, **reports[-1]), {"now": NOW, **circumstances}


_YESTERDAY = HERE - timedelta(days=1)
_FOLLOWS: list[tuple[list[Report], Report]] = [
    ([{"percent_complete": 30}], {"percent_complete": 30, "actual_start": HERE}),
    ([{"percent_complete": 100}], {"percent_complete": 100, "actual_start": HERE, "actual_finish": HERE}),
    ([{"actual_start": MONDAY}], {"percent_complete": 0, "actual_start": MONDAY}),
    ([{"percent_complete": 5, "actual_start": MONDAY}], {"percent_complete": 5, "actual_start": MONDAY}),
    ([{"actual_finish": MONDAY}], {"percent_complete": 100, "actual_start": MONDAY, "actual_finish": MONDAY}),
    (
        [{"percent_complete": 30}, {"percent_complete": 100}],
        {"percent_complete": 100, "actual_start": _YESTERDAY, "actual_finish": HERE},
    ),
    (
        [{"percent_complete": 100}, {"actual_start": MONDAY}],
        {"percent_complete": 100, "actual_start": MONDAY, "actual_finish": _YESTERDAY},
    ),
    ([{"percent_complete": 30}, {"percent_complete": 20}], {"percent_complete": 20, "actual_start": _YESTERDAY}),
    ([{"percent_complete": 100}, {"percent_complete": 20}], {"percent_complete": 20, "actual_start": _YESTERDAY}),
    ([{"percent_complete": 100}, {"percent_complete": 0}], {"percent_complete": 0}),
]


@pytest.mark.parametrize("reports, recorded", _FOLLOWS)
async def test_what_a_report_leaves_out_follows(
    shared: App, ann: Actor, reports: list[Report], recorded: Report
) -> None:
    """Progress implies a start, 100 % a finish, a finish 100 %; times are those on the wall of the project."""
    command, circumstances = await _reports(ann, *reports, reason="known")
    head = await shared.log.head()
    assert (await ann.do(command, **circumstances)).changed
    assert await facts(shared.log, head) == [TaskProgressRecorded(task=command.task, **recorded, as_of=NOW)]
    assert not (await ann.do(command, **circumstances)).changed


_REFUSED: list[tuple[list[Report], Code]] = [
    ([{"percent_complete": 30}, {"percent_complete": 29}], Code.PROGRESS_FALLS_WITHOUT_REASON),
    ([{"percent_complete": 99, "actual_finish": MONDAY}], Code.ACTUAL_FINISH_WITHOUT_COMPLETION),
    ([{"actual_start": HERE + timedelta(seconds=1)}], Code.ACTUAL_IN_FUTURE),
    ([{"percent_complete": 100, "actual_finish": HERE + timedelta(days=1)}], Code.ACTUAL_IN_FUTURE),
    ([{"actual_start": HERE, "actual_finish": MONDAY}], Code.ACTUAL_FINISH_BEFORE_START),
    ([{"percent_complete": 1}, {"actual_finish": MONDAY}], Code.ACTUAL_FINISH_BEFORE_START),
    ([{"actual_finish": MONDAY}, {"actual_start": HERE}], Code.ACTUAL_FINISH_BEFORE_START),
]


@pytest.mark.parametrize("reports, code", _REFUSED)
async def test_a_report_that_cannot_be_is_refused(shared: App, ann: Actor, reports: list[Report], code: Code) -> None:
    """Progress falls with a reason only; nothing is done before it begins, or in the future."""
    command, circumstances = await _reports(ann, *reports)
    head = await shared.log.head()
    assert (await ann.refused(command, **circumstances)).code is code
    assert await shared.log.head() == head


async def test_a_report_that_says_nothing_new_is_quiet(ann: Actor) -> None:
    """Nothing, or what is known."""
    quiet: list[list[Report]] = [
        [{}],
        [{"percent_complete": 0}],
        [{"percent_complete": 40}, {"percent_complete": 40}, {}],
    ]
    for reports in quiet:
        command, circumstances = await _reports(ann, *reports)
        assert not (await ann.do(command, **circumstances)).changed


async def test_a_report_of_the_past_begins_when_it_was(shared: App, ann: Actor) -> None:
    """The effective time is stored with the event, and stands for the times that are not given."""
    command, circumstances = await _reports(ann, {"percent_complete": 100})
    effective = datetime(2026, 1, 9, 22, 30, tzinfo=UTC)
    wall = effective.astimezone(ZoneInfo("Europe/Berlin")).replace(tzinfo=None)
    accepted = await ann.do(command, **circumstances, effective_at=effective)
    (recorded,) = await shared.log.read(accepted.position - 1, 1)
    assert recorded.effective_at == effective
    assert recorded.event == TaskProgressRecorded(
        task=command.task, percent_complete=100, actual_start=wall, actual_finish=wall, as_of=effective
    )


async def test_a_report_is_not_in_the_future_when_clocks_are_set_back(ann: Actor) -> None:
    """In the hour that comes twice, half an hour ago may be later on the wall than now."""
    command, _ = await _reports(ann, {"percent_complete": 10})
    now = datetime(2025, 10, 26, 1, 10, tzinfo=UTC)
    assert (await ann.do(command, now=now, effective_at=now - timedelta(minutes=30))).changed


async def test_a_late_report_of_an_earlier_time_changes_nothing_now(shared: App, ann: Actor) -> None:
    """It is no fall, it is kept as history, and the later report goes on to count."""
    command, circumstances = await _reports(ann, {"percent_complete": 50})
    await ann.do(command, **circumstances)
    earlier = command.model_copy(update={"percent_complete": 30})
    accepted = await ann.do(earlier, **circumstances, effective_at=NOW - timedelta(days=3))
    (recorded,) = await shared.log.read(accepted.position - 1, 1)
    assert isinstance(recorded.event, TaskProgressRecorded)
    assert recorded.event.percent_complete == 30
    state = await shared.commands.session(ann.context()).load(TASK.at(command.task))
    assert state.percent_complete == 50


async def test_an_actual_start_can_be_taken_back_with_a_reason(shared: App, ann: Actor) -> None:
    """A report of 0 % with a reason leaves a task that has not begun."""
    command, circumstances = await _reports(ann, {"actual_start": MONDAY})
    await ann.do(command, **circumstances)
    nothing = RecordProgress(project=command.project, task=command.task, percent_complete=0)
    assert not (await ann.do(nothing, **circumstances)).changed
    assert (await ann.do(nothing, **circumstances, reason="reported on the wrong task")).changed
    state = await shared.commands.session(ann.context()).load(TASK.at(command.task))
    assert not state.has_progress


async def test_a_summary_has_no_progress_of_its_own(ann: Actor) -> None:
    """It is reported on its tasks."""
    project = await ann.project()
    summary = await ann.task(project)
    task = await ann.task(project, parent=summary)
    refusal = await ann.refused(RecordProgress(project=project, task=summary, percent_complete=10))
    assert refusal.code is Code.SUMMARY_HAS_NO_OWN_PROGRESS
    await ann.do(DeleteTask(project=project, task=task))
    assert (await ann.do(RecordProgress(project=project, task=summary, percent_complete=10))).changed


@pytest.mark.parametrize(
    "report",
    [{"percent_complete": 101}, {"percent_complete": -1}, {"percent_complete": 0.5}, {"actual_start": NOW}],
)
def test_what_is_no_report_is_no_command(report: Report) -> None:
    """Whole per cent from 0 to 100, and times on the wall."""
    with pytest.raises(ValidationError):
        RecordProgress(project=uuid4(), task=uuid4(), **report)
