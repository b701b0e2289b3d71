"""Reactions that fail, are refused, lose their lease or are stopped."""

import asyncio
from collections.abc import Iterator
from uuid import UUID

import pytest
import structlog

from src.commands.loop import Accepted
from src.commands.project import RenameProject
from src.commands.result import Failure
from src.events import LogUnavailableError, RecordedEvent
from src.events.project import ProjectCreated, ProjectRenamed
from src.reactions import Act, Reaction
from src.reactions.checkpoints import MOST_ATTEMPTS
from src.reactions.lease import LeaseLostError
from src.wiring import App
from tests.databases import as_owner
from tests.reactions.conftest import NewReactor
from tests.reactions.reactors import Renaming, failing, let_pauses_pass, progress_of, with_projects


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """What is logged is not rendered: to draw a traceback takes longer than a test."""
    with structlog.testing.capture_logs():
        yield


async def test_one_that_fails_is_tried_again_while_others_go_on(app: App, reactor: NewReactor) -> None:
    """Its error can be seen, it waits before it is tried again, and no event is left out."""
    reaction, seen = failing(ValueError("no"), ValueError("not yet"))
    renaming = Renaming()
    mine = reactor(reaction, renaming.reaction)
    _, made = await with_projects(app, 2)
    while await mine.run_due():
        pass
    stopped = await progress_of(mine, "failing")
    assert (stopped.position, stopped.attempts, stopped.error) == (made[0] - 1, 1, f"event {made[0]}: ValueError: no")
    assert stopped.lag > 0
    assert renaming.seen == made
    await let_pauses_pass(app.settings)
    await mine.run_due()
    again = await progress_of(mine, "failing")
    assert (again.position, again.attempts, again.error) == (made[0] - 1, 2, f"event {made[0]}: ValueError: not yet")
    assert not await mine.run_due()
    await mine.retry("failing")
    await mine.run_due()
    assert seen == made
    good = await progress_of(mine, "failing")
    assert (good.lag, good.attempts, good.error) == (0, 0, None)


async def test_pauses_grow(app: App, reactor: NewReactor) -> None:
    """After three failures it takes some seconds, not one."""
    reaction, _ = failing(*(ValueError("no") for _ in range(3)))
    mine = reactor(reaction)
    await with_projects(app, 1)
    for _ in range(3):
        await mine.run_due()
        await let_pauses_pass(app.settings)
    assert (await progress_of(mine, "failing")).attempts == 3
    seconds = "{}000000" if app.settings.embedded else "interval '{} seconds'"
    hour, late = seconds.format(3600), seconds.format(2)
    await as_owner(app.settings, f"UPDATE reactions SET updated_at = updated_at + {hour} - {late}")
    assert not await mine.run_due()
    await as_owner(app.settings, f"UPDATE reactions SET updated_at = updated_at - {late}")
    assert await mine.run_due()


async def test_after_many_attempts_it_stays(app: App, reactor: NewReactor) -> None:
    """The error stays to be seen until somebody lets it try again."""
    reaction, seen = failing(ValueError("never"))
    mine = reactor(reaction)
    _, made = await with_projects(app, 1)
    await mine.run_due()
    await as_owner(app.settings, f"UPDATE reactions SET attempts = {MOST_ATTEMPTS}")
    await let_pauses_pass(app.settings)
    assert not await mine.run_due()
    assert (await progress_of(mine, "failing")).error == f"event {made[0]}: ValueError: never"
    await mine.retry("failing")
    assert await mine.run_due()
    assert seen == made


async def test_an_outage_is_nobodys_fault(app: App, reactor: NewReactor) -> None:
    """It is raised, counts for nothing, and the event is tried again at once."""
    reaction, seen = failing(LogUnavailableError("away"))
    mine = reactor(reaction)
    _, made = await with_projects(app, 1)
    with pytest.raises(LogUnavailableError):
        await mine.run_due()
    assert (await progress_of(mine, "failing")).attempts == 0
    await mine.run_due()
    assert seen == made


async def test_a_refusal_is_told_to_the_reaction(app: App, reactor: NewReactor) -> None:
    """What it makes of it is its own matter."""
    told: list[Accepted | Failure] = []

    async def react(_recorded: RecordedEvent, act: Act) -> None:
        told.append(await act(RenameProject(project=UUID(int=7), name="Nothing")))

    await with_projects(app, 1)
    mine = reactor(Reaction("refused", (ProjectCreated, ProjectRenamed), react))
    await mine.run_due()
    assert [type(each) for each in told] == [Failure]
    assert (await progress_of(mine, "refused")).attempts == 0


async def test_one_that_lost_the_lease_acts_no_more(app: App, reactor: NewReactor) -> None:
    """What it was at is cut off before its command, and done by another."""
    renaming, begun, until_then = Renaming(), asyncio.Event(), [asyncio.Event()]

    async def slow(recorded: RecordedEvent, act: Act) -> None:
        begun.set()
        await asyncio.gather(*(each.wait() for each in until_then))
        await renaming.reaction.react(recorded, act)

    loser, winner = [
        reactor(Reaction("slow", (ProjectCreated,), slow), lease_seconds=seconds) for seconds in (0.6, 10.0)
    ]
    _, made = await with_projects(app, 1)
    losing = asyncio.create_task(loser.run_due())
    await begun.wait()
    await as_owner(app.settings, "DELETE FROM leases")
    until_then.clear()
    assert await winner._lease.acquire()
    with pytest.raises(LeaseLostError):
        await losing
    assert (renaming.seen, (await progress_of(loser, "slow")).position) == ([], 0)
    await winner.run_due()
    assert renaming.seen == made


async def test_stopping_cuts_off_what_takes_its_time(
    app: App, reactor: NewReactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event is repeated by the next who runs, and the lease is free at once."""
    monkeypatch.setattr("src.reactions.reactor.TURN_SECONDS", 0.1)
    begun = asyncio.Event()

    async def slow(_recorded: RecordedEvent, _act: Act) -> None:
        begun.set()
        await asyncio.sleep(60)

    await with_projects(app, 1)
    stopped = reactor(Reaction("renaming", (ProjectCreated,), slow))
    stopped.start()
    async with asyncio.timeout(20):
        await begun.wait()
        await stopped.stop()
    renaming = Renaming()
    assert await reactor(renaming.reaction).run_due()
    assert len(renaming.seen) == 1
