"""The links between the tasks of a plan."""

import pytest
from uuid_utils.compat import uuid4

from src.commands.codes import Code
from src.commands.plan import (
    ChangeLink,
    UnlinkTasks,
)
from src.events.plan import LinkChanged, TasksLinked, TasksUnlinked
from src.scheduling import LinkType
from src.wiring import App
from tests.acting import newcomer
from tests.commands.garden import LEAD, Garden
from tests.commands.world import facts


@pytest.fixture
async def garden(shared: App) -> Garden:
    """An empty plan."""
    ann = await newcomer(shared.commands)
    return Garden(shared, ann, await ann.project())


async def test_tasks_are_linked_changed_and_unlinked(garden: Garden) -> None:
    """A change keeps what is not given, and is quiet when nothing is new; so is the same link again."""
    await garden.grow(a="", b="")
    head, link = await garden.app.log.head(), uuid4()
    linking = garden.link("a", "b", link=link, lag=LEAD)
    changing = ChangeLink(project=garden.project, link=link, type=LinkType.START_START)
    for command in (linking, changing):
        assert (await garden.ann.do(command)).changed
        assert not (await garden.ann.do(command)).changed
    assert not (await garden.ann.do(ChangeLink(project=garden.project, link=link))).changed
    assert (await garden.ann.do(UnlinkTasks(project=garden.project, link=link))).changed
    assert await facts(garden.app.log, head) == [
        TasksLinked(
            link=link,
            predecessor=garden.tasks["a"],
            successor=garden.tasks["b"],
            type=LinkType.FINISH_START,
            lag=LEAD,
        ),
        LinkChanged(link=link, type=LinkType.START_START, lag=LEAD),
        TasksUnlinked(link=link),
    ]


async def test_links_that_cannot_be_are_refused(garden: Garden) -> None:
    """To itself, to a summary above or a task below, twice, to what is not there."""
    await garden.grow(a="", b="a", c="", gone="")
    garden.tasks["nowhere"] = uuid4()
    await garden.ann.do(garden.delete("gone"))
    present = await garden.linked("b", "c")
    for predecessor, successor, code in (
        ("a", "a", Code.LINK_TO_ITSELF),
        ("a", "b", Code.LINK_TO_ANCESTOR),
        ("b", "a", Code.LINK_TO_ANCESTOR),
        ("b", "c", Code.LINK_EXISTS),
        ("c", "b", Code.LINK_CYCLE),
        ("c", "a", Code.LINK_CYCLE),
        ("nowhere", "a", Code.TASK_UNKNOWN),
        ("a", "nowhere", Code.TASK_UNKNOWN),
        ("a", "gone", Code.TASK_DELETED),
    ):
        refusal = await garden.ann.refused(garden.link(predecessor, successor))
        assert refusal.code is code
        if code is Code.LINK_EXISTS:
            assert refusal.details == {"link": str(present)}


async def test_a_cycle_is_named(garden: Garden) -> None:
    """By WBS codes in words and by ids as facts, through summaries where it goes through them."""
    await garden.grow(a="", b="a", c="", d="c")
    await garden.linked("b", "d")
    refusal = await garden.ann.refused(garden.link("c", "a"))
    assert refusal.message == "the link closes a cycle: 2 → 1 → 1.1 → 2.1 → 2"
    assert refusal.details == {"cycle": [str(garden.tasks[name]) for name in "cabdc"]}


async def test_a_link_id_stands_for_one_link(garden: Garden) -> None:
    """Another link under an id that is in use is refused."""
    await garden.grow(a="", b="", c="")
    link = await garden.linked("a", "b")
    for other in (garden.link("a", "c", link=link), garden.link("a", "b", link=link, lag=LEAD)):
        assert (await garden.ann.refused(other)).code is Code.ALREADY_EXISTS


async def test_the_id_of_a_deleted_link_is_not_used_again(garden: Garden) -> None:
    """A link that went with its task may come back with it."""
    await garden.grow(a="", b="", c="", d="")
    link = await garden.linked("a", "b")
    await garden.ann.do(garden.delete("a"))
    assert (await garden.ann.refused(garden.link("c", "d", link=link))).code is Code.ALREADY_EXISTS
    await garden.ann.do(garden.restore("a"))
    assert (await garden.state()).links[link].predecessor == garden.tasks["a"]


async def test_an_unknown_link_is_neither_changed_nor_removed(garden: Garden) -> None:
    """Nor one that was removed before."""
    await garden.grow(a="", b="")
    link = await garden.linked("a", "b")
    await garden.ann.do(UnlinkTasks(project=garden.project, link=link))
    for id_ in (link, uuid4()):
        for command in (ChangeLink(project=garden.project, link=id_), UnlinkTasks(project=garden.project, link=id_)):
            assert (await garden.ann.refused(command)).code is Code.LINK_UNKNOWN
