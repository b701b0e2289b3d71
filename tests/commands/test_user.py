"""Users: registering, renaming, and the roles that say what they may do."""

from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError
from uuid_utils.compat import uuid4

from src.commands.codes import Code
from src.commands.command import SYSTEM
from src.commands.user import AssignRole, RegisterUser, RenameUser, RevokeRole
from src.events.reservation import NameReserved
from src.events.user import (
    AdministratorAdded,
    AdministratorRemoved,
    RoleAssigned,
    RoleRevoked,
    UserRegistered,
    UserRenamed,
)
from src.wiring import App
from tests.acting import Actor, newcomer, register
from tests.commands.world import facts


def _registration(**fields: Any) -> RegisterUser:
    name = f"user-{uuid4().hex}"
    return RegisterUser.model_validate({"username": name, "email": f"{name}@example.org", "name": "Ann"} | fields)


@pytest.fixture
def system(shared: App) -> Actor:
    """The service itself, who may all."""
    return Actor(shared.commands, SYSTEM)


async def test_registering_makes_a_user_with_both_names_reserved(shared: App, system: Actor) -> None:
    """The user name and the e-mail address are taken in the same append, and the roles given."""
    head, user = await shared.log.head(), uuid4()
    command = _registration(user=user, roles=("planner", "administrator", "planner"))
    accepted = await system.do(command)
    assert accepted.ids == {"user": str(user)}
    first, second, registered, *roles = await facts(shared.log, head)
    assert first == second == NameReserved(holder=user)
    (revealed,) = await shared.keyring.reveal([registered])
    assert revealed == UserRegistered(
        user=user,
        username=command.username,
        email=command.email,
        name="Ann",
        username_reservation=await shared.keyring.reservation("username", command.username),
        email_reservation=await shared.keyring.reservation("email", command.email),
    )
    assert roles == [
        RoleAssigned(user=user, role="administrator"),
        RoleAssigned(user=user, role="planner"),
        AdministratorAdded(user=user),
    ]


async def test_an_id_is_made_up_when_none_is_given(system: Actor) -> None:
    """The answer tells it."""
    assert isinstance(UUID((await system.do(_registration())).ids["user"]), UUID)


@pytest.mark.parametrize(
    "fields, code",
    [
        ({"username": "TAKEN"}, Code.USERNAME_TAKEN),
        ({"email": "TAKEN@EXAMPLE.ORG"}, Code.EMAIL_TAKEN),
        ({"roles": ("planner", "emperor")}, Code.ROLE_UNKNOWN),
    ],
)
async def test_what_cannot_be_registered_is_refused(
    system: Actor, shared: App, fields: dict[str, Any], code: Code
) -> None:
    """Names are unique however they are cased, and roles are those that there are."""
    taken = f"taken-{uuid4().hex}"
    await system.do(_registration(username=taken, email=f"{taken}@example.org"))
    head = await shared.log.head()
    wanted = {k: v.replace("TAKEN", taken.upper(), 1) if isinstance(v, str) else v for k, v in fields.items()}
    assert (await system.refused(_registration(**wanted))).code is code
    assert await shared.log.head() == head


async def test_a_user_is_registered_once(system: Actor) -> None:
    """An id that is known is refused, whatever the names are."""
    user = uuid4()
    await system.do(_registration(user=user))
    assert (await system.refused(_registration(user=user))).code is Code.ALREADY_EXISTS


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


async def test_renaming_changes_the_name(shared: App) -> None:
    """The new name is a personal field like the old one."""
    ann = await newcomer(shared.commands)
    head = await shared.log.head()
    assert (await ann.do(RenameUser(user=ann.user, name="Anna"))).changed
    (renamed,) = await shared.keyring.reveal(await facts(shared.log, head))
    assert renamed == UserRenamed(user=ann.user, name="Anna")


async def test_renaming_to_the_same_name_is_quiet(shared: App) -> None:
    """The present name is known though it is stored sealed."""
    ann = await newcomer(shared.commands)
    assert (await ann.do(RenameUser(user=ann.user, name="Anna"))).changed
    assert not (await ann.do(RenameUser(user=ann.user, name=" Anna "))).changed


async def test_roles_are_assigned_once(shared: App, system: Actor) -> None:
    """Again is quiet; an administrator is added to those who guard the last one."""
    ann = await newcomer(shared.commands)
    head = await shared.log.head()
    assert (await system.do(AssignRole(user=ann.user, role="administrator"))).changed
    assert await facts(shared.log, head) == [
        RoleAssigned(user=ann.user, role="administrator"),
        AdministratorAdded(user=ann.user),
    ]
    assert not (await system.do(AssignRole(user=ann.user, role="administrator"))).changed


async def test_roles_are_revoked_once(shared: App, system: Actor) -> None:
    """Again is quiet."""
    ann, _other = [await newcomer(shared.commands, "planner", "administrator") for _ in range(2)]
    head = await shared.log.head()
    for role in ("planner", "administrator"):
        assert (await system.do(RevokeRole(user=ann.user, role=role))).changed
        assert not (await system.do(RevokeRole(user=ann.user, role=role))).changed
    assert await facts(shared.log, head) == [
        RoleRevoked(user=ann.user, role="planner"),
        RoleRevoked(user=ann.user, role="administrator"),
        AdministratorRemoved(user=ann.user),
    ]


async def test_there_is_no_role_beside_the_known_ones(shared: App, system: Actor) -> None:
    """An unknown role is refused with those that there are."""
    ann = await newcomer(shared.commands)
    refusal = await system.refused(AssignRole(user=ann.user, role="emperor"))
    assert refusal.code is Code.ROLE_UNKNOWN
    assert "administrator, planner" in refusal.message


async def test_who_is_not_there_is_not_found(system: Actor) -> None:
    """Commands about an unknown user are refused."""
    user = uuid4()
    for command in (
        RenameUser(user=user, name="Ann"),
        AssignRole(user=user, role="planner"),
        RevokeRole(user=user, role="planner"),
    ):
        assert (await system.refused(command)).code is Code.NOT_FOUND


async def test_the_last_administrator_stays(app: App) -> None:
    """Neither oneself nor the service takes the role from the last one; from one of two, yes."""
    system, ann = Actor(app.commands, SYSTEM), await register(app.commands, "ann", "administrator")
    revoke = RevokeRole(user=ann.user, role="administrator")
    for actor in (ann, system):
        assert (await actor.refused(revoke)).code is Code.LAST_ADMINISTRATOR
    bob = await register(app.commands, "bob", "administrator")
    assert (await bob.do(revoke)).changed
    assert (await system.refused(RevokeRole(user=bob.user, role="administrator"))).code is Code.LAST_ADMINISTRATOR


async def test_a_user_that_was_changed_meanwhile_is_not_overwritten(shared: App, system: Actor) -> None:
    """The refusal tells the present revision and what changed; personal values are not in it."""
    ann = await newcomer(shared.commands)
    await ann.do(RenameUser(user=ann.user, name="Anna"))
    for command in (RenameUser(user=ann.user, name="Anne"), AssignRole(user=ann.user, role="administrator")):
        refusal = await system.refused(command, expected=2)
        assert refusal.code is Code.STALE_WRITE
        assert refusal.details == {"expected": 2, "revision": 3, "changed": ["name"]}
        assert "Anna" not in str(refusal)
    assert (await ann.do(RenameUser(user=ann.user, name="Anne"), expected=3)).tag == "4"
