"""What is no fault: busy and broken databases, and runners that are stopped anywhere."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress

import pytest
import structlog
from sqlalchemy import text

from src.config import Settings
from src.database import postgresql_engine
from src.events import LogUnavailableError
from src.projections import PROJECTIONS, Runner
from src.projections.audit import AUDIT
from src.projections.tasks import TASKS
from src.wiring import open_app
from tests.conftest import nobody_woken
from tests.databases import postgresql
from tests.projections.lives import Life
from tests.projections.standing import with_task
from tests.read_tables import dump, rebuilt


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """What is logged is not rendered: to draw a traceback takes longer than a test."""
    with structlog.testing.capture_logs():
        yield


async def test_what_another_worker_has_in_hand_is_passed_over(postgresql_settings: Settings) -> None:
    """Nobody waits for a bucket that is locked: the others go on, and it is found again when it is free."""
    async with open_app(postgresql_settings, nobody_woken) as app:
        ann, update = await with_task(app)
        await app.runner.catch_up_all()
        await ann.do(update)
        async with postgresql(postgresql_settings) as other, other.transaction():
            await other.execute("SELECT FROM checkpoints WHERE projection = 'tasks' FOR UPDATE")
            await app.runner.catch_up()
            assert {p.projection: p.lag for p in await app.runner.progress()} == {
                projection.name: int(projection is TASKS) for projection in PROJECTIONS
            }
        assert await app.runner.catch_up(TASKS) == 1


async def test_killed_connections_stop_no_projection(postgresql_settings: Settings) -> None:
    """Backends that end under a runner are an outage: it is told as such, and nothing is lost or applied twice."""
    async with open_app(postgresql_settings, nobody_woken) as app, postgresql(postgresql_settings) as owner:
        life = Life(app.commands, 6)
        await life.begin()
        await life.go_on(60)
        runner = Runner(app.log, app.models, PROJECTIONS, batch=3)
        kills, level = 0, False

        async def kill() -> None:
            nonlocal kills
            seen = 0
            while kills < 20 and not level:
                passed = await owner.fetchval("SELECT coalesce(sum(position), 0) FROM checkpoints")
                if passed > seen:  # or nothing would ever come to its end
                    seen, kills = passed, kills + 1
                    await owner.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND application_name = 'projectory'"
                    )

        killing = asyncio.create_task(kill())
        while not level:
            try:
                level = await runner.catch_up_all() == 0
            except LogUnavailableError:
                continue
        await killing
        assert kills > 3
        assert {(progress.state, progress.lag) for progress in await runner.progress()} == {("running", 0)}
        followed = await dump(app.readers)
        assert await rebuilt(app) == followed


async def test_a_server_that_is_not_there_is_an_outage(postgresql_settings: Settings) -> None:
    """Nobody listens: the runner says so in one way, whatever the driver says."""
    async with open_app(postgresql_settings, nobody_woken) as app:
        await with_task(app)
        nowhere = postgresql_engine(postgresql_settings.url.set(port=9))
        with pytest.raises(LogUnavailableError):
            await Runner(app.log, nowhere, PROJECTIONS).catch_up(AUDIT)
        await nowhere.dispose()


async def test_a_runner_without_a_free_connection_is_an_outage(postgresql_settings: Settings) -> None:
    """Waiting for a connection of an exhausted pool ends like any other outage."""
    async with open_app(postgresql_settings, nobody_woken) as app:
        await with_task(app)
        engine = postgresql_engine(postgresql_settings.url)
        engine.pool._timeout = 0.05  # type: ignore[attr-defined]
        held = [await engine.connect() for _ in range(20)]
        for connection in held:
            await connection.execute(text("SELECT 1"))
        with pytest.raises(LogUnavailableError):
            await Runner(app.log, engine, PROJECTIONS).catch_up(AUDIT)
        for connection in held:
            await connection.close()
        await engine.dispose()


async def _interrupted(runner: Runner, step: int, between: Callable[[], None] = lambda: None) -> int:
    """Runs and cancels, a little later each time, until a run gets to its end; how often it did not."""
    for steps in range(1, 5_000, step):
        running = asyncio.create_task(runner.catch_up())
        for _ in range(steps):
            await asyncio.sleep(0)
        if running.done():
            return steps // step
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        between()
    raise AssertionError("no run came to its end")


async def test_a_runner_stopped_anywhere_goes_on_from_there(postgresql_settings: Settings) -> None:
    """Cancelled again and again, between batches and within them, it ends with the rows of a quiet run."""
    async with open_app(postgresql_settings, nobody_woken) as app:
        life = Life(app.commands, 7)
        await life.begin()
        await life.go_on(20)
        assert await _interrupted(Runner(app.log, app.models, PROJECTIONS, batch=10), 23) > 5
        await app.runner.catch_up_all()
        followed = await dump(app.readers)
        assert await rebuilt(app) == followed


async def test_a_cancelled_runner_lets_go_of_the_file(sqlite_settings: Settings) -> None:
    """Whoever is cancelled within a transaction leaves no lock behind, for others to wait for."""
    async with open_app(sqlite_settings, nobody_woken) as app:
        life = Life(app.commands, 7)
        await life.begin()
        await life.go_on(20)

        def write() -> None:
            with closing(sqlite3.connect(sqlite_settings.read_file, timeout=0.5, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")

        await _interrupted(Runner(app.log, app.models, PROJECTIONS, batch=10), 7, write)
