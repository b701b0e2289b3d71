"""Personal values are sealed wherever they are stored, and gone when the person's key is."""

import asyncio
import base64
import os
import sqlite3
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st
from uuid_utils.compat import uuid4

from src.commands.account import ChangeProfile
from src.commands.loop import Accepted
from src.commands.user import RegisterUser
from src.config import Settings
from src.events import Event, Sealed
from src.events.keyring import KeyDestroyedError, Keyring, WrongMasterKeyError
from src.events.user import RoleAssigned, UserRegistered, UserRenamed
from src.key_file import master_keys
from src.testing.memory import MemoryKeys
from src.wiring import App, open_app
from tests.acting import context, register
from tests.conftest import nobody_woken
from tests.databases import as_owner, postgresql

NAMES = ("Zebulon Quixworth", "zeb.quix", "quixworth@example.org", "Zebedee Quixworth")


@pytest.fixture
def store() -> MemoryKeys:
    """Where the keys of the test are."""
    return MemoryKeys()


@pytest.fixture
def keyring(store: MemoryKeys) -> Keyring:
    """A keyring with a master key of its own."""
    return Keyring(store, os.urandom(32))


def _registered(user: UUID) -> UserRegistered:
    reservation = "email:" + "0" * 64
    return UserRegistered(
        user=user,
        username="ann",
        email="ann@example.org",
        name="Ann",
        username_reservation=reservation,
        email_reservation=reservation,
    )


# --- in memory ----------------------------------------------------------------------------------------------------


async def test_what_is_sealed_is_revealed(keyring: Keyring) -> None:
    """The personal fields come back, and all others were never touched."""
    event = _registered(uuid4())
    sealed = await keyring.seal(event, event.user)
    assert isinstance(sealed, UserRegistered)
    assert all(isinstance(value, Sealed) for value in (sealed.username, sealed.email, sealed.name))
    assert sealed.email_reservation == event.email_reservation
    assert await keyring.reveal([sealed]) == [event]


async def test_equal_values_are_sealed_differently(keyring: Keyring) -> None:
    """The stored text does not tell who has the same name."""
    user = uuid4()
    first, second = [await keyring.seal(UserRenamed(user=user, name="Ann"), user) for _ in range(2)]
    assert first != second


async def test_sealing_again_changes_nothing(keyring: Keyring) -> None:
    """A field that is sealed already stays as it is."""
    user = uuid4()
    sealed = await keyring.seal(UserRenamed(user=user, name="Ann"), user)
    assert await keyring.seal(sealed, user) == sealed


async def test_an_event_without_personal_fields_needs_no_key(keyring: Keyring, store: MemoryKeys) -> None:
    """Keys are made for what is sealed with them."""
    event = RoleAssigned(user=uuid4(), role="planner")
    assert await keyring.seal(event, event.user) is event
    assert store.keys == {}


async def test_what_a_destroyed_key_sealed_stays_sealed(keyring: Keyring) -> None:
    """Without the key an event reveals nothing of that person, and of others all."""
    ann, bob = uuid4(), uuid4()
    of_ann, of_bob = [await keyring.seal(UserRenamed(user=user, name="A name"), user) for user in (ann, bob)]
    await keyring.destroy(str(ann))
    assert await keyring.reveal([of_ann, of_bob]) == [of_ann, UserRenamed(user=bob, name="A name")]


async def test_a_key_that_was_destroyed_is_never_made_anew(keyring: Keyring, store: MemoryKeys) -> None:
    """A command that was under way may seal once more: it does not fail, and nothing of the person can be read."""
    ann, bob = uuid4(), uuid4()
    before, of_bob = [await keyring.seal(UserRenamed(user=user, name="A name"), user) for user in (ann, bob)]
    await keyring.destroy(str(ann))
    tombstone = store.keys[str(ann)]
    after = await keyring.seal(UserRenamed(user=ann, name="Anna"), ann, first=True)
    with pytest.raises(KeyDestroyedError):
        await keyring.ensure(str(ann))
    assert await keyring.reveal([before, after, of_bob]) == [before, after, UserRenamed(user=bob, name="A name")]
    assert "Anna" not in after.model_dump_json()
    assert store.keys[str(ann)] == tombstone == b""


async def test_what_was_said_after_the_erasure_does_not_disturb_who_remembers_the_key(store: MemoryKeys) -> None:
    """A process that has not heard of it yet decides as before: what it cannot open stays sealed."""
    here, elsewhere = Keyring(store, bytes(32)), Keyring(store, bytes(32))
    ann = uuid4()
    before = await here.seal(UserRenamed(user=ann, name="Ann"), ann)
    await elsewhere.destroy(str(ann))
    after = await elsewhere.seal(UserRenamed(user=ann, name="Anna"), ann)
    assert await here.reveal([before, after]) == [UserRenamed(user=ann, name="Ann"), after]
    assert await here.read([("name", event.model_dump_json(include={"name"})[8:-1]) for event in (before, after)]) == [
        None,
        None,
    ]


async def test_stored_values_of_a_destroyed_key_read_as_nothing(keyring: Keyring) -> None:
    """Readers of a read model get None for whom they may not know any more."""
    ann, bob = uuid4(), uuid4()
    events: list[Event] = [await keyring.seal(UserRenamed(user=user, name="A name"), user) for user in (ann, bob)]
    stored = [("name", event.model_dump_json(include={"name"})[8:-1]) for event in events]
    await keyring.destroy(str(ann))
    assert await keyring.read(stored) == [None, "A name"]


async def test_another_process_reveals_it_too(store: MemoryKeys) -> None:
    """Whoever has the master key and the stored keys reveals what was sealed elsewhere."""
    event = UserRenamed(user=uuid4(), name="Ann")
    sealed = await Keyring(store, bytes(32)).seal(event, event.user)
    assert await Keyring(store, bytes(32)).reveal([sealed]) == [event]


async def _sealed_name(keyring: Keyring, user: UUID | None = None) -> Sealed:
    user = user or uuid4()
    event = await keyring.seal(UserRenamed(user=user, name="Ann"), user)
    assert isinstance(event, UserRenamed)
    assert isinstance(event.name, Sealed)
    return event.name


async def test_a_sealed_value_opens_only_as_the_field_it_was(keyring: Keyring) -> None:
    """A value moved to another field does not open: nobody reads an e-mail address where a name is shown."""
    user = uuid4()
    event = await keyring.seal(_registered(user), user)
    assert isinstance(event, UserRegistered)
    with pytest.raises(InvalidTag):
        await keyring.reveal([UserRenamed(user=user, name=event.email)])


async def test_a_sealed_value_opens_only_for_its_person(keyring: Keyring) -> None:
    """A value moved to another person does not open, whose key it is said to need."""
    ann, bob = await _sealed_name(keyring), await _sealed_name(keyring)
    with pytest.raises(InvalidTag):
        await keyring.reveal([UserRenamed(user=bob.key, name=Sealed(key=bob.key, box=ann.box))])


async def test_a_changed_box_does_not_open(keyring: Keyring) -> None:
    """Each bit of what is stored is authenticated."""
    name = await _sealed_name(keyring)
    box = bytearray(base64.b64decode(name.box))
    box[-1] ^= 1
    with pytest.raises(InvalidTag):
        await keyring.reveal(
            [UserRenamed(user=name.key, name=Sealed(key=name.key, box=base64.b64encode(box).decode()))]
        )


async def test_a_wrong_master_key_says_what_to_do(keyring: Keyring, store: MemoryKeys) -> None:
    """Keys wrapped by another master key do not open, and the error names the setting."""
    await keyring.ensure("reservations")
    with pytest.raises(WrongMasterKeyError, match="set PROJECTORY_MASTER_KEY to the one"):
        await Keyring(store, os.urandom(32)).ensure("reservations")


async def test_a_wrapped_key_opens_only_under_its_own_id(keyring: Keyring, store: MemoryKeys) -> None:
    """A key copied to another person's row is refused."""
    ann, bob = uuid4(), uuid4()
    await keyring.ensure(str(ann))
    store.keys[str(bob)] = store.keys[str(ann)]
    with pytest.raises(WrongMasterKeyError):
        await keyring.ensure(str(bob))


_KIND = st.sampled_from(["username", "email", "project"])


@given(kind=_KIND, value=st.emails() | st.text("abcdefgäöüßç ABC", min_size=1, max_size=20))
async def test_a_reservation_does_not_depend_on_case(kind: str, value: str) -> None:
    """However a value is cased, and with whatever white space around, it has one name, which does not show it."""
    keyring = Keyring(MemoryKeys(), bytes(32))
    name = await keyring.reservation(kind, value)
    for same in (value.upper(), value.lower(), value.casefold(), f" {value}\t"):
        assert await keyring.reservation(kind, same) == name
    assert name.startswith(f"{kind}:")
    assert len(name) == len(kind) + 65


async def test_reservations_differ_by_kind_scope_value_and_service(keyring: Keyring) -> None:
    """Equal names of two owners' projects are two reservations, and nobody without the key can guess any."""
    ann, bob = uuid4(), uuid4()
    names = [
        await keyring.reservation("project", "Shed"),
        await keyring.reservation("project", "Shed", ann),
        await keyring.reservation("project", "Shed", bob),
        await keyring.reservation("project", "Shed 2", ann),
        await keyring.reservation("username", "Shed"),
        await Keyring(MemoryKeys(), bytes(32)).reservation("project", "Shed"),
    ]
    assert len(set(names)) == len(names)


# --- in the databases ---------------------------------------------------------------------------------------------


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
