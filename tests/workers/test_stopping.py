"""Workers end in order and in time, whatever the signal, whoever died and whatever is under way."""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from src.config import Settings
from src.wiring import App
from tests.acting import register
from tests.histories import edit
from tests.servers import Redis
from tests.workers.processes import Crew, Workers, level
from tests.workers.slow import at_full_speed, slow_down, within_a_batch
from workers.broker import NAMESPACE, QUEUE, connect

STOP_SECONDS = 20
ORPHAN_SECONDS = 8
TAKEOVER_SECONDS = 8
"""Of who is ready; Redis gives a message to another after fifteen."""


async def test_workers_stop_gracefully(waking: App, workers: Workers) -> None:
    """SIGTERM ends all processes, with what was under way finished."""
    ann = await register(waking.commands)
    await edit(ann, await ann.project(), 1, 10)
    await level(waking)
    assert workers.stop() == 0
    assert workers.remaining() == []


@pytest.mark.parametrize("times", [1, 2])
async def test_a_signal_to_the_whole_group_is_one_signal(waking: App, workers: Workers, times: int) -> None:
    """Where the supervisor signals every process, and the master does so too, they end in order all the same."""
    ann = await register(waking.commands)
    await edit(ann, await ann.project(), 1, 10)
    workers.signal(*[signal.SIGTERM] * times, group=True)
    assert workers.wait() == 0
    assert workers.gone() < STOP_SECONDS
    assert workers.log.count("worker stopped") == 2


@pytest.mark.parametrize("leave, come_back", [("kill", "start"), ("freeze", "thaw")])
async def test_without_redis_they_stop_as_well(
    waking: App, redis: Redis, workers: Workers, leave: str, come_back: str
) -> None:
    """A Redis that is gone, or does not answer, keeps nobody."""
    getattr(redis, leave)()
    time.sleep(1)  # noqa: ASYNC251 - until they have noticed
    workers.signal(signal.SIGTERM)
    assert workers.gone() < STOP_SECONDS
    getattr(redis, come_back)()


async def test_workers_that_are_starting_stop_as_well(with_redis: Settings, tmp_path: Path) -> None:
    """A signal at any moment of the start ends all processes."""
    for moment in range(1, 12, 2):
        workers = Workers(with_redis, tmp_path / "workers.log", processes=2)
        workers.start()
        time.sleep(moment / 8)  # noqa: ASYNC251 - the moment is what is tested
        workers.signal(signal.SIGTERM, signal.SIGTERM, group=True)
        assert workers.gone() < STOP_SECONDS, workers.log
        workers.kill()


async def test_a_batch_is_finished_before_the_end(waking: App, with_redis: Settings, workers: Workers) -> None:
    """What takes a few seconds is written, and not left for the next. Each of the tables takes one of them."""
    ann = await register(waking.commands)
    await level(waking)
    await slow_down(with_redis, 0.7)
    await ann.project()
    await within_a_batch(with_redis)
    workers.signal(signal.SIGTERM, signal.SIGTERM, group=True)
    assert workers.wait() == 0
    await at_full_speed(with_redis)
    head = await waking.log.head()
    assert max(progress.position for progress in await waking.runner.progress()) == head


@pytest.mark.slow
@pytest.mark.parametrize("group", [False, True])
async def test_a_batch_that_takes_too_long_is_cut_off(
    waking: App, with_redis: Settings, workers: Workers, group: bool
) -> None:
    """Nobody waits longer than a supervisor does; what was cut off is rolled back, and done later."""
    await slow_down(with_redis, 60)
    await register(waking.commands)
    await within_a_batch(with_redis)
    workers.signal(signal.SIGTERM, signal.SIGTERM, group=group)
    assert workers.gone() < STOP_SECONDS
    await at_full_speed(with_redis)
    workers.start()
    await level(waking)


async def test_orphans_end_by_themselves(waking: App, workers: Workers) -> None:
    """A master that is killed takes its workers along, if a little later."""
    await register(waking.commands)
    workers.signal(signal.SIGKILL)
    assert workers.gone() < ORPHAN_SECONDS
    assert workers.log.count("worker stopped") == 2


@pytest.mark.slow
async def test_orphans_from_the_start_end_as_well(with_redis: Settings, tmp_path: Path) -> None:
    """A master that is killed before its workers have come up leaves none behind for long."""
    with Workers(with_redis, tmp_path / "workers.log", processes=2) as workers:
        while len(workers.children()) < 2:
            assert not workers.ended(), workers.log
        workers.signal(signal.SIGKILL)
        assert workers.gone() < STOP_SECONDS + ORPHAN_SECONDS


async def test_killed_in_a_batch_others_take_over(
    waking: App, with_redis: Settings, redis: Redis, tmp_path: Path
) -> None:
    """Whoever is ready next does what a killed worker had begun, although Redis keeps its message for longer."""
    ann = await register(waking.commands)
    async with Crew(with_redis, tmp_path, masters=2) as crew:
        await level(waking)
        await slow_down(with_redis, 2)
        await ann.project()
        await within_a_batch(with_redis)
        for master in crew.masters:
            master.kill_child(random.Random(1))
        client = connect(with_redis)
        assert client.hlen(f"{NAMESPACE}:{QUEUE}.msgs")
        client.close()
        await at_full_speed(with_redis)
        for master in crew.masters:
            await master.ready(starts=2)
        began = time.monotonic()
        await level(waking)
        assert time.monotonic() - began < TAKEOVER_SECONDS


async def test_one_killed_process_ends_its_master(waking: App, workers: Workers) -> None:
    """Dramatiq gives up with one of its processes; the exit status tells a supervisor to start it anew."""
    os.kill(workers.children()[0], signal.SIGKILL)
    assert workers.wait() != 0
    assert workers.remaining() == []
    workers.start()
    await (await register(waking.commands)).project()
    await level(waking)
    assert workers.stop() == 0


async def test_hanging_up_starts_anew(waking: App, workers: Workers) -> None:
    """SIGHUP ends the workers in order and starts others under the same master."""
    master = workers.master
    before = set(workers.children())
    workers.signal(signal.SIGHUP)
    while workers.log.count("worker ready") < 4:
        assert not workers.ended(), workers.log
        time.sleep(0.1)  # noqa: ASYNC251 - it has nothing else to do
    assert workers.master == master
    assert before.isdisjoint(workers.children())
    assert workers.stop() == 0
