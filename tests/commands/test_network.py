"""The search for cycles walks summaries as they are; it agrees with the network spelled out leaf by leaf."""

from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from src.commands.breakdown import PlanState
from src.commands.network import cycle_by_move, path_between
from src.commands.plan import decide_fit
from src.events.plan import TaskMoved
from tests.commands.plans import cyclic, expanded, folded, leaves, linked, placed, reached, task_id
from tests.examples import examples

TASKS = 9


@st.composite
def trees(draw: st.DrawFn) -> PlanState:
    """A plan of tasks without links."""
    plan = PlanState()
    for number in range(draw(st.integers(2, TASKS))):
        above = draw(st.integers(0, number))
        plan = placed(plan, task_id(number + 1), task_id(above) if above else None)
    return plan


@st.composite
def networks(draw: st.DrawFn, *, sound: bool) -> PlanState:
    """A plan with links: any, or those that one after the other close no cycle."""
    plan = draw(trees())
    task = st.sampled_from(sorted(plan.tasks))
    for predecessor, successor in draw(st.lists(st.tuples(task, task), max_size=8)):
        if not sound or decide_fit(plan, predecessor, successor) is None:
            plan = linked(plan, predecessor, successor)
    return plan


@given(networks(sound=False), st.data())
def test_a_path_is_found_where_one_leaf_leads_to_the_other(plan: PlanState, data: st.DataObject) -> None:
    """From the begin of a task to the end of another there is a chain exactly when some of their leaves have one."""
    task = st.sampled_from(sorted(plan.tasks))
    begin, end = data.draw(task), data.draw(task)
    path = path_between(plan, begin, end)
    assert (path is not None) == bool(reached(expanded(plan), leaves(plan, begin)) & leaves(plan, end))
    if path is not None:
        assert (path[0], path[-1]) == (begin, end)
        assert all(_adjacent(plan, one, other) for one, other in pairwise(path))


def _adjacent(plan: PlanState, one: UUID, other: UUID) -> bool:
    up_or_down = plan.tasks[one].parent == other or plan.tasks[other].parent == one
    return up_or_down or plan.link_between(one, other) is not None


@given(networks(sound=True), st.data())
def test_a_link_fits_exactly_when_no_leaf_comes_to_wait_for_itself(plan: PlanState, data: st.DataObject) -> None:
    """Links to oneself, to a summary above and to a task below are such cycles, too; only doubles are not."""
    assert not cyclic(plan)
    task = st.sampled_from(sorted(plan.tasks))
    predecessor, successor = data.draw(task), data.draw(task)
    if plan.link_between(predecessor, successor) is None:
        refused = decide_fit(plan, predecessor, successor) is not None
        assert refused == cyclic(linked(plan, predecessor, successor))


@examples(200)
@given(networks(sound=True), st.data())
def test_a_move_closes_a_cycle_exactly_when_some_leaf_comes_to_wait_for_itself(
    plan: PlanState, data: st.DataObject
) -> None:
    """Wherever a task goes in a sound plan: also one that leaves a summary without children, which is a leaf then."""
    task = data.draw(st.sampled_from(sorted(plan.tasks)))
    parent = data.draw(st.sampled_from([None, *sorted(set(plan.tasks) - set(plan.subtree(task)))]))
    moved = folded(plan, TaskMoved(task=task, parent=parent, rank=plan.rank_at(parent, None, task)))
    cycle = cycle_by_move(moved, task)
    assert (cycle is not None) == cyclic(moved)
    if cycle is not None:
        assert parent is not None
        assert {task, parent} == {cycle[0], cycle[-1]}
        assert all(_adjacent(moved, one, other) for one, other in pairwise(cycle))
