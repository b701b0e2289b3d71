"""Workers as separate processes on a real PostgreSQL and a real Redis, disturbed in every way we know."""

import asyncio
import random
from pathlib import Path

from src.config import Settings
from src.wiring import App
from tests.acting import register
from tests.histories import edit
from tests.read_tables import dump, rebuilt
from tests.servers import Redis
from tests.workers.processes import Crew, Workers, level
from workers.broker import MARK, connect, make_broker, wake


async def undisturbed(app: App) -> None:
    """Compares the rows with those of one quiet run over the same log."""
    found = await dump(app.readers)
    assert await rebuilt(app) == found


async def test_a_command_wakes_the_workers(waking: App, with_redis: Settings, tmp_path: Path) -> None:
    """What a command wrote is in the read models soon after, without the process that executed it."""
    ann = await register(waking.commands)
    with Workers(with_redis, tmp_path / "workers.log"):
        project = await ann.project()
        await edit(ann, project, 1, 20)
        await level(waking)
    await undisturbed(waking)


async def test_killed_workers_leave_the_rows_of_a_quiet_run(waking: App, with_redis: Settings, tmp_path: Path) -> None:
    """SIGKILL at random moments under load, with two processes, neither loses nor doubles anything."""
    ann = await register(waking.commands)
    projects = [await ann.project(f"Project {n}") for n in range(4)]
    with Workers(with_redis, tmp_path / "workers.log", processes=2) as workers:
        for kill in range(4):
            edits = asyncio.gather(*(edit(ann, project, kill * 10 + n, 40) for n, project in enumerate(projects)))
            await level(waking, position=(kill + 1) * 40)
            workers.kill()
            workers.start()
            await edits
        await level(waking)
    await undisturbed(waking)


async def test_single_workers_killed_at_random_leave_the_same(
    waking: App, with_redis: Settings, tmp_path: Path
) -> None:
    """SIGKILL of single processes under load, with masters that are started anew, neither loses nor doubles."""
    ann = await register(waking.commands)
    projects = [await ann.project(f"Project {n}") for n in range(3)]
    dice = random.Random(7)
    async with Crew(with_redis, tmp_path, masters=2, processes=2) as crew:
        for kill in range(4):
            edits = asyncio.gather(*(edit(ann, project, kill * 10 + n, 40) for n, project in enumerate(projects)))
            await asyncio.sleep(dice.random())
            crew.kill_child(dice)
            await edits
        await level(waking)
        async with asyncio.timeout(30):  # a master notices within seconds that one of its processes is dead
            while not crew.restarts:
                await asyncio.sleep(0.05)
    await undisturbed(waking)


async def test_a_flushed_redis_loses_nothing(waking: App, with_redis: Settings, redis: Redis, tmp_path: Path) -> None:
    """FLUSHALL takes messages and marks away; the sweep finds what they stood for."""
    ann = await register(waking.commands)
    project = await ann.project()
    client = connect(with_redis)
    with Workers(with_redis, tmp_path / "workers.log"):
        for n in range(6):
            await edit(ann, project, n, 20)
            client.flushall()
        await level(waking)
    client.close()
    await undisturbed(waking)


async def test_doubled_messages_change_nothing(waking: App, with_redis: Settings, tmp_path: Path) -> None:
    """Every wake-up delivered twice, or for nothing at all, ends in the same rows."""
    ann = await register(waking.commands)
    project = await ann.project()
    client = connect(with_redis)
    broker = make_broker(client)
    doubled = 0
    with Workers(with_redis, tmp_path / "workers.log", processes=2):
        for n in range(20):
            await edit(ann, project, n, 3)
            for _ in range(6):
                client.delete(MARK)
                doubled += wake(broker, {})
        await level(waking)
    client.close()
    assert doubled > 60
    await undisturbed(waking)


async def test_commands_succeed_without_redis(waking: App, with_redis: Settings, redis: Redis, tmp_path: Path) -> None:
    """With Redis down nothing is refused and nothing waits; when it is back the read models catch up."""
    ann = await register(waking.commands)
    with Workers(with_redis, tmp_path / "workers.log"):
        project = await ann.project()
        await level(waking)
        redis.stop()
        async with asyncio.timeout(10):
            await edit(ann, project, 1, 40)
        redis.start()
        await ann.task(project, "After")
        await level(waking)
    await undisturbed(waking)
