"""The command line in an empty folder, on both databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from uuid_utils.compat import uuid4

from tests.conftest import MASTER_KEY, settings_for
from tests.servers import PostgreSQL

from .running import CommandLine


@pytest.fixture
def embedded(tmp_path: Path) -> CommandLine:
    """With nothing set: SQLite in the present folder."""
    return CommandLine(tmp_path)


@pytest.fixture
async def postgresql(postgresql_server: PostgreSQL, tmp_path: Path) -> AsyncIterator[CommandLine]:
    """With an empty PostgreSQL database that nobody has migrated."""
    name = f"cli_{uuid4().hex}"
    await postgresql_server.create_database(name)
    url = settings_for(postgresql_server, name).database_url
    yield CommandLine(tmp_path, {"PROJECTORY_DATABASE_URL": url, "PROJECTORY_MASTER_KEY": MASTER_KEY})
    await postgresql_server.drop_database(name)


@pytest.fixture(params=["embedded", "postgresql"])
def command_line(request: pytest.FixtureRequest) -> CommandLine:
    """Both; on PostgreSQL nothing is migrated yet."""
    command_line: CommandLine = request.getfixturevalue(request.param)
    return command_line
