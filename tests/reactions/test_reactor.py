"""Reactions follow the log: each event in order, by one process at a time, and a repeat does nothing twice."""

import asyncio
from collections.abc import Iterator

import orjson
import pytest
import structlog

from src.commands.command import SYSTEM
from src.commands.loop import Accepted
from src.reactions import Reaction
from src.wiring import App
from tests.acting import register
from tests.databases import as_owner
from tests.reactions.conftest import NewReactor
from tests.reactions.reactors import Renaming, failing, progress_of, with_projects


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """What is logged is not rendered: to draw a traceback takes longer than a test."""
    with structlog.testing.capture_logs():
        yield


async def test_every_event_is_reacted_to_in_order(app: App, reactor: NewReactor) -> None:
    """The commands of each stand in the log, and nothing is left to do."""
    renaming = Renaming()
    mine = reactor(renaming.reaction)
    _, made = await with_projects(app, 3)
    assert (await progress_of(mine, "renaming")).lag == await app.log.head()
    while await mine.run_due():
        pass
    assert renaming.seen == made
    assert all(isinstance(answer, Accepted) and answer.changed for answer in renaming.answers)
    end = await progress_of(mine, "renaming")
    assert (end.position, end.lag, end.attempts, end.error) == (await app.log.head(), 0, 0, None)


async def test_the_commands_name_their_cause(app: App, reactor: NewReactor) -> None:
    """What a reaction writes has the correlation of the event, and names it as its cause."""
    ann = await register(app.commands)
    await ann.project("Shed")
    renaming, head = Renaming(), await app.log.head()
    await reactor(renaming.reaction).run_due()
    written = await app.log.read(head, 1000)
    said = [orjson.loads(event.metadata) for event in written]
    assert {event.type for event in written} >= {"ProjectRenamed", "ProjectArchived"}
    assert {each["correlation_id"] for each in said} == {"test"}
    assert {each["causation_id"] for each in said} == {f"event {renaming.seen[0]}"}
    assert {each["actor"] for each in said} == {str(SYSTEM)}
    assert len({each["command_id"] for each in said}) == 2


async def test_many_reactors_at_once_act_once(app: App, reactor: NewReactor) -> None:
    """As many processes would: one is at it, the others let it."""
    renaming = Renaming()
    reactors = [reactor(renaming.reaction) for _ in range(6)]
    ann, made = await with_projects(app, 4)
    for number in range(4):
        while (await progress_of(reactors[0], "renaming")).lag:
            await asyncio.gather(*(each.run_due() for each in reactors))
        if number < 3:
            await ann.project(f"Another {number}")
            made.append(await _last_made(app))
    assert renaming.seen == made
    assert all(isinstance(answer, Accepted) and answer.changed for answer in renaming.answers)


async def _last_made(app: App) -> int:
    return max(event.position for event in await app.log.read(0, 1000) if event.type == "ProjectCreated")


async def test_a_repeat_after_a_lost_checkpoint_issues_nothing_twice(app: App, reactor: NewReactor) -> None:
    """The ids of the commands derive from the event: all is answered as before, and nothing is written."""
    renaming = Renaming()
    await with_projects(app, 3)
    mine = reactor(renaming.reaction)
    while await mine.run_due():
        pass
    before, head = list(renaming.answers), await app.log.head()
    await as_owner(app.settings, "DELETE FROM reactions")
    while await mine.run_due():
        pass
    assert renaming.answers == before * 2
    assert await app.log.head() == head


async def test_two_at_once_without_a_lease_still_do_nothing_twice(app: App, reactor: NewReactor) -> None:
    """Should a holder not notice that its lease has ended, the commands' ids and the checkpoint hold."""
    renaming = Renaming()
    _, made = await with_projects(app, 5)
    reactors = [reactor(renaming.reaction) for _ in range(3)]
    for number, each in enumerate(reactors):
        each._lease._name = f"another {number}"
    while (await progress_of(reactors[0], "renaming")).lag:
        await asyncio.gather(*(each.run_due() for each in reactors))
    assert set(renaming.seen) == set(made)
    written = [event.type for event in await app.log.read(0, 1000)]
    assert (written.count("ProjectRenamed"), written.count("ProjectArchived")) == (5, 5)


async def test_a_reaction_may_begin_at_the_present_end(app: App, reactor: NewReactor) -> None:
    """What was before it does not concern it."""
    reaction, seen = failing()
    ann, _ = await with_projects(app, 2)
    mine = reactor(Reaction(reaction.name, reaction.events, reaction.react, from_end=True))
    await mine.run_due()
    assert seen == []
    await ann.project("Afterwards")
    await mine.run_due()
    assert seen == [await _last_made(app)]


async def test_it_runs_by_itself_once_started(app: App, reactor: NewReactor) -> None:
    """A reactor that was started does what is due until it is stopped."""
    renaming = Renaming()
    mine = reactor(renaming.reaction)
    await with_projects(app, 2)
    mine.start()
    async with asyncio.timeout(20):
        while len(renaming.answers) < 4:
            await asyncio.sleep(0.01)
    await mine.stop()


async def test_names_are_not_shared(reactor: NewReactor) -> None:
    """Two reactions of one name would share a checkpoint."""
    with pytest.raises(ValueError, match="one name"):
        reactor(Renaming().reaction, Renaming().reaction)
