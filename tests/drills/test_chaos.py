"""Workers that are killed at random, in the middle of batches too, while Redis is emptied and restarted."""

import asyncio
import random
import time
from pathlib import Path

from src.config import Settings
from src.wiring import App
from tests.drills.history import Writers, write
from tests.drills.site import WORKERS, site
from tests.drills.size import SEED, SIZE, told
from tests.servers import Redis
from tests.workers.processes import Crew
from workers.broker import connect

_CRASHES = "0.01"
"""One batch in a hundred kills its process when its rows are written and its checkpoints are not."""


async def test_what_dies_is_as_if_it_had_never_begun(
    waking: App, with_redis: Settings, redis: Redis, tmp_path: Path
) -> None:
    """Rows equal those of an undisturbed run, whatever was killed, lost and restarted, a rebuild under way included."""
    dice = random.Random(SEED)
    plans = await write(waking, SIZE.projects, SIZE.events // 4, SEED)
    place = await site(waking)
    blows = ["kill"] * SIZE.kills + ["flush"] * SIZE.flushes + ["restart"] * SIZE.restarts
    dice.shuffle(blows)
    async with Crew(with_redis, tmp_path, masters=3, module=WORKERS, DRILL_CRASH=_CRASHES) as crew:
        before = await place.active()
        await place.order_rebuild()
        async with Writers(plans, SIZE.writers, pause=0.02):
            for blow in blows:
                await asyncio.sleep(dice.uniform(0.2, 1.0))
                match blow:
                    case "kill":
                        crew.kill_child(dice)
                    case "flush":
                        await asyncio.to_thread(connect(with_redis).flushall)
                    case _:
                        redis.kill()
                        await asyncio.sleep(dice.uniform(0.1, 1.0))
                        redis.start()
        began = time.perf_counter()
        await place.level()
        recovery = time.perf_counter() - began
        await place.switched(before)
        await place.level()  # the new schedules too
        restarts = crew.restarts
    events = await place.in_order_and_once()
    await place.undisturbed()
    told(
        f"chaos: {SIZE.kills} kills, {SIZE.flushes} flushes, {SIZE.restarts} restarts of Redis, {restarts} restarts of "
        f"masters; level {recovery:.1f} s after the last one; {events:,} events of the ledger in order and once"
    )
