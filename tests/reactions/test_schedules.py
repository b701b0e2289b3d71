"""A schedule gives its command once in every period, however many processes there are."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
import structlog

from src.commands.command import SYSTEM, Command
from src.commands.project import CreateProject
from src.commands.user import RegisterUser
from src.reactions import Progress, Reactor, Schedule
from src.wiring import App
from tests.databases import as_owner
from tests.reactions.conftest import NewReactor


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """What is logged is not rendered: to draw a traceback takes longer than a test."""
    with structlog.testing.capture_logs():
        yield


class Planting:
    """Makes a project named after the tick, and remembers for which ticks it was asked."""

    def __init__(self, every: timedelta = timedelta(hours=100), *, idle: bool = False) -> None:
        self.asked: list[datetime] = []
        self.schedule = Schedule("planting", every, self._command)
        self._idle = idle

    async def _command(self, tick: datetime) -> Command | None:
        self.asked.append(tick)
        return None if self._idle else CreateProject(name=f"Planting of {tick.isoformat()}")


async def stands(reactor: Reactor) -> Progress:
    """Where the one schedule stands."""
    (progress,) = await reactor.progress()
    return progress


async def test_many_reactors_tick_once(app: App, reactor: NewReactor) -> None:
    """Who comes second in a period does not even look; ticks are at whole periods."""
    planting = Planting()
    reactors = [reactor(planting.schedule) for _ in range(6)]
    await asyncio.gather(*(each.run_due() for each in reactors))
    for each in reactors:
        assert not await each.run_due()
    (tick,) = planting.asked
    assert (tick - datetime(1970, 1, 1, tzinfo=UTC)) % timedelta(hours=100) == timedelta()
    assert timedelta() <= datetime.now(UTC) - tick <= timedelta(hours=100)
    assert [event.type for event in await app.log.read(0, 100)].count("ProjectCreated") == 1


async def test_a_lost_checkpoint_does_not_tick_again(app: App, reactor: NewReactor) -> None:
    """The command's id derives from the number of the tick: the log has it once."""
    planting = Planting()
    await reactor(planting.schedule).run_due()
    head = await app.log.head()
    await as_owner(app.settings, "DELETE FROM reactions")
    await reactor(planting.schedule).run_due()
    assert (len(planting.asked), await app.log.head()) == (2, head)
    said = orjson.loads((await app.log.read(head - 1, 1))[0].metadata)
    assert (said["actor"], said["causation_id"]) == (str(SYSTEM), "schedule planting")


async def test_two_that_would_say_it_otherwise_tick_once(app: App, reactor: NewReactor) -> None:
    """Processes with other settings give one command a tick all the same."""
    planting = Planting()
    await reactor(planting.schedule).run_due()
    head = await app.log.head()
    await as_owner(app.settings, "DELETE FROM reactions")

    async def otherwise(_tick: datetime) -> Command:
        return CreateProject(name="Otherwise")

    other = reactor(Schedule("planting", planting.schedule.every, otherwise))
    await other.run_due()
    assert await app.log.head() == head
    assert ((await stands(other)).lag, (await stands(other)).error) == (0, None)


async def test_it_ticks_again_in_the_next_period(app: App, reactor: NewReactor) -> None:
    """Each period once, with the time of its own tick."""
    planting = Planting(timedelta(milliseconds=300))
    mine = reactor(planting.schedule)
    async with asyncio.timeout(20):
        while len(planting.asked) < 3:
            await mine.run_due()
            await asyncio.sleep(0.01)
    assert len(set(planting.asked)) == 3
    assert [event.type for event in await app.log.read(0, 100)].count("ProjectCreated") == 3


async def test_ticks_that_nobody_was_there_for_are_not_made_up(app: App, reactor: NewReactor) -> None:
    """After a night without the service there is one tick, the present one."""
    planting = Planting()
    mine = reactor(planting.schedule)
    await mine.run_due()
    await as_owner(app.settings, "UPDATE reactions SET position = position - 50")
    assert (await stands(mine)).lag == 50
    await mine.run_due()
    assert len(planting.asked) == 2
    assert (await stands(mine)).lag == 0


async def test_nothing_to_do_writes_nothing(app: App, reactor: NewReactor) -> None:
    """A tick without a command leaves the log as it is."""
    planting = Planting(idle=True)
    mine = reactor(planting.schedule)
    assert await mine.run_due()
    assert not await mine.run_due()
    assert (len(planting.asked), await app.log.head()) == (1, 0)


async def test_a_refusal_is_an_error_to_be_seen(app: App, reactor: NewReactor) -> None:
    """It is tried again after a pause, within its period and in the next."""
    fields: dict[str, Any] = {"username": "ann", "email": "ann@example.org", "name": "Ann"}

    async def command(_tick: datetime) -> Command:
        return RegisterUser(**fields, roles=("king",))

    mine = reactor(Schedule("planting", timedelta(hours=100), command))
    await mine.run_due()
    at = await stands(mine)
    assert (at.attempts, at.lag) == (1, 1)
    assert (at.error or "").startswith("RefusedError: ROLE_UNKNOWN: there is no role 'king'")
    assert not await mine.run_due()
    await as_owner(app.settings, "UPDATE reactions SET attempts = 1000")
    assert not await mine.run_due()
    hour = "3600000000" if app.settings.embedded else "interval '1 hour'"
    await as_owner(app.settings, f"UPDATE reactions SET updated_at = updated_at - {hour}")
    assert await mine.run_due()
    assert (await stands(mine)).attempts == 1001
