"""Where Microsoft Project departs from the plain rules of the critical path. March 2, 2026, is a Monday."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import pytest

from src.scheduling import (
    Calendar,
    Constraint,
    ConstraintType,
    Duration,
    Hold,
    PlannedAssignment,
    PlannedTask,
    ScheduleCode,
    Split,
    TaskMode,
    TaskType,
    UnschedulableError,
    schedule,
)
from tests.scheduling.plans import DAY, HOUR, LONG, MONDAY, NIGHT, at, id_of, link, plan, scheduled, task

LATE = Constraint(type=ConstraintType.AS_LATE_AS_POSSIBLE)


@pytest.mark.parametrize("type_", [ConstraintType.START_NO_EARLIER_THAN, ConstraintType.FINISH_NO_EARLIER_THAN])
def test_a_task_of_its_own_may_begin_before_the_project(type_: ConstraintType) -> None:
    """Without links, a task that may not be earlier than a date is where that is."""
    clock = "08:00" if type_ is ConstraintType.START_NO_EARLIER_THAN else "17:00"
    (one,) = scheduled(task(1, constraint=Constraint(type=type_, date=at(f"4 {clock}"))), start=at("Mon 9 08:00"))
    assert one.early_start == at("Wed 4 08:00")


def test_a_finish_that_is_held_begins_nothing_before_the_project() -> None:
    """Five days that may end with the first day still begin with the project."""
    _, long_ = scheduled(task(1), task(2, 5), link(1, 2, "FF"))
    assert long_.early_start == MONDAY


def test_a_lead_may_begin_a_task_before_the_project() -> None:
    """Fifteen days before the end of a task of one day is before it all began."""
    _, two = scheduled(task(1), task(2), link(1, 2, lag=-3), start=at("Mon 9 08:00"))
    assert two.early_start == at("Thu 5 08:00")


def test_the_finish_that_a_link_names_keeps_its_name() -> None:
    """A task that ends when another begins ends on Monday morning, not on Friday evening."""
    _, _, before = scheduled(task(1, 5), task(2), task(3), link(1, 2), link(2, 3, "SF"))
    assert (before.early_start, before.early_finish) == (at("Fri 6 08:00"), at("Mon 9 08:00"))


def test_what_follows_a_task_as_late_as_possible_follows_its_late_dates() -> None:
    """Early dates too: a task that is put off puts off what waits for it."""
    waiting, after, _ = scheduled(task(1, constraint=LATE), task(2), task(3, 5), link(1, 2))
    assert (waiting.early_start, waiting.start) == (MONDAY, at("Thu 5 08:00"))
    assert after.early_start == after.start == at("Fri 6 08:00")
    assert waiting.drivers[0].hold is Hold.CONSTRAINT


def test_fixed_durations_are_counted_by_the_calendar_of_the_task() -> None:
    """The calendars of resources do not stretch a duration that is fixed."""
    worker = PlannedAssignment(UUID(int=7), calendar=LONG)
    (one,) = scheduled(task(1, assignments=(worker,), type=TaskType.FIXED_DURATION), start=at("Mon 9 08:00"))
    assert one.early_start == at("Mon 9 08:00")


def test_what_waits_for_the_start_of_a_summary_waits_for_its_first_task() -> None:
    """The others may be as late as the end of the project."""
    parts = task(2, parent=id_of(1)), task(3, parent=id_of(1))
    _, first, second, follower = scheduled(task(1, 0), *parts, task(4, 5), link(1, 4, "SS"), link(2, 3))
    assert follower.early_start == MONDAY
    assert (first.total_slack, second.late_finish) == (0, at("Fri 6 17:00"))


def test_a_manual_task_is_not_bounded_by_what_waits_for_its_start() -> None:
    """Somebody has put it there; only what waits for its finish counts."""
    put = task(1, mode=TaskMode.MANUAL, start=MONDAY, finish=at("Mon 2 17:00"))
    one, _ = scheduled(put, task(2, 5), link(1, 2, "SS"))
    assert one.late_finish == at("Fri 6 17:00")


def test_a_started_task_may_not_finish_before_its_date() -> None:
    """A finish no earlier than Wednesday holds for a task that began on Monday."""
    held = Constraint(type=ConstraintType.FINISH_NO_EARLIER_THAN, date=at("Wed 4 17:00"))
    (one,) = scheduled(task(1, constraint=held, actual_start=MONDAY))
    assert (one.early_start, one.early_finish) == (MONDAY, at("Wed 4 17:00"))


def test_started_milestones_leave_room_until_their_late_finish() -> None:
    """A milestone that has begun takes no time, so nothing of it is left to go on."""
    begun = task(2, 0, actual_start=at("Tue 3 17:00"), percent_complete=30)
    one, _, _ = scheduled(task(1, 2, actual_start=MONDAY, percent_complete=30), begun, task(3, 5), link(1, 2))
    assert one.late_finish == at("Fri 6 17:00")


def test_remaining_says_what_the_percentage_cannot() -> None:
    """A third of three days is left exactly, though 67 per cent are not two thirds."""
    begun = task(1, 3, actual_start=MONDAY, percent_complete=67, remaining=DAY, resume=at("Thu 5 08:00"))
    (one,) = scheduled(begun)
    assert one.finish == at("Thu 5 17:00")
    assert one.duration == 3 * 8 * HOUR


def test_a_percentage_is_of_what_a_summary_comes_to() -> None:
    """Half of ten days, whatever duration the summary had before it was one."""
    summary, part = task(1, 1), task(2, 10, parent=id_of(1))
    *_, after = scheduled(summary, part, task(3), link(1, 3, lag=50, unit="percent"))
    assert after.early_start == at("Mon 23 08:00")


def test_what_a_summary_was_before_rests() -> None:
    """Neither its elapsed duration nor its calendar count while it has tasks below it."""
    night = PlannedTask(id_of(2), duration=Duration(tenths=240 * HOUR, elapsed=True), calendar=NIGHT)
    _, summary, part = scheduled(task(1), night, task(3, 2, parent=id_of(2)), link(1, 2, lag=1))
    assert (summary.start, summary.duration) == (at("Wed 4 08:00"), 2 * DAY)
    assert part.early_start == at("Wed 4 08:00")


def test_links_of_a_summary_are_looked_at_once() -> None:
    """Many links into a summary of many tasks: each task names some of those that hold it, at most fifty."""
    before = [task(number) for number in range(1, 101)]
    parts = [task(number, parent=id_of(200)) for number in range(201, 301)]
    links = [link(number, 200) for number in range(1, 101)]
    found = scheduled(*before, task(200, 0), *parts, *links)
    assert {len(each.drivers) for each in found[101:]} == {50}


@pytest.mark.parametrize("date, zone", [("0001-01-01T00:00", "America/New_York"), ("9999-12-31T20:00", "Asia/Tokyo")])
def test_another_zone_at_the_edge_of_time_is_out_of_range(date: str, zone: str) -> None:
    """A moment that the other zone does not have is a plan without a schedule, not an error of arithmetic."""
    far = UUID(int=40)
    then = Constraint(type=ConstraintType.START_NO_EARLIER_THAN, date=datetime.fromisoformat(date))
    made = replace(plan(task(1, constraint=then)), time_zone="Europe/Berlin", calendar=far)
    with pytest.raises(UnschedulableError) as error:
        schedule(replace(made, calendars={far: Calendar(zone)}))
    assert error.value.code is ScheduleCode.DATE_OUT_OF_RANGE


@pytest.mark.parametrize(
    "percent, resume, finish",
    [
        (0, None, "5 17:00"),
        (25, None, "5 17:00"),
        (50, None, "5 17:00"),
        (75, None, "5 17:00"),
        (50, "9 08:00", "10 12:00"),
    ],
)
def test_a_started_task_is_interrupted_once(percent: int, resume: str | None, finish: str) -> None:
    """Three days with a gap of one end on Thursday, however far it is; unless it is said when the rest goes on."""
    gap = Split(after=3 * DAY // 2, gap=DAY)
    going_on = None if resume is None else at(resume)
    begun = task(1, 3, splits=(gap,), actual_start=MONDAY, percent_complete=percent, resume=going_on)
    assert scheduled(begun)[0].finish == at(finish)


def test_resources_of_several_calendars_keep_a_link_to_the_finish() -> None:
    """The finish lies where the link lets it be: for one at work at night that is the evening, named as work begins."""
    crew = PlannedAssignment(UUID(int=7)), PlannedAssignment(UUID(int=8), calendar=NIGHT)
    *_, last = scheduled(task(1, 9 / 8), task(2, 1 / 8, assignments=crew), link(1, 2, "FF", 1 / DAY))
    assert (last.early_start, last.early_finish) == (at("Tue 3 05:00"), at("Tue 3 22:00"))


def test_a_summary_is_as_late_as_its_last_task_by_the_same_name() -> None:
    """Morning and evening are one moment for who works at night, and no slack for a summary that works by day."""
    worker = PlannedAssignment(UUID(int=7), calendar=NIGHT)
    parts = task(2, parent=id_of(1)), task(3, 1 / 8, parent=id_of(1), assignments=(worker,))
    summary, *_ = scheduled(task(1, 0), *parts, link(2, 3, "FF", 1 / DAY))
    assert (summary.early_finish, summary.late_finish) == (at("Tue 3 22:00"), at("Tue 3 22:00"))
    assert summary.finish_slack == 0


def test_delayed_resources_keep_a_link_to_the_finish() -> None:
    """Whose work ends at the moment is known by where it was laid, however long one of them waits first."""
    crew = PlannedAssignment(UUID(int=7), delay=HOUR), PlannedAssignment(UUID(int=8), calendar=NIGHT)
    _, last = scheduled(task(1), task(2, 1 / 4, assignments=crew), link(1, 2, "SF"))
    assert last.early_finish == MONDAY


def test_a_task_starts_before_the_delays_of_its_resources() -> None:
    """The delay of each is after the start of the task, early as late: no slack is lost by it."""
    crew = PlannedAssignment(UUID(int=7), delay=HOUR), PlannedAssignment(UUID(int=8), calendar=NIGHT, delay=HOUR)
    (both,) = scheduled(task(1, assignments=crew))
    assert (both.early_start, both.late_start, both.total_slack) == (MONDAY, MONDAY, 0)
