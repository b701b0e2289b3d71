"""A Redis of the test's own, and the application as the service opens it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from src.config import Settings
from src.wiring import App, open_app
from tests.servers import Redis
from tests.workers.processes import Workers
from workers.wake import connect


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
    async with open_app(with_redis, connect) as app:
        yield app


@pytest.fixture
async def workers(with_redis: Settings, tmp_path: Path) -> AsyncIterator[Workers]:
    """A master with two processes, ready."""
    with Workers(with_redis, tmp_path / "workers.log", processes=2) as workers:
        await workers.ready()
        yield workers
