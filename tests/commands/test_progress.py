"""Progress of tasks: what a report says, what follows from it, and what cannot be."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError
from uuid_utils.compat import uuid4

from src.commands.codes import Code
from src.commands.progress import RecordProgress
from src.commands.project import CreateProject
from src.commands.task_state import TASK
from src.events.task import TaskProgressRecorded
from src.testing import Decision, done, given
from tests.commands.garden import PLOT, add, delete, garden, id_of

NOW = datetime(2026, 7, 15, 10, tzinfo=UTC)
HERE = datetime(2026, 7, 15, 12)
MONDAY = datetime(2026, 7, 13, 8)
A = id_of("a")

Report = dict[str, Any]


def report(**fields: Any) -> RecordProgress:
    """A report on the task."""
    return RecordProgress(project=PLOT, task=A, **fields)


def recorded(**fields: Any) -> TaskProgressRecorded:
    """What is stored of a report on it."""
    return TaskProgressRecorded(task=A, **{"as_of": NOW, **fields})


def reported(*reports: Report, **circumstances: Any) -> Decision:
    """Reports on a task of a project in Berlin; the last one is given as the test says, those before yesterday."""
    task = given(CreateProject(project=PLOT, name="Shed", time_zone="Europe/Berlin"), add("a"))
    known = [report(**each) for each in reports[:-1]]
    before = task.also(done(*known, now=NOW - timedelta(days=1), reason="known"))
    return before.when(report(**reports[-1]), **{"now": NOW, **circumstances})


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


@pytest.mark.parametrize("reports, follows", _FOLLOWS)
async def test_what_a_report_leaves_out_follows(reports: list[Report], follows: Report) -> None:
    """Progress implies a start, 100 % a finish, a finish 100 %; times are those on the wall of the project."""
    await reported(*reports, reason="known").idempotent().then(recorded(**follows))


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
async def test_a_report_that_cannot_be_is_refused(reports: list[Report], code: Code) -> None:
    """Progress falls with a reason only; nothing is done before it begins, or in the future."""
    await reported(*reports).refused(code)


async def test_a_report_that_says_nothing_new_is_quiet() -> None:
    """Nothing, or what is known."""
    quiet: list[list[Report]] = [[{}], [{"percent_complete": 0}], [*[{"percent_complete": 40}] * 2, {}]]
    for reports in quiet:
        await reported(*reports).nothing()


async def test_a_report_of_the_past_begins_when_it_was() -> None:
    """The effective time stands for the times that are not given."""
    effective = datetime(2026, 1, 9, 22, 30, tzinfo=UTC)
    wall = effective.astimezone(ZoneInfo("Europe/Berlin")).replace(tzinfo=None)
    finished = recorded(percent_complete=100, actual_start=wall, actual_finish=wall, as_of=effective)
    await reported({"percent_complete": 100}, effective_at=effective).then(finished)


async def test_a_report_is_not_in_the_future_when_clocks_are_set_back() -> None:
    """In the hour that comes twice, half an hour ago may be later on the wall than now."""
    now = datetime(2025, 10, 26, 1, 10, tzinfo=UTC)
    begun = now - timedelta(minutes=30)
    started = recorded(percent_complete=10, actual_start=datetime(2025, 10, 26, 2, 40), as_of=begun)
    await reported({"percent_complete": 10}, now=now, effective_at=begun).then(started)


async def test_a_late_report_of_an_earlier_time_changes_nothing_now() -> None:
    """It is no fall, it is kept as history, and the later report goes on to count."""
    earlier = NOW - timedelta(days=3)
    late = reported({"percent_complete": 50}, {"percent_complete": 30}, effective_at=earlier)
    await late.then(recorded(percent_complete=30, actual_start=HERE - timedelta(days=1), as_of=earlier))
    assert (await late.state(TASK.at(A))).percent_complete == 50


async def test_an_actual_start_can_be_taken_back_with_a_reason() -> None:
    """A report of 0 % with a reason leaves a task that has not begun."""
    reports = ({"actual_start": MONDAY}, {"percent_complete": 0})
    await reported(*reports).nothing()
    taken_back = reported(*reports, reason="reported on the wrong task")
    await taken_back.then(recorded(percent_complete=0))
    assert not (await taken_back.state(TASK.at(A))).has_progress


async def test_a_summary_has_no_progress_of_its_own() -> None:
    """It is reported on its tasks."""
    plan, tenth = garden(a="", b="a"), report(percent_complete=10)
    await plan.when(tenth, now=NOW).refused(Code.SUMMARY_HAS_NO_OWN_PROGRESS)
    begun = recorded(percent_complete=10, actual_start=NOW.replace(tzinfo=None))
    await plan.also(delete("b")).when(tenth, now=NOW).then(begun)


@pytest.mark.parametrize(
    "report",
    [{"percent_complete": 101}, {"percent_complete": -1}, {"percent_complete": 0.5}, {"actual_start": NOW}],
)
def test_what_is_no_report_is_no_command(report: Report) -> None:
    """Whole per cent from 0 to 100, and times on the wall."""
    with pytest.raises(ValidationError):
        RecordProgress(project=uuid4(), task=uuid4(), **report)
