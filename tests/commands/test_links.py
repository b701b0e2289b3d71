"""The links between the tasks of a plan."""

import pytest

from src.commands.breakdown import PLAN
from src.commands.codes import Code
from src.events.plan import LinkChanged, TasksLinked, TasksUnlinked
from src.scheduling import LinkType
from tests.commands.garden import LEAD, PLOT, change, delete, garden, id_of, link, restore, unlink

SS = LinkType.START_START


async def test_tasks_are_linked_changed_and_unlinked() -> None:
    """A change keeps what is not given, and is quiet when nothing is new; so is the same link again."""
    a, b = id_of("a"), id_of("b")
    linked = TasksLinked(link=id_of("ab"), predecessor=a, successor=b, type=LinkType.FINISH_START, lag=LEAD)
    await garden(a="", b="").when(link("ab", lag=LEAD)).idempotent().then(linked)
    there = garden(a="", b="").also(linked)
    await there.when(change("ab", type=SS)).idempotent().then(LinkChanged(link=id_of("ab"), type=SS, lag=LEAD))
    await there.when(change("ab")).nothing()
    await there.when(unlink("ab")).then(TasksUnlinked(link=id_of("ab")))


@pytest.mark.parametrize(
    "ends, code, details",
    [
        ("aa", Code.LINK_TO_ITSELF, {}),
        ("ab", Code.LINK_TO_ANCESTOR, {}),
        ("ba", Code.LINK_TO_ANCESTOR, {}),
        ("bc", Code.LINK_EXISTS, {"link": str(id_of("bc"))}),
        ("cb", Code.LINK_CYCLE, {}),
        ("ca", Code.LINK_CYCLE, {}),
        ("nowhere a", Code.TASK_UNKNOWN, {}),
        ("a nowhere", Code.TASK_UNKNOWN, {}),
        ("a gone", Code.TASK_DELETED, {}),
    ],
)
async def test_links_that_cannot_be_are_refused(ends: str, code: Code, details: dict[str, str]) -> None:
    """To itself, to a summary above or a task below, twice, to what is not there."""
    there = garden(a="", b="a", c="", gone="").also(delete("gone"), link("bc"))
    await there.when(link(ends, "another")).refused(code, **details)


async def test_a_cycle_is_named() -> None:
    """By WBS codes in words and by ids as facts, through summaries where it goes through them."""
    closing = garden(a="", b="a", c="", d="c").also(link("bd")).when(link("ca"))
    refusal = await closing.refused(Code.LINK_CYCLE, cycle=[str(id_of(name)) for name in "cabdc"])
    assert refusal.message == "the link closes a cycle: 2 → 1 → 1.1 → 2.1 → 2"


async def test_a_link_id_stands_for_one_link() -> None:
    """Another link under an id that is in use is refused."""
    for other in (link("ac", "ab"), link("ab", lag=LEAD)):
        await garden(a="", b="", c="").also(link("ab")).when(other).refused(Code.ALREADY_EXISTS)


async def test_the_id_of_a_deleted_link_is_not_used_again() -> None:
    """A link that went with its task may come back with it."""
    gone = garden(a="", b="", c="", d="").also(link("ab"), delete("a"))
    await gone.when(link("cd", "ab")).refused(Code.ALREADY_EXISTS)
    back = await gone.when(restore("a")).state(PLAN.at(PLOT))
    assert back.links[id_of("ab")].predecessor == id_of("a")


async def test_an_unknown_link_is_neither_changed_nor_removed() -> None:
    """Nor one that was removed before."""
    for command in (change("ab"), unlink("ab")):
        for plan in (garden(a="", b=""), garden(a="", b="").also(link("ab"), unlink("ab"))):
            await plan.when(command).refused(Code.LINK_UNKNOWN)
