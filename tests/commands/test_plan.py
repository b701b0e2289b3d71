"""The plan: where tasks stand, what deleting and restoring does, and the links between them."""

import pytest
from uuid_utils.compat import uuid4

from src.commands.codes import Code
from src.commands.plan import (
    MAX_DEPTH,
    ChangeLink,
    MoveTask,
    UnlinkTasks,
)
from src.commands.project import CreateProject
from src.commands.task import AddTask, RecordProgress, SetConstraint
from src.events.plan import TaskMoved, TasksDeleted, TasksRestored
from src.scheduling import Constraint, ConstraintType, LinkType
from src.wiring import App
from tests.acting import context, newcomer
from tests.commands.garden import LEAD, Garden
from tests.commands.world import facts


@pytest.fixture
async def garden(shared: App) -> Garden:
    """An empty plan."""
    ann = await newcomer(shared.commands)
    return Garden(shared, ann, await ann.project())


# --- places -------------------------------------------------------------------------------------------------------


async def test_tasks_are_added_where_they_are_wanted(garden: Garden) -> None:
    """At the end, unless a position is given; beyond the end is the end."""
    await garden.grow(a="", b="", c="a")
    for name, position in (("d", 1), ("e", 3), ("f", 99)):
        garden.tasks[name] = await garden.ann.task(garden.project, name, position=position)
    assert await garden.outline() == "1d 2a 2.1c 3e 4b 5f"


@pytest.mark.parametrize(
    "task, parent, position, outline",
    [
        ("a", "", None, "1b 1.1c 2d 3a"),
        ("d", "", 1, "1d 2a 3b 3.1c"),
        ("a", "", 2, "1b 1.1c 2a 3d"),
        ("c", "", 2, "1a 2c 3b 4d"),
        ("d", "b", 1, "1a 2b 2.1d 2.2c"),
        ("d", "b", None, "1a 2b 2.1c 2.2d"),
        ("b", "a", None, "1a 1.1b 1.1.1c 2d"),
    ],
)
async def test_a_task_moves_with_all_below_it(
    garden: Garden, task: str, parent: str, position: int | None, outline: str
) -> None:
    """To a position among the children of its new parent, of which 1 is the first; again is quiet."""
    await garden.grow(a="", b="", c="b", d="")
    head = await garden.app.log.head()
    assert (await garden.ann.do(garden.move(task, parent, position))).changed
    assert await garden.outline() == outline
    assert not (await garden.ann.do(garden.move(task, parent, position))).changed
    (moved,) = await facts(garden.app.log, head)
    assert isinstance(moved, TaskMoved)


async def test_a_task_does_not_move_below_itself(garden: Garden) -> None:
    """Neither under itself nor under a task of its own subtree."""
    await garden.grow(a="", b="a", c="b")
    for parent in ("a", "b", "c"):
        assert (await garden.ann.refused(garden.move("a", parent))).code is Code.PARENT_CYCLE


async def test_a_task_moves_only_where_it_may_stand(garden: Garden) -> None:
    """The rules for a parent are those of adding: there, without progress, and free to follow its children."""
    await garden.grow(a="", busy="", fixed="", gone="")
    garden.tasks["nowhere"] = uuid4()
    await garden.ann.do(RecordProgress(project=garden.project, task=garden.tasks["busy"], percent_complete=1))
    must = Constraint.model_validate({"type": ConstraintType.MUST_FINISH_ON, "date": "2026-03-02T17:00:00"})
    await garden.ann.do(SetConstraint(project=garden.project, task=garden.tasks["fixed"], constraint=must))
    await garden.ann.do(garden.delete("gone"))
    for parent, code in (
        ("busy", Code.PARENT_HAS_PROGRESS),
        ("fixed", Code.SUMMARY_CONSTRAINT),
        ("gone", Code.PARENT_UNKNOWN),
        ("nowhere", Code.PARENT_UNKNOWN),
    ):
        assert (await garden.ann.refused(garden.move("a", parent))).code is code


async def test_a_subtree_does_not_move_too_deep(garden: Garden) -> None:
    """The lowest task counts."""
    tasks = [uuid4() for _ in range(MAX_DEPTH - 1)]
    project = uuid4()
    nested = [
        AddTask(project=project, task=task, parent=parent, name="Dig")
        for task, parent in zip(tasks, [None, *tasks], strict=False)
    ]
    await garden.app.commands.execute_all(
        [CreateProject(project=project, name="Deep"), *nested], context(garden.ann.user)
    )
    summary = await garden.ann.task(project)
    await garden.ann.task(project, parent=summary)
    assert (
        await garden.ann.refused(MoveTask(project=project, task=summary, parent=tasks[-1]))
    ).code is Code.PLAN_TOO_DEEP
    assert (await garden.ann.do(MoveTask(project=project, task=summary, parent=tasks[-2]))).changed


async def test_a_move_that_closes_a_cycle_is_refused(garden: Garden) -> None:
    """A link of a summary is one of all below it; the refusal names the path by its WBS codes."""
    await garden.grow(a="", b="a", c="", d="")
    await garden.linked("a", "c")
    await garden.linked("c", "d")
    refusal = await garden.ann.refused(garden.move("d", "a"))
    assert refusal.code is Code.LINK_CYCLE
    assert refusal.details["cycle"][0] in [str(garden.tasks[name]) for name in ("a", "c", "d")]
    assert "→" in refusal.message


async def test_a_linked_task_does_not_move_below_its_neighbour(garden: Garden) -> None:
    """It would wait for what it is part of."""
    await garden.grow(a="", b="")
    await garden.linked("a", "b")
    for task, parent in (("a", "b"), ("b", "a")):
        assert (await garden.ann.refused(garden.move(task, parent))).code is Code.LINK_CYCLE


# --- deleting and restoring ---------------------------------------------------------------------------------------


async def test_deleting_takes_the_subtree_and_its_links(garden: Garden) -> None:
    """One event lists both, parents first; again is quiet."""
    await garden.grow(a="", b="a", c="b", d="a", e="")
    inner, outer = await garden.linked("c", "d"), await garden.linked("e", "b")
    head = await garden.app.log.head()
    assert (await garden.ann.do(garden.delete("a"))).changed
    assert not (await garden.ann.do(garden.delete("a"))).changed
    assert not (await garden.ann.do(garden.delete("c"))).changed
    (deleted,) = await facts(garden.app.log, head)
    assert isinstance(deleted, TasksDeleted)
    assert deleted.subtree == tuple(garden.tasks[name] for name in "abcd")
    assert sorted(deleted.links) == sorted([inner, outer])
    assert await garden.outline() == "1e"


async def test_restoring_brings_all_of_it_back(garden: Garden) -> None:
    """To its place, with its links; again is quiet."""
    await garden.grow(a="", b="a", c="a", d="")
    link, other = await garden.linked("b", "c"), await garden.linked("d", "a")
    await garden.ann.do(garden.delete("a"))
    head = await garden.app.log.head()
    accepted = await garden.ann.do(garden.restore("a"))
    assert (accepted.changed, accepted.warnings) == (True, ())
    assert not (await garden.ann.do(garden.restore("a"))).changed
    (restored,) = await facts(garden.app.log, head)
    assert isinstance(restored, TasksRestored)
    assert sorted(restored.links) == sorted([link, other])
    assert await garden.outline() == "1a 1.1b 1.2c 2d"


async def test_a_task_is_restored_with_what_it_was_deleted_with(garden: Garden) -> None:
    """Not alone, out of a subtree that is gone: the refusal says which task to restore."""
    await garden.grow(a="", b="a")
    await garden.ann.do(garden.delete("a"))
    refusal = await garden.ann.refused(garden.restore("b"))
    assert (refusal.code, refusal.details) == (Code.TASK_DELETED, {"deleted_with": str(garden.tasks["a"])})


async def test_what_was_never_there_is_neither_deleted_nor_restored(garden: Garden) -> None:
    """An unknown task is told as such."""
    garden.tasks["nowhere"] = uuid4()
    for command in (garden.delete("nowhere"), garden.restore("nowhere"), garden.move("nowhere")):
        assert (await garden.ann.refused(command)).code is Code.TASK_UNKNOWN


async def test_a_task_whose_parent_cannot_take_it_back_comes_to_the_top(garden: Garden) -> None:
    """A parent that is gone or has got progress; the answer warns."""
    await garden.grow(a="", b="a", c="", d="c")
    await garden.ann.do(garden.delete("b"))
    await garden.ann.do(garden.delete("d"))
    await garden.ann.do(RecordProgress(project=garden.project, task=garden.tasks["a"], percent_complete=1))
    await garden.ann.do(garden.delete("c"))
    for task in "bd":
        assert [w.code for w in (await garden.ann.do(garden.restore(task))).warnings] == ["RESTORED_TO_TOP"]
    assert await garden.outline() == "1a 2b 3d"


async def test_links_that_do_not_fit_any_more_stay_deleted(garden: Garden) -> None:
    """One whose other end is gone and one that would close a cycle do not come back; the answer warns."""
    await garden.grow(a="", b="", c="", d="")
    fitting = await garden.linked("a", "b")
    await garden.linked("b", "c")
    await garden.linked("d", "b")
    await garden.ann.do(garden.delete("b"))
    closing = await garden.linked("c", "a")
    await garden.ann.do(garden.delete("d"))
    accepted = await garden.ann.do(garden.restore("b"))
    assert [warning.code for warning in accepted.warnings] == ["LINKS_NOT_RESTORED"]
    assert accepted.warnings[0].message.startswith("2 links")
    assert {fitting} == set((await garden.state()).links) - {closing}


async def test_a_restored_task_has_a_place_of_its_own(garden: Garden) -> None:
    """Another one that stands where it stood keeps a place, too: others can go between the two."""
    await garden.grow(a="", b="", c="")
    await garden.ann.do(garden.delete("b"))
    garden.tasks["d"] = await garden.ann.task(garden.project, "d", position=2)
    await garden.ann.do(garden.restore("b"))
    assert await garden.outline() == "1a 2d 3b 4c"
    between = garden.move("c", position=3)
    assert (await garden.ann.do(between)).changed
    assert await garden.outline() == "1a 2d 3c 4b"
    assert not (await garden.ann.do(between)).changed


# --- expectations -------------------------------------------------------------------------------------------------


async def test_two_who_change_different_things_of_a_plan_do_not_collide(garden: Garden) -> None:
    """Each link and each place has a revision of its own: that of another one does not make it stale."""
    await garden.grow(a="", b="", c="")
    link = await garden.linked("a", "b")
    state = await garden.state()
    await garden.linked("b", "c")
    await garden.ann.do(garden.move("c", position=1))
    assert (await garden.ann.do(garden.move("a"), expected=state.tasks[garden.tasks["a"]].revision)).changed
    changing = ChangeLink(project=garden.project, link=link, lag=LEAD)
    assert (await garden.ann.do(changing, expected=state.links[link].revision)).changed


async def test_a_link_that_was_changed_meanwhile_is_not_overwritten(garden: Garden) -> None:
    """The refusal tells the link's present revision and what of it changed."""
    await garden.grow(a="", b="", c="")
    link = await garden.linked("a", "b")
    seen = (await garden.state()).links[link].revision
    await garden.linked("b", "c")
    await garden.ann.do(ChangeLink(project=garden.project, link=link, lag=LEAD))
    for command in (
        ChangeLink(project=garden.project, link=link, type=LinkType.START_START),
        UnlinkTasks(project=garden.project, link=link),
    ):
        refusal = await garden.ann.refused(command, expected=seen)
        assert refusal.code is Code.STALE_WRITE
        assert refusal.details == {"expected": seen, "revision": seen + 2, "changed": ["lag", "type"]}


async def test_a_place_that_was_changed_meanwhile_is_not_overwritten(garden: Garden) -> None:
    """Moving and deleting look at the revision of the task's place."""
    await garden.grow(a="", b="", c="")
    seen = (await garden.state()).tasks[garden.tasks["c"]].revision
    await garden.ann.do(garden.move("c", "a"))
    for command in (garden.move("c", "b"), garden.delete("c")):
        refusal = await garden.ann.refused(command, expected=seen)
        assert refusal.code is Code.STALE_WRITE
        assert refusal.details == {"expected": seen, "revision": seen + 1, "changed": ["parent"]}
    assert (await garden.ann.do(garden.delete("c"), expected=seen + 1)).changed
