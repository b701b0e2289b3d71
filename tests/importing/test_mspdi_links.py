"""The checks of a file's links, cycles through summaries among them."""

from itertools import pairwise, product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.importing import FileLink, FileTask, ImportRefused
from src.importing.network import checked_links, find_cycle
from src.scheduling import Constraint, Lag, LinkType

from .mspdi_text import document, left_out, link, read, refusal, task

MANY = 100_000
LAG = Lag()


@pytest.mark.parametrize(
    "predecessor, code",
    [(99, "DANGLING_LINK"), (3, "LINK_TO_ITSELF"), (1, "LINK_TO_ANCESTOR"), (0, "LINK_TO_ANCESTOR")],
)
def test_a_link_needs_two_tasks_apart(tmp_path: Path, predecessor: int, code: str) -> None:
    """A link to nothing, to itself or to a task above is refused with its line."""
    refused = refusal(tmp_path, document(task(1), task(2, level=2), task(3, link(predecessor), level=3, name="Dig")))
    assert (refused.code, refused.line) == (code, 4)
    assert "“Dig” (UID 3)" in refused.message


def test_a_summary_does_not_wait_for_its_own_task(tmp_path: Path) -> None:
    """A link from a task to one that it is part of is refused too."""
    refused = refusal(tmp_path, document(task(1, link(3)), task(2, level=2), task(3, level=3)))
    assert refused.code == "LINK_TO_ANCESTOR"


def test_the_same_link_twice_is_taken_once(tmp_path: Path) -> None:
    """A repetition says nothing new; it is counted."""
    plan = read(tmp_path, document(task(1), task(2, link(1), link(1, Type=1))))
    assert len(plan.links) == 1
    assert left_out(plan) == {"repeated links": 1}


def test_two_different_links_of_one_pair_are_refused(tmp_path: Path) -> None:
    """Which of the two is meant is for the author to say."""
    assert refusal(tmp_path, document(task(1), task(2, link(1), link(1, Type=3)))).code == "DUPLICATE_LINK"


def test_links_of_summaries_are_links(tmp_path: Path) -> None:
    """A summary may wait for another one, and be waited for."""
    tasks = task(1), task(2, level=2), task(3, link(1)), task(4, level=2), task(5, link(3))
    assert len(read(tmp_path, document(*tasks)).links) == 2


def test_a_cycle_is_named_task_by_task(tmp_path: Path) -> None:
    """The refusal shows the way round and the line of the last link on it."""
    tasks = task(1, link(3), name="Dig"), task(2, link(1), name="Pour"), task(3, link(2), name="Dry")
    refused = refusal(tmp_path, document(*tasks))
    assert (refused.code, refused.line) == ("LINK_CYCLE", 4)
    assert "“Dig” (UID 1) → “Pour” (UID 2) → “Dry” (UID 3) → “Dig” (UID 1)" in refused.message


def test_a_cycle_through_a_summary_is_found(tmp_path: Path) -> None:
    """Waiting for a summary is waiting for all below it, so a task below it must not wait in turn."""
    tasks = task(1, name="Shell"), task(2, link(3), level=2, name="Walls"), task(3, link(1), name="Roof")
    refused = refusal(tmp_path, document(*tasks))
    assert refused.code == "LINK_CYCLE"
    assert "“Shell” (UID 1) → “Roof” (UID 3) → “Walls” (UID 2) → “Shell” (UID 1)" in refused.message


def test_two_summaries_that_wait_for_each_others_tasks_are_a_cycle(tmp_path: Path) -> None:
    """No two tasks are linked both ways here, and yet nothing could ever start."""
    tasks = task(1, link(3)), task(2, level=2), task(3), task(4, link(1), level=2)
    assert refusal(tmp_path, document(*tasks)).code == "LINK_CYCLE"


def linked(predecessor: int, successor: int) -> FileLink:
    """A plain link."""
    return FileLink(predecessor, successor, LinkType.FINISH_START, LAG, successor)


@pytest.fixture(scope="module")
def chain() -> tuple[list[FileTask], list[FileLink]]:
    """Very many tasks, each linked to the one before it."""
    tasks = [
        FileTask(uid, f"T{uid}", None, None, None, Constraint(), "", 0, None, None, uid) for uid in range(1, MANY + 1)
    ]
    return tasks, [linked(uid, uid + 1) for uid in range(1, MANY)]


def test_a_chain_of_100_000_links_is_checked(chain: tuple[list[FileTask], list[FileLink]]) -> None:
    """No depth of the network reaches a limit of recursion."""
    assert len(checked_links(*chain)) == MANY - 1


def test_a_cycle_of_100_000_tasks_is_shown_in_short(chain: tuple[list[FileTask], list[FileLink]]) -> None:
    """The refusal of a very long way round names its ends and counts the rest."""
    tasks, links = chain
    with pytest.raises(ImportRefused) as refused:
        checked_links(tasks, [*links, linked(MANY, 1)])
    assert "… 99,989 more …" in refused.value.message
    assert len(refused.value.message) < 1_000


def expanded_has_cycle(parents: list[int], links: list[tuple[int, int]]) -> bool:
    """The definition, written out: a link of a summary is a link of each leaf below it."""
    below = {task: {task} for task in range(len(parents))}
    for task_ in reversed(range(len(parents))):
        if parents[task_] >= 0:
            below[parents[task_]] |= below[task_]
    leaves = {task_: {leaf for leaf in below[task_] if leaf not in parents} for task_ in below}
    edges = {pair for before, after in links for pair in product(leaves[before], leaves[after])}
    while edges:
        ends = {after for _, after in edges}
        starts = {before for before, _ in edges}
        kept = {(before, after) for before, after in edges if before in ends and after in starts}
        if kept == edges:
            return True
        edges = kept
    return False


@st.composite
def networks(draw: st.DrawFn) -> tuple[list[int], list[tuple[int, int]]]:
    """Trees with links between tasks of which none is part of the other."""
    count = draw(st.integers(2, 12))
    parents = [draw(st.integers(-1, task - 1)) for task in range(count)]
    some = st.integers(0, count - 1)
    links = draw(st.lists(st.tuples(some, some), max_size=14))
    return parents, [ends for ends in links if not related(parents, *ends)]


def related(parents: list[int], one: int, other: int) -> bool:
    """Whether one of two tasks is the other or is part of it; a parent's index is below its children's."""
    low, high = max(one, other), min(one, other)
    while low > high:
        low = parents[low]
    return low == high


@given(networks())
def test_a_cycle_is_found_exactly_when_the_expanded_network_has_one(
    network: tuple[list[int], list[tuple[int, int]]],
) -> None:
    """The linear search agrees with the definition, and the path it names is made of links."""
    parents, links = network
    cycle = find_cycle(parents, links)
    assert (cycle is not None) == expanded_has_cycle(parents, links)
    if cycle is not None:
        assert cycle[0] == cycle[-1] == min(cycle)
        steps = set(pairwise(cycle))
        assert all(ends in links or related(parents, *ends) for ends in steps)
        assert any(ends in links for ends in steps)
