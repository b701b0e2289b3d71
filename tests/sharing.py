"""A database and an application for many tests: those that make their own users, projects and streams.

A database costs more than most tests, so what does not look at the whole of it shares one. A `conftest.py` imports
these fixtures by name; every test that asks for `shared` runs on both databases.
"""

from collections.abc import AsyncIterator

import pytest
from uuid_utils.compat import uuid4

from src import migrate
from src.config import Settings
from src.wiring import App, open_app
from tests.conftest import nobody_woken, settings_for
from tests.servers import PostgreSQL


@pytest.fixture(scope="session")
async def shared_sqlite_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A migrated embedded database for the session."""
    settings = Settings(database_url=f"sqlite:///{tmp_path_factory.mktemp('shared')}/projectory.db")
    await migrate.upgrade(settings)
    return settings


@pytest.fixture(scope="session")
async def shared_postgresql_settings(
    postgresql_server: PostgreSQL, postgresql_template: str
) -> AsyncIterator[Settings]:
    """A migrated PostgreSQL database for the session."""
    name = f"shared_{uuid4().hex}"
    await postgresql_server.create_database(name, postgresql_template)
    yield settings_for(postgresql_server, name)
    await postgresql_server.drop_database(name)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def shared_settings(request: pytest.FixtureRequest) -> Settings:
    """One of the two."""
    settings: Settings = request.getfixturevalue(f"shared_{request.param}_settings")
    return settings


@pytest.fixture(scope="session")
async def shared(shared_settings: Settings) -> AsyncIterator[App]:
    """The application on the shared database; its projections do not run."""
    async with open_app(shared_settings, nobody_woken) as app:
        yield app
