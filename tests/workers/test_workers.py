"""Workers as separate processes on a real PostgreSQL and a real Redis, disturbed in every way we know."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from src.config import Settings
from src.wiring import App, open_app
from tests.acting import register
from tests.histories import edit
from tests.read_tables import dump, rebuilt
from tests.servers import Redis
from tests.workers.processes import Workers, level
from workers.broker import QUEUE, connect, make_broker, mark, wake
from workers.wake import connect as connect_wake


@pytest.fixture
def redis() -> Iterator[Redis]:
    """A Redis of the test's own, which may be stopped and emptied."""
    with Redis(own=True) as server:
        yield server


@pytest.fixture
def with_redis(postgresql_settings: Settings, redis: Redis) -> Settings:
    """The test's own database, with Redis configured."""
    return postgresql_settings.model_copy(update={"redis_url": SecretStr(redis.url)})


@pytest.fixture
async def waking(with_redis: Settings) -> AsyncIterator[App]:
    """The application as the service opens it: its commands wake workers."""
    async with open_app(with_redis, connect_wake) as app:
        yield app


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
    with Workers(with_redis, tmp_path / "workers.log", processes=2):
        for n in range(20):
            await edit(ann, project, n, 3)
            for progress in await waking.runner.progress():
                for _ in range(2):
                    client.delete(mark(progress.projection))
                    assert wake(broker, progress.projection, None)
        await level(waking)
    client.close()
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


async def test_one_wake_up_is_pending_at_most(with_redis: Settings) -> None:
    """Many commands before a worker looks make one message for each projection."""
    client = connect(with_redis)
    broker = make_broker(client)
    assert [wake(broker, "tasks", None) for _ in range(5)] == [True, False, False, False, False]
    assert broker.do_qsize(QUEUE) == 1
    client.close()


async def test_workers_stop_gracefully(waking: App, with_redis: Settings, tmp_path: Path) -> None:
    """SIGTERM ends all processes, with what was under way finished."""
    ann = await register(waking.commands)
    workers = Workers(with_redis, tmp_path / "workers.log")
    workers.start()
    await edit(ann, await ann.project(), 1, 10)
    await level(waking)
    assert workers.stop() == 0
