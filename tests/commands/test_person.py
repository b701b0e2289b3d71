"""Persons whom an imported past names: accounts that nobody can use yet."""

from uuid_utils.compat import uuid4

from src.commands.account import ChangeProfile, DeleteAccount, ReactivateUser
from src.commands.codes import Code
from src.commands.person import RecordPerson
from src.commands.project import CreateProject
from src.commands.user import USER
from src.events.reservation import NameReleased, NameReserved
from src.events.user import AccountDeleted, EmailChanged, PersonRecorded
from src.testing import a_user, given, reservation

ANN, BOB, EVE = uuid4(), uuid4(), uuid4()
THERE = given(a_user(ANN, "administrator", username="ann"))
RECORD = RecordPerson(user=BOB, username="bob", name="Bob")
RECORDED = THERE.also(RECORD)


async def test_a_person_without_an_address_is_recorded() -> None:
    """The user name is taken; the account is not active and has no role."""
    name = await reservation("username", "bob")
    person = PersonRecorded(user=BOB, username="bob", name="Bob", username_reservation=name)
    await THERE.when(RECORD, by=ANN).then(NameReserved(holder=BOB), person)
    state = await RECORDED.state(USER.at(BOB))
    assert (state.registered, state.active, state.roles, state.email, state.email_reservation) == (
        True,
        False,
        frozenset(),
        "",
        "",
    )


async def test_a_person_with_an_address_has_it_from_the_beginning() -> None:
    """It is taken, like that of anybody."""
    with_email = RECORD.model_copy(update={"email": "bob@example.org"})
    name, email = await reservation("username", "bob"), await reservation("email", "bob@example.org")
    await THERE.when(with_email, by=ANN).then(
        NameReserved(holder=BOB),
        PersonRecorded(user=BOB, username="bob", name="Bob", username_reservation=name),
        NameReserved(holder=BOB),
        EmailChanged(user=BOB, email="bob@example.org", email_reservation=email),
    )
    taken = RecordPerson(user=EVE, username="eve", name="Eve", email="ANN@example.org")
    await THERE.when(taken, by=ANN).refused(Code.EMAIL_TAKEN)


async def test_names_and_ids_are_given_once() -> None:
    """A user name that somebody has, a person who is there, and one who was deleted are refused."""
    await RECORDED.when(RECORD.model_copy(update={"user": EVE}), by=ANN).refused(Code.USERNAME_TAKEN)
    await RECORDED.when(RECORD.model_copy(update={"username": "rob"}), by=ANN).refused(Code.ALREADY_EXISTS)
    gone = RECORDED.also(DeleteAccount(user=BOB))
    await gone.when(RECORD, by=ANN).refused(Code.ALREADY_EXISTS)


async def test_who_was_recorded_does_nothing() -> None:
    """Until an administrator has made the account live."""
    make = CreateProject(name="Shed")
    await RECORDED.when(make, by=BOB).refused(Code.ACTOR_INACTIVE)
    await RECORDED.also(ReactivateUser(user=BOB)).when(make, by=BOB).refused(Code.FORBIDDEN)


async def test_an_address_can_follow() -> None:
    """None is given back where there was none."""
    email = await reservation("email", "bob@example.org")
    change = ChangeProfile(user=BOB, email="bob@example.org")
    await (
        RECORDED.when(change, by=ANN)
        .idempotent()
        .then(NameReserved(holder=BOB), EmailChanged(user=BOB, email="bob@example.org", email_reservation=email))
    )


async def test_who_was_recorded_can_be_deleted() -> None:
    """The user name is free again; there is no address to be given back."""
    await RECORDED.when(DeleteAccount(user=BOB), by=ANN).then(NameReleased(holder=BOB), AccountDeleted(user=BOB))
