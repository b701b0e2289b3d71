"""The same backlog with more and more worker processes."""

import time
from pathlib import Path

from src.config import Settings
from src.wiring import App
from tests.drills.history import write
from tests.drills.site import ALL, WORKERS, site
from tests.drills.size import SEED, SIZE, told
from tests.workers.processes import Workers


async def test_any_number_of_processes_keeps_the_order(waking: App, with_redis: Settings, tmp_path: Path) -> None:
    """Everything is built from nothing by 1, 2 and 4 processes: ordered within each project, nothing twice."""
    await write(waking, SIZE.projects, SIZE.events, SEED)
    place = await site(waking)
    await place.runner.catch_up_all()
    head = await waking.log.head()
    seconds: dict[int, float] = {}
    for processes in SIZE.processes:
        before = await place.active()
        with Workers(with_redis, tmp_path / f"{processes}.log", processes, module=WORKERS) as workers:
            await workers.ready()
            began = time.perf_counter()
            await place.order_rebuild()
            await place.switched(before)
            seconds[processes] = time.perf_counter() - began
            assert workers.stop() == 0
        await place.in_order_and_once()
    await place.undisturbed()
    told(f"speed: {head:,} events, {SIZE.projects} projects, {len(ALL)} projections")
    for processes, took in seconds.items():
        ratio = seconds[1] / took
        told(f"  {processes} processes: {took:.1f} s, {head * len(ALL) / took:,.0f} events/s, {ratio:.2f} times one")
