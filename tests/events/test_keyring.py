"""Personal values are sealed wherever they are stored, and gone when the person's key is."""

import base64
import os
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st
from uuid_utils.compat import uuid4

from src.events import Event, Sealed
from src.events.keyring import KeyDestroyedError, Keyring, WrongMasterKeyError
from src.events.user import RoleAssigned, UserRegistered, UserRenamed
from src.testing.memory import MemoryKeys


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
