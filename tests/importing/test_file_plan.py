"""A file as the schedule sees it, and how the schedule agrees with the file."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from src.importing.comparison import Agreement, Difference, compare
from src.importing.file_plan import NO_PROJECT, plan_of_file
from src.importing.identities import Identities
from src.importing.plan_file import FileAssignment, FileCalendar, FileDates, FileResource, PlanFile
from src.scheduling import (
    Calendar,
    PlannedAssignment,
    PlannedLink,
    ResourceType,
    Schedule,
    ScheduledTask,
    TaskMode,
    Weekday,
)

from .made import MONDAY, leaf, plan

IDS = Identities(NO_PROJECT)
DATES = FileDates(early_start=MONDAY, early_finish=MONDAY, late_start=MONDAY, late_finish=MONDAY)


def staffed() -> PlanFile:
    """Two tasks, of which one has somebody and some material, under a calendar and its base."""
    base = FileCalendar(1, "Base", None, {Weekday.MONDAY: ()}, (), (), 1)
    return plan(
        leaf(1),
        leaf(2, calendar=2, deadline=MONDAY, mode=TaskMode.MANUAL, manual_start=MONDAY),
        links=("1>2 SS+10",),
        calendars=(base, replace(base, uid=2, base=1, weekdays={})),
        calendar=1,
        resources=(
            FileResource(1, "Ada", ResourceType.WORK, Decimal(1), 1, calendar=2),
            FileResource(2, "Sand", ResourceType.MATERIAL, Decimal(1), 1, unit="t"),
        ),
        assignments=(
            FileAssignment(1, 2, 1, Decimal("0.5"), 2400, 0, 2400, 600, 1),
            FileAssignment(2, 2, 2, Decimal(3), 0, 0, 0, 0, 1),
        ),
        critical_slack=4800,
    )


def test_a_file_becomes_a_plan() -> None:
    """Everything that dates follow from is there, under the ids that an import gives; material moves nothing."""
    made = plan_of_file(staffed())
    assert [task.id for task in made.tasks] == [IDS.task(1), IDS.task(2)]
    second = made.tasks[1]
    assert (second.calendar, second.deadline, second.mode) == (IDS.calendar(2), MONDAY, "manual")
    assert (second.start, second.finish) == (MONDAY, None)
    assert second.assignments == (PlannedAssignment(IDS.resource(1), Decimal("0.5"), 2400, IDS.calendar(2), 600),)
    assert isinstance(made.links[0], PlannedLink)
    assert (made.links[0].predecessor, made.links[0].successor) == (IDS.task(1), IDS.task(2))
    assert made.calendars[IDS.calendar(2)] == Calendar("UTC", base=IDS.calendar(1))
    assert (made.start, made.calendar, made.critical_slack) == (MONDAY, IDS.calendar(1), 4800)


def test_a_file_without_a_start_is_no_plan() -> None:
    """Nothing can be dated from nowhere."""
    with pytest.raises(ValueError, match="when the plan starts"):
        plan_of_file(replace(staffed(), start=None))


def scheduled(uid: int, start: datetime) -> ScheduledTask:
    """A task that takes no time."""
    names = ("start", "finish", "early_start", "early_finish", "late_start", "late_finish")
    dates: dict[str, Any] = dict.fromkeys(names, start)
    slack: dict[str, Any] = dict.fromkeys(("start_slack", "finish_slack", "total_slack", "free_slack"), 0)
    return ScheduledTask(task=IDS.task(uid), critical=True, duration=0, percent_complete=0, **dates, **slack)


def schedule(*tasks: ScheduledTask) -> Schedule:
    """A schedule of these tasks."""
    return Schedule(MONDAY, MONDAY, {task.task: task for task in tasks})


def test_a_comparison_counts_the_dates_that_the_file_gives() -> None:
    """Summaries are not counted, nor is a date that is absent; what differs is named with both dates."""
    later = MONDAY + timedelta(minutes=1)
    file = plan(
        leaf(1, dates=DATES),
        leaf(2, 1, dates=DATES),
        leaf(3, 1, name="Dig", dates=replace(DATES, late_start=None)),
        leaf(4, dates=FileDates(early_start=MONDAY)),
    )
    found = compare(file, schedule(scheduled(1, later), scheduled(2, MONDAY), scheduled(3, later)))
    assert found.fields == {
        "early_start": Agreement(1, 3),
        "early_finish": Agreement(1, 2),
        "late_start": Agreement(1, 1),
        "late_finish": Agreement(1, 2),
    }
    assert found.differences[0] == Difference(3, "Dig", "early_start", MONDAY, later)
    assert found.differences[-1] == Difference(4, "T4", "early_start", MONDAY, None)
    assert len(found.differences) == 4


def test_the_same_dates_agree_wholly() -> None:
    """Nothing differs where all is the same."""
    found = compare(plan(leaf(1, dates=DATES)), schedule(scheduled(1, MONDAY)))
    assert set(found.fields.values()) == {Agreement(1, 1)}
    assert found.differences == ()
