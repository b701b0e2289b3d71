"""From a command to the row that a reader sees, over Redis, at a steady rate."""

import asyncio
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from src.commands.task import UpdateTask
from src.config import Settings
from src.events.log import bucket_of
from src.wiring import App
from tests.drills.history import Plan, write
from tests.drills.size import SEED, SIZE, told
from tests.workers.processes import Crew, level

_LOOK_SECONDS = 0.002
_VISIBLE = "SELECT bucket, position FROM checkpoints WHERE projection = 'tasks' AND generation = 1"
"""Rows and checkpoint are one transaction: where the one is seen, the other is."""
_PATIENCE_SECONDS = 30


@dataclass
class Watch:
    """When commands were given, and when what they wrote was there to be read."""

    waiting: list[tuple[int, int, float]] = field(default_factory=list)
    """(bucket, position, when it was given)"""
    seconds: list[float] = field(default_factory=list)
    accepted: list[float] = field(default_factory=list)

    async def give(self, plan: Plan, number: int) -> None:
        """Gives a command, and waits for the row from the moment at which it was given."""
        began = time.perf_counter()
        task = plan.tasks[number % len(plan.tasks)]
        answer = await plan.owner.do(UpdateTask(project=plan.project, task=task, notes=f"{number}"))
        self.accepted.append(time.perf_counter() - began)
        self.waiting.append((bucket_of(plan.project), answer.position, began))

    async def look(self, connection: asyncpg.Connection) -> None:
        """Looks again and again."""
        while True:
            there: dict[int, int] = {row[0]: row[1] for row in await connection.fetch(_VISIBLE)}
            now = time.perf_counter()
            left = []
            for bucket, position, began in self.waiting:
                if there[bucket] >= position:
                    self.seconds.append(now - began)
                else:
                    left.append((bucket, position, began))
            self.waiting = left
            await asyncio.sleep(_LOOK_SECONDS)


async def test_a_command_is_soon_seen_by_readers(waking: App, with_redis: Settings, tmp_path: Path) -> None:
    """Whatever is accepted is there to be read, after some milliseconds in the middle; the report says how many."""
    plans = await write(waking, 100, 100 * 90, SEED)
    watch = Watch()
    connection = await asyncpg.connect(with_redis.database_url)
    async with Crew(with_redis, tmp_path, masters=SIZE.latency_masters):
        await level(waking)
        looking = asyncio.create_task(watch.look(connection))
        began, given = time.perf_counter(), []
        for number in range(SIZE.rate * SIZE.seconds):
            await asyncio.sleep(max(0.0, began + number / SIZE.rate - time.perf_counter()))
            given.append(asyncio.create_task(watch.give(plans[number % len(plans)], number)))
        await asyncio.gather(*given)
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while watch.waiting:
                await asyncio.sleep(_LOOK_SECONDS)
        looking.cancel()
        await asyncio.wait([looking])
    await connection.close()
    assert len(watch.seconds) == SIZE.rate * SIZE.seconds
    accepted, seen = (statistics.quantiles(times, n=100) for times in (watch.accepted, watch.seconds))
    told(
        f"latency: {SIZE.rate} commands/s for {SIZE.seconds} s, {SIZE.latency_masters} worker processes: accepted p50 "
        f"{accepted[49] * 1000:.1f} ms, p99 {accepted[98] * 1000:.1f} ms; seen p50 {seen[49] * 1000:.1f} ms, "
        f"p99 {seen[98] * 1000:.1f} ms"
    )
