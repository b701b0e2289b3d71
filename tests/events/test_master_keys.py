"""The master key is changed: all keys are wrapped anew, the log stays as it is, and nothing is lost on the way."""

import asyncio
import base64
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr
from uuid_utils.compat import uuid4

from src.commands.account import ChangeProfile
from src.commands.user import USER
from src.config import Settings, SettingsError
from src.database import open_database
from src.events import RecordedEvent
from src.events.key_store import DatabaseKeyStore, Wrapped
from src.events.keyring import Keyring, WrongMasterKeyError
from src.key_file import DatabaseInUseError, MasterKeys, master_keys, rotating
from src.wiring import App, open_app
from tests.acting import register
from tests.conftest import MASTER_KEY, nobody_woken
from tests.databases import as_owner


def _key() -> SecretStr:
    return SecretStr(base64.b64encode(os.urandom(32)).decode())


def _under(settings: Settings, new: SecretStr | None, old: SecretStr | None = None) -> Settings:
    return settings.model_copy(update={"master_key": new, "old_master_key": old})


async def _name(app: App, user: object) -> str:
    return str((await app.commands.states.get([USER.at(str(user))]))[0].state.name)


async def _log(app: App) -> Sequence[RecordedEvent]:
    return await app.log.read(0, 100_000)


async def _wrapped(settings: Settings) -> dict[str, bytes]:
    return {id_: bytes(box) for id_, box in await as_owner(settings, "SELECT id, wrapped FROM keys")}


@pytest.fixture
def before(settings: Settings) -> Settings:
    """A database with its master key in the settings."""
    return _under(settings, SecretStr(MASTER_KEY))


async def test_all_keys_are_wrapped_anew_and_the_log_is_not_touched(before: Settings) -> None:
    """First both master keys are given, then the new one alone is enough and the old one is of no use."""
    async with open_app(before, nobody_woken) as app:
        people = [await register(app.commands, f"user{number}") for number in range(5)]
        await app.keyring.destroy(str(gone := uuid4()))
        recorded, wrapped = await _log(app), await _wrapped(before)
    new, old = _key(), before.master_key
    async with open_app(_under(before, new, old), nobody_woken) as app:
        assert await _name(app, people[0].user) == "User0"
        ann = await register(app.commands)
        count = await app.keyring.rewrap()
        assert count == len(wrapped) - 1
        assert await app.keyring.rewrap() == 0
        assert (await _log(app))[: len(recorded)] == recorded
    after = await _wrapped(before)
    assert after[str(gone)] == wrapped[str(gone)] == b""
    assert not set(after.values()) & (set(wrapped.values()) - {b""})
    async with open_app(_under(before, new), nobody_woken) as app:
        assert [await _name(app, each.user) for each in (*people, ann)] == [*(f"User{n}" for n in range(5)), "Ann"]
    with pytest.raises(WrongMasterKeyError, match="PROJECTORY_OLD_MASTER_KEY"):
        async with open_app(before, nobody_woken):
            pass


async def test_processes_run_on_while_keys_are_wrapped_anew(before: Settings) -> None:
    """People are registered and renamed by processes that know both keys, whichever of them is the present one."""
    async with open_app(before, nobody_woken) as app:
        people = [await register(app.commands, f"user{number}") for number in range(30)]
    new, old = _key(), before.master_key
    async with (
        open_app(_under(before, old, new), nobody_woken) as first,
        open_app(_under(before, new, old), nobody_woken) as second,
    ):

        async def rename(app: App, number: int) -> None:
            await app.commands.execute(
                ChangeProfile(user=people[number].user, name=f"Name {number}"), people[number].context()
            )

        async def destroy() -> None:
            await second.keyring.destroy(str(people[29].user))

        await asyncio.gather(
            second.keyring.rewrap(),
            destroy(),
            *(rename(first if number % 2 else second, number) for number in range(29)),
            *(register(first.commands, f"new{number}") for number in range(5)),
        )
        await second.keyring.rewrap()
    async with open_app(_under(before, new), nobody_woken) as app:
        assert [await _name(app, each.user) for each in people[:29]] == [f"Name {number}" for number in range(29)]
        assert await app.keyring.store.find([str(people[29].user)]) == {}


class _Interrupted(DatabaseKeyStore):
    """Goes away in the middle."""

    left = 2

    async def replace(self, old: Sequence[Wrapped], new: Sequence[Wrapped]) -> int:
        if self.left == 0:
            raise ConnectionError("gone")
        self.left -= 1
        return await super().replace(old, new)


async def test_an_interrupted_change_goes_on_where_it_was(before: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Meanwhile both are needed: the old one alone or the new one alone does not open, and says so at the start."""
    monkeypatch.setattr("src.events.keyring._PAGE", 2)
    async with open_app(before, nobody_woken) as app:
        people = [await register(app.commands, f"user{number}") for number in range(6)]
        count = len(await _wrapped(before))
    new, old = _key(), before.master_key
    both = _under(before, new, old)
    async with open_app(both, nobody_woken) as app:
        with master_keys(both) as masters:
            keyring = Keyring(_Interrupted(app.reactor._checkpoints._engine), *masters)
        with pytest.raises(ConnectionError):
            await keyring.rewrap()
    with pytest.raises(WrongMasterKeyError):
        async with open_app(_under(before, new), nobody_woken):
            pass
    async with open_app(both, nobody_woken) as app:
        assert [await _name(app, each.user) for each in people] == [f"User{number}" for number in range(6)]
        assert 0 < await app.keyring.rewrap() < count
    async with open_app(_under(before, new), nobody_woken) as app:
        assert await _name(app, people[5].user) == "User5"


@pytest.mark.parametrize("name", ["master_key", "old_master_key"])
def test_a_master_key_of_another_length_is_told(name: str) -> None:
    """With the name of the setting."""
    settings = Settings.model_validate({"master_key": MASTER_KEY, name: "c2hvcnQ="})
    with pytest.raises(SettingsError, match=f"PROJECTORY_{name.upper()} holds 5 bytes"), master_keys(settings):
        pass


# --- the file beside SQLite ---------------------------------------------------------------------------------------


@asynccontextmanager
async def _keyring(settings: Settings, masters: MasterKeys) -> AsyncIterator[Keyring]:
    """A keyring without an application."""
    database, log = open_database(settings)
    try:
        yield Keyring(DatabaseKeyStore(database.keys), *masters)
    finally:
        await log.close()
        await database.dispose()


async def _rotated(settings: Settings) -> int:
    with rotating(settings) as masters:
        async with _keyring(settings, masters) as keyring:
            return await keyring.rewrap()


async def _killed(settings: Settings) -> None:
    with rotating(settings) as masters:
        async with _keyring(settings, masters) as keyring:
            assert isinstance(keyring.store, DatabaseKeyStore)
            keyring.store = _Interrupted(keyring.store._engine)
            await keyring.rewrap()
        raise ConnectionError("killed at the end")


async def test_the_key_in_the_file_is_rotated(sqlite_settings: Settings) -> None:
    """The old one is in no file afterwards, and neither is anything that it wrapped."""
    async with open_app(sqlite_settings, nobody_woken) as app:
        ann = await register(app.commands)
        recorded = await _log(app)
    old, wrapped = sqlite_settings.key_file.read_bytes(), await _wrapped(sqlite_settings)
    assert await _rotated(sqlite_settings) == len(wrapped)
    content = b"".join(file.read_bytes() for file in sqlite_settings.log_file.parent.iterdir())
    assert old not in content
    assert not any(box in content for box in wrapped.values())
    assert len(sqlite_settings.key_file.read_text().split()) == 1
    assert sqlite_settings.key_file.stat().st_mode & 0o777 == 0o600
    async with open_app(sqlite_settings, nobody_woken) as app:
        assert await _name(app, ann.user) == "Ann"
        assert await _log(app) == recorded
    await _rotated(sqlite_settings)


@pytest.mark.parametrize("after", [0, 1, 2, 3, 4])
async def test_a_rotation_that_is_killed_loses_nothing(
    sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """Wherever it was, the application opens with what the file holds, and the next rotation goes on with that."""
    monkeypatch.setattr("src.events.keyring._PAGE", 1)
    async with open_app(sqlite_settings, nobody_woken) as app:
        ann = await register(app.commands)
        count = len(await _wrapped(sqlite_settings))
    monkeypatch.setattr(_Interrupted, "left", after)
    with pytest.raises(ConnectionError):
        await _killed(sqlite_settings)
    held = sqlite_settings.key_file.read_text().split()
    assert len(held) == 2
    async with open_app(sqlite_settings, nobody_woken) as app:
        assert await _name(app, ann.user) == "Ann"
        await register(app.commands, "bob")
    assert await _rotated(sqlite_settings) == max(0, count - after)
    assert sqlite_settings.key_file.read_text().split() == held[:1]
    async with open_app(sqlite_settings, nobody_woken) as app:
        assert await _name(app, ann.user) == "Ann"


async def test_nobody_rotates_under_a_running_service(sqlite_settings: Settings) -> None:
    """It would go on wrapping with the old key; whoever starts meanwhile waits for the end."""
    async with open_app(sqlite_settings, nobody_woken):
        with pytest.raises(DatabaseInUseError, match="stop the service"):
            await _rotated(sqlite_settings)
    assert len(sqlite_settings.key_file.read_text().split()) == 1

    def opened() -> int:
        with master_keys(sqlite_settings) as keys:
            return len(keys)

    with rotating(sqlite_settings):
        starting = asyncio.create_task(asyncio.to_thread(opened))
        done, _ = await asyncio.wait([starting], timeout=0.2)
        assert not done
    assert await starting == 1


def test_without_a_file_there_is_nothing_to_rotate(sqlite_settings: Settings, tmp_path: Path) -> None:
    """A key in the settings is changed there, and a missing file is not made anew."""
    for settings, words in (
        (_under(sqlite_settings, _key()), "projectory keys rewrap"),
        (Settings(database_url=f"sqlite:///{tmp_path}/other.db"), "is missing"),
    ):
        with pytest.raises(SettingsError, match=words), rotating(settings):
            pass
