"""Keys in the databases: one of each, and nothing left of those that are destroyed."""

import asyncio
import base64
import os
import sqlite3
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from uuid_utils.compat import uuid4

from src.commands.account import ChangeProfile
from src.commands.loop import Accepted
from src.commands.user import RegisterUser
from src.config import Settings
from src.events.keyring import Keyring, WrongMasterKeyError
from src.key_file import master_keys
from src.wiring import App, open_app
from tests.acting import context, register
from tests.conftest import nobody_woken
from tests.databases import as_owner, postgresql

NAMES = ("Zebulon Quixworth", "zeb.quix", "quixworth@example.org", "Zebedee Quixworth")


async def test_keyrings_that_race_for_a_key_agree_on_one(shared: App) -> None:
    """The first to store a key makes it; all others use that."""
    id_ = str(uuid4())
    with master_keys(shared.settings) as keys:
        keyrings = [Keyring(shared.keyring.store, *keys) for _ in range(5)]
    assert len(set(await asyncio.gather(*(keyring.ensure(id_) for keyring in keyrings)))) == 1
    await keyrings[0].destroy(id_)
    assert await shared.keyring.store.find([id_]) == {}


async def test_personal_fields_are_nowhere_in_plain_text(settings: Settings) -> None:
    """No table and no file holds a name, a user name or an e-mail address, whatever was done with them."""
    name, username, email, renamed = NAMES
    async with open_app(settings, nobody_woken) as app:
        bob = await register(app.commands, "bob", "administrator")
        command = RegisterUser(username=username, email=email, name=name)
        given_once = context(bob.user)
        registered = await app.commands.execute(command, given_once)
        assert isinstance(registered, Accepted)
        assert await app.commands.execute(command, given_once) == registered
        await app.commands.execute(command, context(bob.user))  # refused: the names are taken
        rename = ChangeProfile(user=UUID(registered.ids["user"]), name=renamed)
        await app.commands.execute(rename, context(bob.user, expected=77))  # refused: stale
        await app.commands.execute(rename, context(bob.user))
        await app.runner.catch_up_all()
        await _assert_nowhere(settings, [text.encode() for text in NAMES])
    await _assert_nowhere(settings, [text.encode() for text in NAMES])


async def test_a_destroyed_key_is_nowhere_left(tmp_path: Path) -> None:
    """SQLite overwrites what it deletes: the wrapped key is in no page of any file, at once and for good."""
    settings = Settings(database_url=f"sqlite:///{tmp_path}/projectory.db")
    async with open_app(settings, nobody_woken) as app:
        ann = await register(app.commands, "ann")
        (wrapped,) = (await app.keyring.store.find([str(ann.user)])).values()
        assert await _found(settings, wrapped)
        await app.keyring.destroy(str(ann.user))
        assert await _found(settings, wrapped) == []
    assert await _found(settings, wrapped) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE keys SET wrapped = '' WHERE id = '{ann}'",
        "UPDATE keys SET destroyed_at = created_at WHERE id = '{ann}'",
        "UPDATE keys SET wrapped = (SELECT wrapped FROM keys WHERE id = '{ann}') WHERE id = '{gone}'",
        "UPDATE keys SET wrapped = '12', destroyed_at = NULL WHERE id = '{gone}'",
        "DELETE FROM keys WHERE id = '{gone}'",
    ],
)
async def test_the_database_keeps_destroyed_keys_destroyed(app: App, settings: Settings, statement: str) -> None:
    """Nobody brings one back, not even who owns the database, and no key is half destroyed."""
    ann, gone = str(uuid4()), str(uuid4())
    for id_ in (ann, gone):
        await app.keyring.ensure(id_)
    await app.keyring.destroy(gone)
    await app.keyring.destroy(gone)
    with pytest.raises((asyncpg.IntegrityConstraintViolationError, sqlite3.IntegrityError)):
        await as_owner(settings, statement.format(ann=ann, gone=gone))
    assert set(await app.keyring.store.find([ann, gone])) == {ann}


async def test_the_application_does_not_open_under_a_wrong_master_key(settings: Settings) -> None:
    """It fails at the start, not at the first command."""
    async with open_app(settings, nobody_woken):
        pass
    other = base64.b64encode(os.urandom(32)).decode()
    wrong = Settings(database_url=settings.database_url, master_key=other)  # type: ignore[arg-type]
    with pytest.raises(WrongMasterKeyError, match="PROJECTORY_MASTER_KEY"):
        async with open_app(wrong, nobody_woken):
            pass


async def _assert_nowhere(settings: Settings, texts: list[bytes]) -> None:
    assert await _found(settings, b"administrator")  # the search finds what is there
    for text in texts:
        assert await _found(settings, text) == []


async def _found(settings: Settings, text: bytes) -> list[str]:
    """Where the bytes are, in any case: which files of SQLite, which columns of PostgreSQL."""
    if settings.embedded:
        files = settings.log_file.parent.iterdir()
        return [file.name for file in files if file.is_file() and text.lower() in file.read_bytes().lower()]
    async with postgresql(settings) as connection:
        columns = await connection.fetch(
            "SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns "
            "JOIN information_schema.tables USING (table_schema, table_name) "
            "WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')"
        )
        assert len(columns) > 60
        found = []
        for schema, table, column, kind in columns:
            value = f'"{column}"' if kind == "bytea" else f"convert_to(\"{column}\"::text, 'UTF8')"
            lowered = f"convert_to(lower(convert_from({value}, 'LATIN1')), 'LATIN1')" if kind != "bytea" else value
            rows = await connection.fetchval(
                f'SELECT count(*) FROM "{schema}"."{table}" WHERE position($1 IN {value}) > 0 '
                f"OR position($2 IN {lowered}) > 0",
                text,
                text.lower(),
            )
            found += [f"{table}.{column}"] * rows
        return found
