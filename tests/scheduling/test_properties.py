"""What holds of the schedule of any plan."""

import random
from dataclasses import replace
from datetime import timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from src.scheduling import Constraint, ConstraintType, Duration, Lag, LinkType, Plan, schedule
from src.scheduling.dependency import dependency_of
from src.scheduling.network import Network
from src.scheduling.working_time import moment_of
from tests.examples import examples
from tests.scheduling.plans import DAY, MONDAY, dates, id_of, link, plan, plans, task

LATER = (LinkType.FINISH_START, LinkType.START_START, LinkType.FINISH_FINISH)
MOMENTS = st.integers(0, 60 * 24 * 60).map(lambda minute: moment_of(MONDAY) + minute * 10)


@examples(50)
@given(plans())
def test_same_plan_same_schedule(made: Plan) -> None:
    """The schedule is a function of the plan."""
    assert schedule(made) == schedule(made)


@examples(50)
@given(plans(), st.randoms(use_true_random=False))
def test_order_of_the_input_does_not_matter(made: Plan, dice: random.Random) -> None:
    """Tasks and links in any order give the same dates, slack and drivers."""
    tasks, links = list(made.tasks), list(made.links)
    dice.shuffle(tasks)
    dice.shuffle(links)
    assert schedule(replace(made, tasks=tuple(tasks), links=tuple(links))).tasks == schedule(made).tasks


@examples(50)
@given(plans(constrained=False, begun=False), MOMENTS, MOMENTS)
def test_a_link_is_one_formula_in_both_directions(made: Plan, p: int, s: int) -> None:
    """For each link forward(p) <= s if and only if p <= backward(s), in working moments of the successor."""
    activities = {activity.task.id: activity for activity in Network(made).activities}
    for each in made.links:
        dependency = dependency_of(each, activities[each.predecessor], activities[each.successor])
        time = dependency.time
        after, before = dependency.forward(p), dependency.backward(s)
        assert (time.worked(after) <= time.worked(s)) == (time.worked(p) <= time.worked(before))


@examples(50)
@given(plans(leads=False, types=LATER, begun=False), st.integers(0, 3 * DAY), st.data())
def test_a_longer_lag_moves_nothing_to_an_earlier_date(made: Plan, more: int, data: st.DataObject) -> None:
    """Early dates grow with the lags, where there is no ALAP and no SF."""
    made = replace(made, tasks=tuple(replace(t, constraint=_never_late(t.constraint)) for t in made.tasks))
    assume(made.links)
    which = data.draw(st.integers(0, len(made.links) - 1))
    changed = made.links[which]
    longer = replace(changed, lag=Lag(amount=changed.lag.amount + more, unit=changed.lag.unit))
    before = schedule(made).tasks
    after = schedule(replace(made, links=(*made.links[:which], longer, *made.links[which + 1 :]))).tasks
    for id_, was in before.items():
        assert after[id_].early_start >= was.early_start
        assert after[id_].early_finish >= was.early_finish


@examples(50)
@given(plans(leads=False, types=LATER[:2], begun=False), st.integers(0, 3 * DAY), st.data())
def test_a_longer_task_moves_nothing_to_an_earlier_date(made: Plan, more: int, data: st.DataObject) -> None:
    """Early dates grow with the durations, where no link holds a finish: that would begin a longer task earlier."""
    made = replace(made, tasks=tuple(replace(t, constraint=_never_late(t.constraint)) for t in made.tasks))
    which = data.draw(st.integers(0, len(made.tasks) - 1))
    changed = made.tasks[which]
    assume(changed.duration.tenths)  # a milestone that takes time moves from the evening to the morning
    longer = Duration(tenths=changed.duration.tenths + more, elapsed=changed.duration.elapsed)
    tasks = (*made.tasks[:which], replace(changed, duration=longer), *made.tasks[which + 1 :])
    before, after = schedule(made).tasks, schedule(replace(made, tasks=tasks)).tasks
    for id_, was in before.items():
        assert after[id_].early_start >= was.early_start
        assert after[id_].early_finish >= was.early_finish


def _never_late(constraint: Constraint) -> Constraint:
    """The constraint where it only delays, else none."""
    snet = ConstraintType.START_NO_EARLIER_THAN
    return constraint if constraint.type is snet else Constraint()


@examples(50)
@given(plans(constrained=False, begun=False, calendars=False), st.integers(-20, 20))
def test_shift_of_the_start_shifts_all(made: Plan, weeks: int) -> None:
    """Where weeks repeat and nothing has a date, a start that is weeks later makes everything weeks later."""
    shift = timedelta(weeks=weeks)
    shifted = dates(schedule(replace(made, start=made.start + shift)))
    for id_, was in dates(schedule(made)).items():
        assert shifted[id_] == tuple(moment + shift for moment in was)


@examples(50)
@given(plans(constrained=False, begun=False))
def test_without_constraints_nothing_has_to_be_earlier(made: Plan) -> None:
    """Early dates are never after late ones, slack is never negative, and something is critical."""
    found = schedule(made)
    for each in found.tasks.values():
        assert each.start_slack >= 0
        assert each.finish_slack >= 0
        assert each.total_slack >= each.free_slack >= 0
    assert any(each.critical for each in found.tasks.values())


@examples(50)
@given(plans(begun=False, constrained=False))
def test_early_dates_keep_every_link(made: Plan) -> None:
    """Each task is where its links let it be: none is broken by the dates that come out."""
    found = schedule(made).tasks
    activities = {activity.task.id: activity for activity in Network(made).activities}
    for each in made.links:
        dependency = dependency_of(each, activities[each.predecessor], activities[each.successor])
        before, after = found[each.predecessor], found[each.successor]
        dependency.of_length(before.duration)
        end = moment_of(before.early_start if dependency.from_start else before.early_finish)
        held = dependency.forward(end)
        reached = moment_of(after.early_finish if dependency.to_finish else after.early_start)
        times = [stretch.time for stretch in activities[each.successor].stretches]
        assert any(time.worked(held) <= time.worked(reached) for time in times)


@examples(50)
@given(plans())
def test_something_holds_every_task(made: Plan) -> None:
    """There is a reason for where each task is."""
    assert all(each.drivers for each in schedule(made).tasks.values())


def test_a_link_of_no_lag_between_days() -> None:
    """The evening before and the morning after are one moment: a day of slack is a day, not sixteen hours."""
    first, _ = schedule(plan(task(1), task(2), link(1, 2))).tasks.values()
    assert (first.task, first.total_slack) == (id_of(1), 0)
