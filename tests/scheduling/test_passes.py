"""What the passes make of small plans, by Microsoft Project's rules. March 2, 2026, is a Monday."""

import gc
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import pytest

from src.scheduling import (
    Constraint,
    ConstraintType,
    Driver,
    Duration,
    Hold,
    PlannedAssignment,
    PlannedTask,
    ScheduleCode,
    Split,
    TaskMode,
    UnschedulableError,
    schedule,
)
from tests.scheduling.plans import DAY, HOUR, LONG, MONDAY, NIGHT, at, id_of, link, plan, scheduled, task


def test_first_task_begins_when_work_does() -> None:
    """A project that starts on a Saturday begins on Monday morning."""
    (one,) = scheduled(task(1), start=at("Sat 7 10:00"))
    assert (one.early_start, one.early_finish) == (at("Mon 9 08:00"), at("Mon 9 17:00"))


@pytest.mark.parametrize(
    "type_, lag, unit, start, finish",
    [
        ("FS", 0, "working", "Wed 4 08:00", "Wed 4 17:00"),
        ("FS", 1, "working", "Thu 5 08:00", "Thu 5 17:00"),
        ("FS", -1, "working", "Tue 3 08:00", "Tue 3 17:00"),
        ("FS", 5, "elapsed", "Mon 9 08:00", "Mon 9 17:00"),
        ("FS", 50, "percent", "Thu 5 08:00", "Thu 5 17:00"),
        ("FS", -50, "percent", "Tue 3 08:00", "Tue 3 17:00"),
        ("FS", 50, "elapsed_percent", "Wed 4 08:00", "Wed 4 17:00"),
        ("SS", 0, "working", "Mon 2 08:00", "Mon 2 17:00"),
        ("SS", 1, "working", "Tue 3 08:00", "Tue 3 17:00"),
        ("FF", 0, "working", "Tue 3 08:00", "Tue 3 17:00"),
        ("FF", 1, "working", "Wed 4 08:00", "Wed 4 17:00"),
        ("SF", 1, "working", "Mon 2 08:00", "Mon 2 17:00"),
        ("SF", 3, "working", "Wed 4 08:00", "Wed 4 17:00"),
    ],
)
def test_link_types_and_lags(type_: str, lag: float, unit: str, start: str, finish: str) -> None:
    """A task of a day behind one of two days, by each type of link and unit of lag."""
    _, two = scheduled(task(1, 2), task(2), link(1, 2, type_, lag, unit))
    assert (two.early_start, two.early_finish) == (at(start), at(finish))


def test_lag_is_counted_by_the_successors_calendar() -> None:
    """Eight hours of lag before a night shift are eight hours of the night shift."""
    _, two = scheduled(task(1), task(2, calendar=NIGHT), link(1, 2, lag=1))
    assert two.early_start == at("Tue 3 22:00")


def test_the_last_of_several_predecessors_counts() -> None:
    """A task begins when all that it waits for are done, and has no link to its start but the last."""
    *_, three = scheduled(task(1, 2), task(2, 3), task(3), link(1, 3), link(2, 3))
    assert three.early_start == at("Thu 5 08:00")
    assert three.drivers == (Driver(Hold.LINK, link(2, 3).id),)


def test_slack_is_what_a_task_can_move() -> None:
    """Beside three days, two have a day of slack; behind them is the end of the project."""
    short, long_, _ = scheduled(task(1, 2), task(2, 3), task(3), link(1, 3), link(2, 3))
    assert (short.total_slack, short.free_slack, short.critical) == (DAY, DAY, False)
    assert (long_.total_slack, long_.free_slack, long_.critical) == (0, 0, True)
    assert (short.late_start, short.late_finish) == (at("Tue 3 08:00"), at("Wed 4 17:00"))


def test_free_slack_is_less_than_total_where_something_follows() -> None:
    """What a task can move without moving its successor, and without moving the end."""
    first, _, _ = scheduled(task(1), task(2), task(3, 5), link(1, 2))
    assert (first.total_slack, first.free_slack) == (3 * DAY, 0)


@pytest.mark.parametrize(
    "type_, date, start",
    [
        (ConstraintType.START_NO_EARLIER_THAN, "Thu 5 08:00", "Thu 5 08:00"),
        (ConstraintType.START_NO_EARLIER_THAN, "Mon 2 08:00", "Wed 4 08:00"),
        (ConstraintType.FINISH_NO_EARLIER_THAN, "Thu 5 17:00", "Thu 5 08:00"),
        (ConstraintType.START_NO_LATER_THAN, "Tue 3 08:00", "Tue 3 08:00"),
        (ConstraintType.START_NO_LATER_THAN, "Fri 6 08:00", "Wed 4 08:00"),
        (ConstraintType.FINISH_NO_LATER_THAN, "Tue 3 17:00", "Tue 3 08:00"),
        (ConstraintType.MUST_START_ON, "Tue 3 08:00", "Tue 3 08:00"),
        (ConstraintType.MUST_FINISH_ON, "Fri 6 17:00", "Fri 6 08:00"),
    ],
)
def test_constraints(type_: ConstraintType, date: str, start: str) -> None:
    """A task of a day that could begin on Wednesday: some constraints only delay it, others override the logic."""
    constraint = Constraint(type=type_, date=at(date))
    _, two = scheduled(task(1, 2), task(2, constraint=constraint), link(1, 2))
    assert two.early_start == at(start)


def test_a_date_that_the_logic_misses_is_negative_slack() -> None:
    """To finish by Monday what needs until Wednesday is two days too little."""
    by_monday = Constraint(type=ConstraintType.FINISH_NO_LATER_THAN, date=at("Mon 2 17:00"))
    one, two = scheduled(task(1, 2), task(2, constraint=by_monday), link(1, 2))
    assert (one.total_slack, two.total_slack) == (-2 * DAY, 0)
    assert one.critical


def test_deadline_moves_nothing_and_shows_in_the_slack() -> None:
    """A deadline caps the late finish, below nothing if it is missed."""
    (late,) = scheduled(task(1, 2, deadline=at("Mon 2 17:00")))
    assert (late.early_finish, late.total_slack) == (at("Tue 3 17:00"), -DAY)


def test_as_late_as_possible_goes_to_its_late_dates() -> None:
    """It starts as late as what follows allows, and so has no free slack; its early dates stay."""
    late = Constraint(type=ConstraintType.AS_LATE_AS_POSSIBLE)
    one, _, _ = scheduled(task(1, constraint=late), task(2), task(3, 4), link(1, 2))
    assert (one.start, one.early_start, one.free_slack) == (at("Wed 4 08:00"), MONDAY, 0)


def test_must_finish_of_the_project_is_where_slack_ends() -> None:
    """By the date that the project must finish on, not by when it does."""
    (one,) = scheduled(task(1), must_finish=at("Wed 4 17:00"))
    assert one.total_slack == 2 * DAY


def test_actual_start_overrides_all() -> None:
    """What has begun has begun, on a Sunday and before its predecessor was done."""
    begun = task(2, actual_start=at("Sun 1 10:00"))
    _, two = scheduled(task(1, 2), begun, link(1, 2))
    assert (two.start, two.finish) == (at("Sun 1 10:00"), at("Mon 2 17:00"))
    assert two.drivers == (Driver(Hold.ACTUAL_START),)


def test_the_rest_of_a_started_task_goes_on_where_it_resumes() -> None:
    """Half done on Monday and resumed on Thursday, a task of two days ends on Thursday."""
    begun = task(1, 2, actual_start=MONDAY, percent_complete=50, resume=at("Thu 5 08:00"))
    (one,) = scheduled(begun)
    assert one.finish == at("Thu 5 17:00")


def test_who_waits_before_a_started_task_has_until_its_rest() -> None:
    """What comes before a task that is under way may end as late as that goes on."""
    before = task(1, 1, actual_start=MONDAY, percent_complete=50)
    begun = task(2, 2, actual_start=at("Tue 3 08:00"), percent_complete=50)
    one, _ = scheduled(before, begun, link(1, 2))
    assert (one.late_start, one.late_finish) == (MONDAY, at("Tue 3 17:00"))


def test_completed_tasks_have_no_slack_and_hold_nobody() -> None:
    """What is done is where it was, critical no more, and what came before may take until the end of the project."""
    done = task(2, actual_start=at("Tue 3 08:00"), actual_finish=at("Wed 4 12:00"), percent_complete=100)
    one, two, _ = scheduled(task(1), done, task(3, 5), link(1, 2))
    assert (two.finish, two.late_finish, two.total_slack, two.critical) == (at("Wed 4 12:00"),) * 2 + (0, False)
    assert one.late_finish == at("Fri 6 17:00")


def test_manual_tasks_stay_and_drive() -> None:
    """A task that somebody has put somewhere stays there, before its predecessor, and its successor follows."""
    put = task(2, mode=TaskMode.MANUAL, start=at("Tue 3 08:00"), finish=at("Tue 3 17:00"))
    _, two, three = scheduled(task(1, 5), put, task(3), link(1, 2), link(2, 3))
    assert (two.start, two.drivers) == (at("Tue 3 08:00"), (Driver(Hold.MANUAL),))
    assert three.early_start == at("Wed 4 08:00")


def test_manual_task_without_dates_is_scheduled() -> None:
    """Until somebody gives it a start, it is where the logic has it."""
    _, two = scheduled(task(1), task(2, mode=TaskMode.MANUAL), link(1, 2))
    assert two.start == at("Tue 3 08:00")


def test_milestones_stay_at_the_end_of_the_day() -> None:
    """A milestone is when its predecessor ends, not when work begins again."""
    _, milestone, after = scheduled(task(1), task(2, 0), task(3), link(1, 2), link(2, 3))
    assert milestone.early_start == milestone.early_finish == at("Mon 2 17:00")
    assert after.early_start == at("Tue 3 08:00")


def test_elapsed_durations_go_on_at_night() -> None:
    """Twenty-four elapsed hours from Friday evening end on Saturday evening."""
    concrete = PlannedTask(id_of(2), duration=Duration(tenths=24 * HOUR, elapsed=True))
    _, two, three = scheduled(task(1, 5), concrete, task(3), link(1, 2), link(2, 3))
    assert (two.early_start, two.early_finish) == (at("Fri 6 17:00"), at("Sat 7 17:00"))
    assert three.early_start == at("Mon 9 08:00")


def test_splits_interrupt_a_task() -> None:
    """A gap of a day after the first of two days makes three of them."""
    (one,) = scheduled(task(1, 2, splits=(Split(after=DAY, gap=DAY),)))
    assert (one.finish, one.duration) == (at("Wed 4 17:00"), 2 * DAY)


def test_summary_is_rolled_up() -> None:
    """It lasts from its first task to its last, and is done as far as their durations are."""
    part = {"parent": id_of(1)}
    done = {"actual_start": MONDAY, "actual_finish": at("Mon 2 17:00"), "percent_complete": 100}
    summary, *_ = scheduled(task(1, 0), task(2, 1, **part, **done), task(3, 3, **part), link(2, 3))
    assert (summary.start, summary.finish, summary.duration) == (MONDAY, at("Thu 5 17:00"), 4 * DAY)
    assert summary.percent_complete == 25


def test_link_of_a_summary_holds_all_its_tasks() -> None:
    """What a summary waits for, each of its tasks waits for; who waits for it waits for the last of them."""
    summary = task(2, 0)
    parts = task(3, 1, parent=id_of(2)), task(4, 2, parent=id_of(2))
    *_, three, four, five = scheduled(task(1), summary, *parts, task(5), link(1, 2), link(2, 5))
    assert three.early_start == four.early_start == at("Tue 3 08:00")
    assert three.drivers == (Driver(Hold.LINK, link(1, 2).id),)
    assert (five.early_start, three.total_slack) == (at("Thu 5 08:00"), DAY)


def test_summary_starts_no_earlier_with_all_its_tasks() -> None:
    """The constraint of a summary is one of each task below it."""
    later = Constraint(type=ConstraintType.START_NO_EARLIER_THAN, date=at("Wed 4 08:00"))
    _, two = scheduled(task(1, 0, constraint=later), task(2, parent=id_of(1)))
    assert two.early_start == at("Wed 4 08:00")


def test_calendars_of_task_and_resource_meet() -> None:
    """A task with a calendar waits for when its resource works as well, unless it ignores that."""
    worker = PlannedAssignment(UUID(int=7), calendar=LONG)
    (both,) = scheduled(task(1, calendar=NIGHT, assignments=(worker,)))
    assert both.early_start == at("Mon 2 22:00")  # they have nothing in common: the task's own
    (alone,) = scheduled(task(1, assignments=(worker,)), start=at("Mon 9 08:00"))
    assert alone.early_start == at("Sat 14 09:00")
    (ignoring,) = scheduled(task(1, assignments=(worker,), ignores_resource_calendars=True), start=at("Mon 9 08:00"))
    assert ignoring.early_start == at("Mon 9 08:00")


def test_each_resource_works_by_its_own_calendar() -> None:
    """A task begins with the first of its resources and ends with the last."""
    day, night = PlannedAssignment(UUID(int=7)), PlannedAssignment(UUID(int=8), Decimal(2), 2 * DAY, NIGHT)
    (one,) = scheduled(task(1, assignments=(day, night)))
    assert (one.start, one.finish) == (MONDAY, at("Tue 3 06:00"))


def test_cycle_is_refused() -> None:
    """A plan whose tasks wait for each other has no schedule; the error names them."""
    with pytest.raises(UnschedulableError) as error:
        schedule(plan(task(1), task(2), link(1, 2), link(2, 1)))
    assert error.value.code is ScheduleCode.LINK_CYCLE
    assert set(error.value.about) == {id_of(1), id_of(2)}


def test_summaries_that_contain_each_other_are_refused() -> None:
    """An outline that goes in a circle has no schedule; the error names the tasks of the circle and those below."""
    circle = task(1, parent=id_of(2)), task(2, parent=id_of(1)), task(3, parent=id_of(2))
    with pytest.raises(UnschedulableError) as error:
        schedule(plan(*circle, task(4)))
    assert error.value.code is ScheduleCode.LINK_CYCLE
    assert set(error.value.about) == {id_of(1), id_of(2), id_of(3)}


def test_unknown_calendar_is_refused() -> None:
    """A calendar that is not there cannot be counted by."""
    with pytest.raises(UnschedulableError) as error:
        scheduled(task(1, calendar=UUID(int=77)))
    assert error.value.code is ScheduleCode.CALENDAR_UNKNOWN


def test_dates_end_with_the_year_9999() -> None:
    """What would end later is refused, not an error of arithmetic."""
    with pytest.raises(UnschedulableError) as error:
        scheduled(task(1, 20_000), start=datetime(9950, 1, 4))
    assert error.value.code is ScheduleCode.DATE_OUT_OF_RANGE


def test_plan_without_tasks_is_its_start() -> None:
    """Nothing to do takes no time."""
    empty = schedule(plan(start=datetime(2026, 3, 2, 8)))
    assert (empty.start, empty.finish, empty.tasks) == (MONDAY, MONDAY, {})


def test_no_network_is_left_to_be_searched_for() -> None:
    """What a schedule leaves behind for the garbage collector are its calendars, however many tasks there are."""

    def garbage(size: int) -> int:
        links = [link(number, number + 1) for number in range(1, size)]
        chain = plan(*(task(number) for number in range(1, size + 1)), *links)
        gc.collect()
        gc.disable()
        try:
            schedule(chain)
            return gc.collect()
        finally:
            gc.enable()

    assert garbage(200) <= garbage(2)
