"""Plans that Microsoft Project saved, where they are at hand."""

from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from dateutil.rrule import rrulestr
from lxml import etree

from src.importing import read_mspdi
from src.importing.xml_stream import NAMESPACE
from src.scheduling import CalendarException, LagUnit

from .mspdi_text import codes, left_out

PLANS = Path(__file__).parents[2].parent / "shared" / "data" / "plans"
COUNTS = {  # tasks, without the project's own, and links
    "m01-commercial-construction": (145, 176),
    "m03-new-product": (42, 37),
    "m05-software-development-plan": (86, 84),
    "m06-software-development-tracked": (86, 84),
    "m10-new-product-dev": (25, 24),
    "m13-actuals-partial-progress": (15, 13),
    "n01-task-links-p2003": (16, 8),
    "n05-relations": (5, 4),
    "n10-task-baselines-p2003": (55, 0),
    "n11-calendar-recurring-exceptions-p2016": (0, 0),
    "n22-calendar-test": (3, 0),
}

pytestmark = pytest.mark.skipif(not PLANS.is_dir(), reason=f"the real plans are not at {PLANS}")


def plan_file(name: str) -> Path:
    """Where a real plan is."""
    return PLANS / f"{name}.xml"


@pytest.mark.parametrize("name", COUNTS)
def test_every_plan_is_read_whole(name: str) -> None:
    """All tasks and links of a real plan are taken over."""
    plan = read_mspdi(plan_file(name))
    assert (len(plan.tasks), len(plan.links)) == COUNTS[name]


@pytest.mark.parametrize("name", COUNTS)
def test_the_tree_is_the_one_that_microsoft_project_numbered(name: str) -> None:
    """The WBS codes counted from the tree are the file's outline numbers."""
    plan = read_mspdi(plan_file(name))
    assert codes(plan) == {entry.uid: entry.outline_number for entry in plan.tasks}


def test_what_stays_behind_is_listed() -> None:
    """A real plan's assignments of nobody and its baselines are counted."""
    assert left_out(read_mspdi(plan_file("m01-commercial-construction"))) == {"unassigned assignments": 1}
    assert left_out(read_mspdi(plan_file("m06-software-development-tracked")))["tasks with baselines"] == 86


def test_staff_is_read_whole() -> None:
    """The building plan's people are all on their tasks; one assignment names nobody."""
    plan = read_mspdi(plan_file("m01-commercial-construction"))
    found = len(plan.calendars), len(plan.resources), len(plan.assignments), plan.unassigned
    assert found == (34, 32, 158, 1)


def test_recurring_exceptions_give_the_dates_that_microsoft_project_expanded_them_to() -> None:
    """Twenty-seven exceptions are read once, and recur on exactly the dates written beside them for older readers."""
    path = plan_file("n11-calendar-recurring-exceptions-p2016")
    exceptions = read_mspdi(path).calendars[0].exceptions
    assert len(exceptions) == 27
    old = [
        [date.fromisoformat(entry[f"{name}Date"][:10]) for name in ("From", "To")]
        for entry in (
            {child.tag.rpartition("}")[2]: child.text or "" for child in period}
            for period in etree.parse(path).iterfind(f".//{{{NAMESPACE}}}WeekDay/{{{NAMESPACE}}}TimePeriod")
        )
    ]
    expected = {start + timedelta(days) for start, finish in old for days in range((finish - start).days + 1)}
    assert {day for exception in exceptions for day in dates_of(exception)} == expected


def dates_of(exception: CalendarException) -> set[date]:
    """The dates that an exception is for."""
    start, finish = (datetime.combine(day, time()) for day in (exception.start, exception.finish))
    rule = rrulestr(exception.recurrence or "FREQ=DAILY", dtstart=start)
    return {entry.date() for entry in rule.between(start, finish, inc=True)}


def test_percent_lags_are_whole_per_cents() -> None:
    """The leads of 50 and 75 per cent in the software plan are read as such."""
    plan = read_mspdi(plan_file("m05-software-development-plan"))
    per_cent = sorted(entry.lag.amount for entry in plan.links if entry.lag.unit is LagUnit.PERCENT)
    assert per_cent == [-75, -50, -50]


def test_all_link_types_are_read() -> None:
    """A file with one link of each type gives one of each."""
    plan = read_mspdi(plan_file("n05-relations"))
    assert sorted(entry.type for entry in plan.links) == ["FF", "FS", "SF", "SS"]


def test_progress_is_read_with_its_dates() -> None:
    """Finished tasks have both dates, started ones the first, others none."""
    plan = read_mspdi(plan_file("m13-actuals-partial-progress"))
    leaves = [entry for entry in plan.tasks if entry.duration is not None]
    assert [entry for entry in leaves if entry.percent_complete == 100 and entry.actual_finish is None] == []
    assert [entry for entry in leaves if bool(entry.percent_complete) != bool(entry.actual_start)] == []
