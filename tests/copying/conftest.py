"""Databases to copy to and from."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from uuid_utils.compat import uuid4

from src.config import Settings
from tests.conftest import settings_for
from tests.copying.logs import keyed
from tests.servers import PostgreSQL
from tests.sharing import shared_postgresql_settings

__all__ = ["shared_postgresql_settings"]

Another = Callable[..., Awaitable[Settings]]


@pytest.fixture
async def another(tmp_path: Path, postgresql_server: PostgreSQL, postgresql_template: str) -> AsyncIterator[Another]:
    """Makes an empty database of the kind, to be used with the same master key as the one given."""
    names: list[str] = []

    async def make(kind: str, like: Settings) -> Settings:
        if kind == "sqlite":
            folder = tmp_path / uuid4().hex
            folder.mkdir()
            return keyed(Settings(database_url=f"sqlite:///{folder}/projectory.db"), like)
        names.append(f"copy_{uuid4().hex}")
        await postgresql_server.create_database(names[-1], postgresql_template)
        return keyed(settings_for(postgresql_server, names[-1]), like)

    yield make
    for name in names:
        await postgresql_server.drop_database(name)
