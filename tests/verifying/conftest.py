"""A history of everything, made once on each database; every test has a copy of it, level with its read models."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from uuid_utils.compat import uuid4

from src.commands.account import DeleteAccount
from src.commands.plan import DeleteTask
from src.commands.task import AddTask
from src.config import Settings
from src.testing import register
from src.wiring import App, open_app
from tests.acting import context
from tests.conftest import MASTER_KEY, nobody_woken, settings_for
from tests.projections.lives import Life
from tests.servers import PostgreSQL


async def history(settings: Settings) -> None:
    """Two lives of the application: what the first has counted is stored when it closes."""
    async with open_app(settings, nobody_woken) as app:
        await live(app)
    async with open_app(settings, nobody_woken) as app:
        await app.runner.catch_up_all()


async def live(app: App) -> None:
    """Chance, a bulk, a refusal, a place that is sealed, and somebody who was erased."""
    life = Life(app.commands, 7)
    await life.begin()
    await life.go_on(40)
    ann = await register(app.commands, "ann")
    shed = await ann.project()
    tasks = [AddTask(project=shed, task=uuid4(), name=f"Task {n}") for n in range(5)]
    await app.commands.execute_all(tasks, ann.context(address="203.0.113.7", agent="test", session=None))
    bob = await register(app.commands, "bob")
    await bob.refused(DeleteTask(project=shed, task=uuid4()), address="203.0.113.8")
    boss = await register(app.commands, "boss", "administrator")
    await boss.do(DeleteAccount(user=bob.user), reason="left")
    await app.notices.exported(context(ann.user), "plan", project=shed)
    await app.reactor.run_due()


@pytest.fixture(scope="session")
async def sqlite_history(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """A folder with an embedded database that has a history, to be copied."""
    folder = tmp_path_factory.mktemp("history")
    shutil.copytree(sqlite_template, folder, dirs_exist_ok=True)
    await history(_embedded(folder))
    return folder


@pytest.fixture(scope="session")
async def postgresql_history(postgresql_server: PostgreSQL, postgresql_template: str) -> str:
    """A database with a history, to be copied."""
    name = "projectory_history"
    await postgresql_server.create_database(name, postgresql_template)
    await history(settings_for(postgresql_server, name))
    return name


@pytest.fixture
def sqlite_settings(tmp_path: Path, sqlite_history: Path) -> Settings:
    """A copy of the history of the test's own."""
    shutil.copytree(sqlite_history, tmp_path, dirs_exist_ok=True)
    return _embedded(tmp_path)


@pytest.fixture
async def postgresql_settings(postgresql_server: PostgreSQL, postgresql_history: str) -> AsyncIterator[Settings]:
    """The same on PostgreSQL."""
    name = f"test_{uuid4().hex}"
    await postgresql_server.create_database(name, postgresql_history)
    yield settings_for(postgresql_server, name)
    await postgresql_server.drop_database(name)


def _embedded(folder: Path) -> Settings:
    return Settings(database_url=f"sqlite:///{folder}/projectory.db", master_key=SecretStr(MASTER_KEY))
