"""What every test may ask for. Servers start with the first test that needs them, so pure tests start none."""

import gc
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import structlog
from pydantic import SecretStr
from sqlalchemy import make_url
from uuid_utils.compat import uuid4

from src import migrate
from src.commands.notices import Notices
from src.config import Settings
from src.testing.waking import nobody_woken
from src.wiring import App, open_app
from tests.examples import PROFILE
from tests.servers import PostgreSQL, Redis

__all__ = ["nobody_woken"]

hypothesis.settings.load_profile(PROFILE)

# As in the service itself: a traceback with the values of variables takes up to twenty seconds, and stops the loop.
*_, _console = structlog.get_config()["processors"]
_console.exception_formatter = structlog.dev.plain_traceback

MASTER_KEY = "cHJvamVjdG9yeSB0ZXN0IG1hc3RlciBrZXkgMzIgYnk="

Notices.minute = 86_400.0
"""What was counted is stored when a test says so (`flush`), or it would come between the events of another."""

_SERVERS = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def postgresql_server(pytestconfig: pytest.Config) -> Iterator[PostgreSQL]:
    """A PostgreSQL for the session; tests that kill one start their own."""
    with PostgreSQL() as server:
        pytestconfig.stash.setdefault(_SERVERS, []).append(f"PostgreSQL {server.version} from {server.origin}")
        yield server


@pytest.fixture(scope="session")
def redis_server(pytestconfig: pytest.Config) -> Iterator[Redis]:
    """A Redis for the session; tests that stop one start their own."""
    with Redis() as server:
        pytestconfig.stash.setdefault(_SERVERS, []).append(f"Redis {server.version} from {server.origin}")
        yield server


@pytest.fixture(scope="session")
async def postgresql_template(postgresql_server: PostgreSQL) -> str:
    """A migrated database, to be copied: a copy is faster than a migration."""
    name = "projectory_template"
    await postgresql_server.create_database(name)
    await migrate.upgrade(settings_for(postgresql_server, name))
    return name


def settings_for(server: PostgreSQL, database: str) -> Settings:
    """The settings of a database on the test server."""
    url = make_url(server.url).set(database=database).render_as_string(hide_password=False)
    return Settings(database_url=url, master_key=SecretStr(MASTER_KEY))


@pytest.fixture(scope="session")
async def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a migrated embedded database, to be copied: a copy is faster than a migration."""
    folder = tmp_path_factory.mktemp("template")
    await migrate.upgrade(Settings(database_url=f"sqlite:///{folder}/projectory.db"))
    return folder


@pytest.fixture
def sqlite_settings(tmp_path: Path, sqlite_template: Path) -> Settings:
    """A migrated embedded database of the test's own."""
    shutil.copytree(sqlite_template, tmp_path, dirs_exist_ok=True)
    return Settings(database_url=f"sqlite:///{tmp_path}/projectory.db")


@pytest.fixture
async def postgresql_settings(postgresql_server: PostgreSQL, postgresql_template: str) -> AsyncIterator[Settings]:
    """A migrated PostgreSQL database of the test's own."""
    name = f"test_{uuid4().hex}"
    await postgresql_server.create_database(name, postgresql_template)
    yield settings_for(postgresql_server, name)
    await postgresql_server.drop_database(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest) -> Settings:
    """A migrated database of the test's own: every test that asks for it runs on both."""
    settings: Settings = request.getfixturevalue(f"{request.param}_settings")
    return settings


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[App]:
    """The whole application on the test's own database; its projections run when the test says so."""
    async with open_app(settings, nobody_woken) as app:
        yield app


def pytest_collection_finish() -> None:
    """What is imported stays: to look for garbage in it again and again was a tenth of the time of all tests."""
    gc.freeze()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A process of several tells the one that reports which servers it used."""
    told: dict[str, object] | None = getattr(session.config, "workeroutput", None)
    if told is not None:
        told["servers"] = session.config.stash.get(_SERVERS, [])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Takes that over."""
    node.config.stash.setdefault(_SERVERS, []).extend(getattr(node, "workeroutput", {}).get("servers", []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say which servers the result stands for."""
    servers: list[str] = config.stash.get(_SERVERS, [])
    for server in sorted(set(servers)):
        terminalreporter.line(f"Tested on {server}")
