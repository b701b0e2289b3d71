"""Users: registering, renaming, and the roles that say what they may do."""

from typing import Any

import pytest
from pydantic import ValidationError
from uuid_utils.compat import uuid4

from src.commands.account import ChangeProfile
from src.commands.codes import Code
from src.commands.command import SYSTEM
from src.commands.user import USER, RegisterUser
from src.commands.user_role import AssignRole, RevokeRole
from src.events.reservation import NameReserved
from src.events.user import (
    AdministratorAdded,
    AdministratorRemoved,
    RoleAssigned,
    RoleRevoked,
    UserRegistered,
    UserRenamed,
)
from src.testing import a_user, done, given, reservation

ANN, BOB = uuid4(), uuid4()
ONE = given(a_user(ANN, username="ann"))


def _registration(**fields: Any) -> RegisterUser:
    return RegisterUser.model_validate({"username": "bob", "email": "bob@example.org", "name": "Bob"} | fields)


async def test_registering_makes_a_user_with_both_names_reserved() -> None:
    """The user name and the e-mail address are taken in the same append, and the roles given."""
    registered = UserRegistered(
        user=BOB,
        username="bob",
        email="bob@example.org",
        name="Bob",
        username_reservation=await reservation("username", "bob"),
        email_reservation=await reservation("email", "bob@example.org"),
    )
    command = _registration(user=BOB, roles=("planner", "administrator", "planner"))
    accepted = await (
        given()
        .when(command)
        .then(
            NameReserved(holder=BOB),
            NameReserved(holder=BOB),
            registered,
            RoleAssigned(user=BOB, role="administrator"),
            RoleAssigned(user=BOB, role="planner"),
            AdministratorAdded(user=BOB),
        )
    )
    assert accepted.ids == {"user": str(BOB)}


async def test_an_id_is_made_up_when_none_is_given() -> None:
    """It comes with the circumstances of the command."""
    assert (await ONE.when(_registration(), new_id=BOB).state(USER.at(BOB))).registered


@pytest.mark.parametrize(
    "fields, code",
    [
        ({"username": "ANN"}, Code.USERNAME_TAKEN),
        ({"email": "ANN@EXAMPLE.ORG"}, Code.EMAIL_TAKEN),
        ({"roles": ("planner", "emperor")}, Code.ROLE_UNKNOWN),
        ({"user": ANN}, Code.ALREADY_EXISTS),
    ],
)
async def test_what_cannot_be_registered_is_refused(fields: dict[str, Any], code: Code) -> None:
    """Names are unique however they are cased, roles are those that there are, and an id is registered once."""
    await ONE.when(_registration(**fields)).refused(code)


@pytest.mark.parametrize(
    "fields",
    [
        {"username": ""},
        {"username": "-ann"},
        {"username": "ann lee"},
        {"username": "a" * 65},
        {"username": "zoë"},
        {"email": "ann"},
        {"email": "ann@"},
        {"name": "  "},
        {"name": "Ann\0"},
        {"name": "Ann\rLee"},
        {"name": "a" * 513},
        {"password": "secret"},
    ],
)
def test_what_is_no_registration_is_no_command(fields: dict[str, Any]) -> None:
    """A malformed field is told before anything is decided."""
    with pytest.raises(ValidationError):
        _registration(**fields)


def test_names_are_stripped() -> None:
    """White space around a name is not part of it."""
    assert _registration(name="\t Ann Lee ").name == "Ann Lee"


async def test_renaming_changes_the_name() -> None:
    """The new name is a personal field like the old one; the same again is quiet, though it is stored sealed."""
    renamed = UserRenamed(user=ANN, name="Anna")
    await ONE.when(ChangeProfile(user=ANN, name="Anna"), by=ANN).idempotent().then(renamed)
    await ONE.also(renamed).when(ChangeProfile(user=ANN, name=" Anna "), by=ANN).nothing()


async def test_roles_are_assigned_once() -> None:
    """Again is quiet; an administrator is added to those who guard the last one."""
    assigned = (RoleAssigned(user=ANN, role="administrator"), AdministratorAdded(user=ANN))
    await ONE.when(AssignRole(user=ANN, role="administrator")).idempotent().then(*assigned)


async def test_roles_are_revoked_once() -> None:
    """Again is quiet."""
    two = given(*[a_user(user, "planner", "administrator") for user in (ANN, BOB)])
    planner, administrator = [RoleRevoked(user=ANN, role=role) for role in ("planner", "administrator")]
    await two.when(RevokeRole(user=ANN, role="planner")).idempotent().then(planner)
    revoked = (administrator, AdministratorRemoved(user=ANN))
    await two.when(RevokeRole(user=ANN, role="administrator")).idempotent().then(*revoked)


async def test_there_is_no_role_beside_the_known_ones() -> None:
    """An unknown role is refused with those that there are."""
    refusal = await ONE.when(AssignRole(user=ANN, role="emperor")).refused(Code.ROLE_UNKNOWN)
    assert "administrator, planner" in refusal.message


async def test_who_is_not_there_is_not_found() -> None:
    """Commands about an unknown user are refused."""
    roles = [kind(user=BOB, role="planner") for kind in (AssignRole, RevokeRole)]
    for command in (ChangeProfile(user=BOB, name="Bob"), *roles):
        await ONE.when(command).refused(Code.NOT_FOUND)


async def test_the_last_administrator_stays() -> None:
    """Neither oneself nor the service takes the role from the last one; from one of two, yes."""
    revoke, other = (RevokeRole(user=user, role="administrator") for user in (ANN, BOB))
    alone = given(a_user(ANN, "administrator"))
    for actor in (ANN, SYSTEM):
        await alone.when(revoke, by=actor).refused(Code.LAST_ADMINISTRATOR)
    two = alone.also(a_user(BOB, "administrator"))
    await two.when(revoke, by=BOB).then(RoleRevoked(user=ANN, role="administrator"), AdministratorRemoved(user=ANN))
    await two.also(done(revoke, by=BOB)).when(other).refused(Code.LAST_ADMINISTRATOR)


async def test_a_user_that_was_changed_meanwhile_is_not_overwritten() -> None:
    """The refusal tells the present revision and what changed; personal values are not in it."""
    renamed, again = ONE.also(UserRenamed(user=ANN, name="Anna")), ChangeProfile(user=ANN, name="Anne")
    for command in (again, AssignRole(user=ANN, role="administrator")):
        refusal = await renamed.when(command, expected=2).refused(Code.STALE_WRITE)
        assert refusal.details == {"expected": 2, "revision": 3, "changed": ["name"]}
        assert "Anna" not in str(refusal)
    assert (await renamed.when(again, by=ANN, expected=3).then(UserRenamed(user=ANN, name="Anne"))).tag == "4"
