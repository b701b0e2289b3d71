"""The command line in an empty folder, on both databases."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from uuid_utils.compat import uuid4

from tests.conftest import MASTER_KEY, settings_for
from tests.servers import PostgreSQL

from .running import CommandLine, Starter


@pytest.fixture(scope="session")
def starter() -> Iterator[Starter]:
    """What starts commands; it starts with the first test that needs it."""
    starter = Starter()
    yield starter
    starter.close()


@pytest.fixture
def embedded(starter: Starter, tmp_path: Path) -> CommandLine:
    """With nothing set: SQLite in the present folder."""
    return CommandLine(starter, tmp_path)


@pytest.fixture
async def postgresql(starter: Starter, postgresql_server: PostgreSQL, tmp_path: Path) -> AsyncIterator[CommandLine]:
    """With an empty PostgreSQL database that nobody has migrated."""
    name = f"cli_{uuid4().hex}"
    await postgresql_server.create_database(name)
    url = settings_for(postgresql_server, name).database_url
    yield CommandLine(starter, tmp_path, {"PROJECTORY_DATABASE_URL": url, "PROJECTORY_MASTER_KEY": MASTER_KEY})
    await postgresql_server.drop_database(name)


@pytest.fixture(params=["embedded", "postgresql"])
def command_line(request: pytest.FixtureRequest) -> CommandLine:
    """Both; on PostgreSQL nothing is migrated yet."""
    command_line: CommandLine = request.getfixturevalue(request.param)
    return command_line
