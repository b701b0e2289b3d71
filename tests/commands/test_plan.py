"""The plan: where tasks stand, what deleting and restoring does, and the links between them."""

from typing import Any

import pytest

from src.commands.breakdown import PLAN
from src.commands.codes import Code
from src.commands.command import Command
from src.commands.plan import MAX_DEPTH
from src.commands.task import SetConstraint
from src.events.plan import LinkChanged, TaskMoved, TasksDeleted, TasksRestored
from src.scheduling import Constraint, ConstraintType, LinkType
from src.testing import Given
from tests.commands.garden import (
    LEAD,
    PLOT,
    add,
    begin,
    change,
    delete,
    garden,
    id_of,
    link,
    move,
    outline,
    restore,
    unlink,
)


def ids(names: str) -> tuple[Any, ...]:
    """Of tasks named by letters, or of links named by words."""
    return tuple(id_of(name) for name in (names.split() if " " in names else names))


# --- places -------------------------------------------------------------------------------------------------------


async def test_tasks_are_added_where_they_are_wanted() -> None:
    """At the end, unless a position is given; beyond the end is the end."""
    plan = garden(a="", b="", c="a").also(*[add(name, position=at) for name, at in (("d", 1), ("e", 3), ("f", 99))])
    assert await outline(plan) == "1d 2a 2.1c 3e 4b 5f"


@pytest.mark.parametrize(
    "task, parent, position, rank, expected",
    [
        ("a", "", None, "a3", "1b 1.1c 2d 3a"),
        ("d", "", 1, "Zz", "1d 2a 3b 3.1c"),
        ("a", "", 2, "a1V", "1b 1.1c 2a 3d"),
        ("c", "", 2, "a0V", "1a 2c 3b 4d"),
        ("d", "b", 1, "Zz", "1a 2b 2.1d 2.2c"),
        ("d", "b", None, "a1", "1a 2b 2.1c 2.2d"),
        ("b", "a", None, "a0", "1a 1.1b 1.1.1c 2d"),
    ],
)
async def test_a_task_moves_with_all_below_it(
    task: str, parent: str, position: int | None, rank: str, expected: str
) -> None:
    """To a position among the children of its new parent, of which 1 is the first; again is quiet."""
    moving = garden(a="", b="", c="b", d="").when(move(task, parent, position)).idempotent()
    await moving.then(TaskMoved(task=id_of(task), parent=id_of(parent) if parent else None, rank=rank))
    assert await outline(moving) == expected


async def test_a_task_does_not_move_below_itself() -> None:
    """Neither under itself nor under a task of its own subtree."""
    for parent in "abc":
        await garden(a="", b="a", c="b").when(move("a", parent)).refused(Code.PARENT_CYCLE)


@pytest.mark.parametrize(
    "parent, code",
    [
        ("busy", Code.PARENT_HAS_PROGRESS),
        ("fixed", Code.SUMMARY_CONSTRAINT),
        ("gone", Code.PARENT_UNKNOWN),
        ("nowhere", Code.PARENT_UNKNOWN),
    ],
)
async def test_a_task_moves_only_where_it_may_stand(parent: str, code: Code) -> None:
    """The rules for a parent are those of adding: there, without progress, and free to follow its children."""
    must = Constraint.model_validate({"type": ConstraintType.MUST_FINISH_ON, "date": "2026-03-02T17:00:00"})
    fixed = SetConstraint(project=PLOT, task=id_of("fixed"), constraint=must)
    plan = garden(a="", busy="", fixed="", gone="").also(begin("busy"), fixed, delete("gone"))
    await plan.when(move("a", parent)).refused(code)


async def test_a_subtree_does_not_move_too_deep() -> None:
    """The lowest task counts."""
    levels = [str(level) for level in range(1, MAX_DEPTH)]
    plan = garden(**dict(zip(levels, ["", *levels], strict=False)), a="", b="a")
    await plan.when(move("a", levels[-1])).refused(Code.PLAN_TOO_DEEP)
    moved = TaskMoved(task=id_of("a"), parent=id_of(levels[-2]), rank="a1")
    await plan.when(move("a", levels[-2])).then(moved)


async def test_a_move_that_closes_a_cycle_is_refused() -> None:
    """A link of a summary is one of all below it; the refusal names the path by its WBS codes."""
    plan = garden(a="", b="a", c="", d="").also(link("ac"), link("cd"))
    refusal = await plan.when(move("d", "a")).refused(Code.LINK_CYCLE)
    assert refusal.details["cycle"][0] in [str(task) for task in ids("acd")]
    assert "→" in refusal.message


async def test_a_linked_task_does_not_move_below_its_neighbour() -> None:
    """It would wait for what it is part of."""
    for task, parent in ("ab", "ba"):
        await garden(a="", b="").also(link("ab")).when(move(task, parent)).refused(Code.LINK_CYCLE)


# --- deleting and restoring ---------------------------------------------------------------------------------------


async def test_deleting_takes_the_subtree_and_its_links() -> None:
    """One event lists both, parents first; again is quiet, for a task below too."""
    plan = garden(a="", b="a", c="b", d="a", e="").also(link("cd"), link("eb"))
    deleted = TasksDeleted(task=id_of("a"), subtree=ids("abcd"), links=ids("eb cd"))
    await plan.when(delete("a")).idempotent().then(deleted)
    await plan.also(delete("a")).when(delete("c")).nothing()
    assert await outline(plan.also(deleted)) == "1e"


async def test_restoring_brings_all_of_it_back() -> None:
    """To its place, with its links; again is quiet."""
    restoring = garden(a="", b="a", c="a", d="").also(link("bc"), link("da"), delete("a")).when(restore("a"))
    back = TasksRestored(task=id_of("a"), rank="a0", subtree=ids("abc"), links=ids("da bc"))
    await restoring.idempotent().then(back)
    assert await outline(restoring) == "1a 1.1b 1.2c 2d"


async def test_a_task_is_restored_with_what_it_was_deleted_with() -> None:
    """Not alone, out of a subtree that is gone: the refusal says which task to restore."""
    gone = garden(a="", b="a").also(delete("a"))
    await gone.when(restore("b")).refused(Code.TASK_DELETED, deleted_with=str(id_of("a")))


async def test_what_was_never_there_is_neither_deleted_nor_restored() -> None:
    """An unknown task is told as such."""
    for command in (delete("nowhere"), restore("nowhere"), move("nowhere")):
        await garden().when(command).refused(Code.TASK_UNKNOWN)


async def test_a_task_whose_parent_cannot_take_it_back_comes_to_the_top() -> None:
    """A parent that is gone or has got progress; the answer warns."""
    plan = garden(a="", b="a", c="", d="c").also(delete("b"), delete("d"), begin("a"), delete("c"))
    for task, rank in (("b", "a1"), ("d", "a2")):
        restored = TasksRestored(task=id_of(task), rank=rank, subtree=ids(task), links=())
        await plan.when(restore(task)).then(restored, warnings=["RESTORED_TO_TOP"])
        plan = plan.also(restored)
    assert await outline(plan) == "1a 2b 3d"


async def test_links_that_do_not_fit_any_more_stay_deleted() -> None:
    """One whose other end is gone and one that would close a cycle do not come back; the answer warns."""
    plan = garden(a="", b="", c="", d="").also(link("ab"), link("bc"), link("db"), delete("b"), link("ca"), delete("d"))
    restored = TasksRestored(task=id_of("b"), rank="a1", subtree=ids("b"), links=(id_of("ab"),))
    stands = await plan.when(restore("b")).then(restored, warnings=["LINKS_NOT_RESTORED"])
    assert stands.warnings[0].message.startswith("2 links")
    assert set((await plan.also(restored).state(PLAN.at(PLOT))).links) == set(ids("ab ca"))


async def test_a_restored_task_has_a_place_of_its_own() -> None:
    """Another one that stands where it stood keeps a place, too: others can go between the two."""
    plan = garden(a="", b="", c="").also(delete("b"), add("d", position=2), restore("b"))
    assert await outline(plan) == "1a 2d 3b 4c"
    assert await outline(plan.when(move("c", position=3)).idempotent()) == "1a 2d 3c 4b"


# --- expectations -------------------------------------------------------------------------------------------------


async def test_two_who_change_different_things_of_a_plan_do_not_collide() -> None:
    """Each link and each place has a revision of its own: that of another one does not make it stale."""
    plan = garden(a="", b="", c="").also(link("ab"))
    seen, plan = await plan.state(PLAN.at(PLOT)), plan.also(link("bc"), move("c", position=1))
    moving = plan.when(move("a"), expected=seen.tasks[id_of("a")].revision)
    assert await outline(moving) == "1c 2b 3a"
    changed = LinkChanged(link=id_of("ab"), type=LinkType.FINISH_START, lag=LEAD)
    await plan.when(change("ab", lag=LEAD), expected=seen.links[id_of("ab")].revision).then(changed)


async def _stale(plan: Given, command: Command, seen: int, revision: int, *changed: str) -> None:
    refusal = await plan.when(command, expected=seen).refused(Code.STALE_WRITE)
    assert refusal.details == {"expected": seen, "revision": revision, "changed": list(changed)}


async def test_a_link_that_was_changed_meanwhile_is_not_overwritten() -> None:
    """The refusal tells the link's present revision and what of it changed."""
    plan = garden(a="", b="", c="").also(link("ab"))
    seen = (await plan.state(PLAN.at(PLOT))).links[id_of("ab")].revision
    for command in (change("ab", type=LinkType.START_START), unlink("ab")):
        await _stale(plan.also(link("bc"), change("ab", lag=LEAD)), command, seen, seen + 2, "lag", "type")


async def test_a_place_that_was_changed_meanwhile_is_not_overwritten() -> None:
    """Moving and deleting look at the revision of the task's place."""
    plan = garden(a="", b="", c="")
    seen, plan = (await plan.state(PLAN.at(PLOT))).tasks[id_of("c")].revision, plan.also(move("c", "a"))
    for command in (move("c", "b"), delete("c")):
        await _stale(plan, command, seen, seen + 1, "parent")
    deleted = TasksDeleted(task=id_of("c"), subtree=ids("c"), links=())
    await plan.when(delete("c"), expected=seen + 1).then(deleted)
