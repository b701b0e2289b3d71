"""Who was erased stays so when a backup from before is put back."""

import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from src.commands.account import DeleteAccount
from src.commands.user import USER
from src.config import Settings
from src.events.erased import ErasedList
from src.wiring import open_app
from tests.acting import Actor, register
from tests.conftest import nobody_woken
from tests.databases import as_owner
from tests.held import holding

from .erased import ALL, level, lived, log_of, shows_nobody, tombstone


@asynccontextmanager
async def restored(settings: Settings, tmp_path: Path) -> AsyncIterator[None]:
    """What the database was at the beginning of the block it is again at the end."""
    if settings.embedded:
        copy = tmp_path / "backup"
        copy.mkdir()
        for name in ("projectory.db",):
            with (
                closing(sqlite3.connect(settings.log_file.with_name(name))) as source,
                closing(sqlite3.connect(copy / name)) as target,
            ):
                source.backup(target)
        yield
        for file in settings.log_file.parent.glob("projectory*.db*"):
            file.unlink()
        shutil.copy(copy / "projectory.db", settings.log_file)
        return
    base, _, name = settings.database_url.rpartition("/")
    admin = Settings(database_url=f"{base}/postgres", master_key=settings.master_key)
    await as_owner(admin, f'CREATE DATABASE "{name}_backup" TEMPLATE "{name}"', "SELECT 1")
    yield
    await as_owner(
        admin,
        f'DROP DATABASE "{name}" WITH (FORCE)',
        f'CREATE DATABASE "{name}" TEMPLATE "{name}_backup"',
        f'DROP DATABASE "{name}_backup"',
    )


@pytest.fixture
def with_list(settings: Settings, tmp_path: Path) -> Settings:
    """The settings with a list of erased persons: SQLite has one by itself."""
    return settings if settings.embedded else settings.model_copy(update={"erased_file": tmp_path / "erased"})


async def test_a_restore_brings_nobody_back(with_list: Settings, tmp_path: Path) -> None:
    """The older database knows the person and has the key; once it is opened both are gone, before anything else."""
    async with open_app(with_list, nobody_woken) as app:
        person = await lived(app)
    zeb = person.zeb.user
    async with restored(with_list, tmp_path), open_app(with_list, nobody_woken) as app:
        await Actor(app.commands, zeb).do(DeleteAccount(user=zeb))
        await level(app)
    assert with_list.erased_list is not None
    assert [each.user for each in ErasedList(with_list.erased_list).read()] == [zeb]
    assert await tombstone(with_list, zeb) == [(60, False)]
    for _ in range(2):
        async with open_app(with_list, nobody_woken) as app:
            assert await tombstone(with_list, zeb) == [(0, True)]
            recorded = await log_of(app)
            assert [each.type for each in recorded].count("AccountDeleted") == 1
            await level(app)
            await shows_nobody(app, person)
            assert len(await log_of(app)) == len(recorded)
    assert await holding(with_list, ALL) == []
    assert [each.user for each in ErasedList(with_list.erased_list).read()] == [zeb]


async def test_the_last_administrator_is_not_brought_back_either(with_list: Settings, tmp_path: Path) -> None:
    """In the older database nobody else was administrator yet."""
    async with open_app(with_list, nobody_woken) as app:
        ann = await register(app.commands, "ann", "administrator")
    async with restored(with_list, tmp_path), open_app(with_list, nobody_woken) as app:
        bob = await register(app.commands, "bob", "administrator")
        await bob.do(DeleteAccount(user=ann.user))
        await level(app)
    async with open_app(with_list, nobody_woken) as app:
        assert (await app.commands.states.get([USER.at(ann.user)]))[0].state.deleted
        assert await tombstone(with_list, ann.user) == [(0, True)]
