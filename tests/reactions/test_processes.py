"""Reactions in the processes that run them: the serving one without workers, else the workers, killed or not."""

import asyncio
from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr

from src.commands.command import SYSTEM
from src.config import Settings
from src.wiring import App, open_app
from tests.acting import register
from tests.conftest import nobody_woken
from tests.databases import as_owner
from tests.reactions.test_housekeeping import aged, swept
from tests.servers import Redis
from tests.workers.processes import PATIENCE_SECONDS, Workers


async def expired(app: App) -> None:
    """Waits until no outcome of a person is left."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await as_owner(app.settings, f"SELECT 1 FROM outcomes WHERE actor <> '{SYSTEM}'"):
            await asyncio.sleep(0.05)


async def level(app: App) -> None:
    """Waits until nothing is left to do."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while any(progress.lag for progress in await app.reactor.progress()):
            await asyncio.sleep(0.05)


async def test_without_workers_the_application_reacts_by_itself(settings: Settings) -> None:
    """The process that serves sweeps as well; who opens it with workers leaves that to them."""
    async with open_app(settings, nobody_woken) as app:
        await (await register(app.commands)).project()
        await aged(settings, timedelta(hours=2))
        assert all(progress.updated_at is None for progress in await app.reactor.progress())
    async with open_app(settings) as app:
        await expired(app)
        await level(app)
        assert await swept(app) == 1


async def test_workers_sweep_once_when_a_killed_ones_lease_has_ended(
    postgresql_settings: Settings, redis_server: Redis, tmp_path: Path
) -> None:
    """Of many processes one is at it, and none before the lease that was left behind is over."""
    settings = postgresql_settings.model_copy(update={"redis_url": SecretStr(redis_server.url)})
    async with open_app(settings, nobody_woken) as app:
        await (await register(app.commands)).project()
        await aged(settings, timedelta(hours=2))
        loop = asyncio.get_running_loop()
        left = loop.time() + 6
        later = "clock_timestamp() + interval '6 seconds'"
        await as_owner(
            settings, f"INSERT INTO leases (name, holder, until) VALUES ('reactions', gen_random_uuid(), {later})"
        )
        with Workers(settings, tmp_path / "workers.log", processes=3):
            await expired(app)
            assert loop.time() >= left
            await level(app)
            await asyncio.sleep(1.5)  # time for all of them to look again
            assert await swept(app) == 1
