"""A database that cannot be used is told in one way, whatever its driver says."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from src.config import Settings
from src.database import open_database
from src.events import LogUnavailableError
from src.events.postgresql_log import PostgreSQLLog
from tests.events.committing import appended, commit, new_stream


@pytest.fixture
def without_patience() -> Iterator[None]:
    """Reads are asked once only."""
    with stamina.set_testing(True, attempts=1):
        yield


async def test_a_log_that_cannot_be_reached_is_unavailable(without_patience: None, tmp_path: Path) -> None:
    """Nobody listens, or there is no such folder: what was asked may be asked again."""
    for url in ("postgresql://postgres@127.0.0.1:9/nothing", f"sqlite:///{tmp_path}/missing/projectory.db"):
        database, log = open_database(Settings(database_url=url))
        for attempt in (log.head(), log.read(0, 1), log.read_streams({"a": 0}), log.append([commit({"a": 0})])):
            with pytest.raises(LogUnavailableError):
                await attempt
        await log.close()
        await database.dispose()


async def test_a_log_without_a_free_connection_is_unavailable(
    shared_postgresql_settings: Settings, without_patience: None
) -> None:
    """Waiting for a connection of an exhausted pool ends like any other outage."""
    url = make_url(shared_postgresql_settings.database_url).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url, pool_size=1, max_overflow=0, pool_timeout=0.05)
    log = PostgreSQLLog(engine)
    async with engine.connect():
        for attempt in (log.head(), log.append([commit({new_stream(): 0})])):
            with pytest.raises(LogUnavailableError):
                await attempt
    await appended(log, commit({new_stream(): 0}))
    await log.close()
    await engine.dispose()
