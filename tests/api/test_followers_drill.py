"""A drill: many followers who come and go at any moment, while many write. At length: make drill-followers."""

import asyncio
import os
import random
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from src.commands.project import CreateProject
from src.config import Settings
from src.events.log import BUCKETS, bucket_of
from src.wiring import open_app
from tests.acting import Actor
from tests.conftest import nobody_woken
from tests.histories import edit

from .calling import Person
from .following import Listener, follow, listening, logged
from .world import make_world

ROUNDS = int(os.environ.get("FOLLOWER_ROUNDS", "1"))
SEED = int(os.environ.get("FOLLOWER_SEED", "1"))
FOLLOWERS, EDITS = 20, 25


@dataclass
class Wanderer:
    """A follower who leaves again and again and goes on behind what was heard last."""

    person: Person
    project: str
    dice: random.Random
    begun: int
    heard: list[int] = field(default_factory=list)
    connections: int = 0

    async def listen(self, seconds: float, until: int | None = None) -> None:
        """One connection, for so long at most, or until the event was heard."""
        last = self.heard[-1] if self.heard else self.begun
        async with follow(self.person, self.project, last) as listener:
            self.connections += 1
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._hear(listener, until)

    async def _hear(self, listener: Listener, until: int | None) -> None:
        while until is None or self.heard[-1:] != [until]:
            message = await listener.next()
            assert message.event != "end"
            self.heard.append(message.data["position"])

    async def wander(self, written: asyncio.Event) -> None:
        """Comes and goes until everything is written."""
        while not written.is_set():
            await self.listen(self.dice.choice([0.0, 0.05, 0.5]) * self.dice.random())
            await asyncio.sleep(0.1 * self.dice.random())


@pytest.mark.parametrize("seed", range(SEED, SEED + ROUNDS))
async def test_followers_miss_nothing_and_hear_nothing_twice(
    settings: Settings, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Each hears every event of the project once and in order, and none of another, however often it comes back."""
    dice = random.Random(seed)
    async with listening(settings) as live, open_app(settings, nobody_woken) as elsewhere:
        world = await make_world(live)
        project = UUID(world.project)
        ann, there = (Actor(commands, world.owner.user) for commands in (live.app.commands, elsewhere.commands))
        neighbour = UUID(int=uuid7().int // BUCKETS * BUCKETS + bucket_of(project))
        await ann.do(CreateProject(project=neighbour, name="In the same bucket"))
        start = await live.app.log.head()
        wanderers = [
            Wanderer(person, world.project, random.Random(dice.random()), dice.choice([0, start // 2, start]))
            for person in [world.viewer, world.editor] * (FOLLOWERS // 2)
        ]
        written = asyncio.Event()
        wandering = [asyncio.create_task(wanderer.wander(written)) for wanderer in wanderers]
        writers = [(ann, project), (there, project), (ann, neighbour), (there, await ann.project("Another"))]
        await asyncio.gather(*(edit(who, where, seed * 10 + n, EDITS) for n, (who, where) in enumerate(writers)))
        written.set()
        await asyncio.gather(*wandering)
        events = [event.position for event in await logged(live.app, world.project)]
        await asyncio.gather(*(wanderer.listen(20, until=events[-1]) for wanderer in wanderers))
        for wanderer in wanderers:
            assert wanderer.heard == [position for position in events if position > wanderer.begun]
        assert sum(wanderer.connections for wanderer in wanderers) > 2 * FOLLOWERS
        assert len(events) > 2 * EDITS
        await live.left(0)
    assert [entry.getMessage() for entry in caplog.records if entry.levelname == "ERROR"] == []
