"""Roles: defined over the catalogue, changed, retired; and nobody grants what they lack."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from src.commands.access import CreateApiKey, IssuePasswordReset, SetPassword
from src.commands.account import ChangeProfile, DeactivateUser, DeleteAccount, ReactivateUser
from src.commands.codes import Code
from src.commands.loop import Accepted
from src.commands.member import AddMember, ChangeMemberRole, TransferOwnership
from src.commands.permissions import SYSTEM_GRANTS, Permission
from src.commands.project import CreateProject
from src.commands.role import DefineRole, GrantPermission, RetireRole, RevokePermission
from src.commands.user import RegisterUser
from src.commands.user_role import AssignRole, RevokeRole
from src.events.project import ProjectRole
from src.events.role import PermissionGranted, PermissionRevoked, RoleDefined, RoleRetired
from src.events.user import RoleAssigned
from src.testing import a_user, done, given

ROOT, DESK, ANN, GARDEN = (uuid4() for _ in range(4))
DEFINE = DefineRole(role="desk", name="Help desk", permissions=(Permission.MANAGE_USERS, Permission.MANAGE_ROLES))
WORLD = given(a_user(ROOT, "administrator"), a_user(ANN), DEFINE, a_user(DESK, "desk"))


async def test_a_role_is_defined_once() -> None:
    """Under a code that it keeps; the same again is another role, and refused."""
    defined = RoleDefined(role="desk", name="Help desk", permissions=("role.manage", "user.manage"))
    await given(a_user(ROOT, "administrator")).when(DEFINE, by=ROOT).then(defined)
    await WORLD.when(DEFINE, by=ROOT).refused(Code.ALREADY_EXISTS)


@pytest.mark.parametrize("code", SYSTEM_GRANTS)
async def test_roles_of_the_system_stay_as_they_are(code: str) -> None:
    """Nobody defines them anew, changes or retires them."""
    for command in (
        DefineRole(role=code, name="Mine"),
        GrantPermission(role=code, granted=Permission.EDIT_PLAN),
        RevokePermission(role=code, revoked=Permission.READ_PROJECT),
        RetireRole(role=code),
    ):
        await WORLD.when(command, by=ROOT).refused(Code.ROLE_OF_THE_SYSTEM)


async def test_what_a_role_grants_is_changed() -> None:
    """For everybody who has it; what is so already is no event."""
    grant = GrantPermission(role="desk", granted=Permission.READ_USERS)
    revoke = RevokePermission(role="desk", revoked=Permission.MANAGE_ROLES)
    await WORLD.when(grant, by=ROOT).then(PermissionGranted(role="desk", permission="user.read"))
    await WORLD.also(done(grant)).when(grant, by=ROOT).nothing()
    await WORLD.when(revoke, by=ROOT).then(PermissionRevoked(role="desk", permission="role.manage"))
    lost = WORLD.also(done(revoke))
    await lost.when(revoke, by=ROOT).nothing()
    await lost.when(RetireRole(role="desk"), by=DESK).refused(Code.FORBIDDEN)


async def test_a_retired_role_is_assigned_no_more() -> None:
    """Who has it keeps it, and it stays as it is."""
    retired = WORLD.also(done(RetireRole(role="desk")))
    await WORLD.when(RetireRole(role="desk"), by=ROOT).then(RoleRetired(role="desk"))
    await retired.when(RetireRole(role="desk"), by=ROOT).nothing()
    await retired.when(AssignRole(user=ANN, role="desk"), by=ROOT).refused(Code.ROLE_RETIRED)
    await retired.when(GrantPermission(role="desk", granted=Permission.READ_USERS), by=ROOT).refused(Code.ROLE_RETIRED)
    assert isinstance(await retired.when(DefineRole(role="other", name="Other"), by=DESK).answer(), Accepted)


async def test_roles_that_nobody_defined_are_not_assigned() -> None:
    """Neither later nor with the registration; nor can they be changed."""
    await WORLD.when(AssignRole(user=ANN, role="queen"), by=ROOT).refused(Code.ROLE_UNKNOWN)
    register = RegisterUser(username="bob", email="bob@example.org", name="Bob", roles=("queen",))
    await WORLD.when(register, by=ROOT).refused(Code.ROLE_UNKNOWN)
    await WORLD.when(RetireRole(role="queen"), by=ROOT).refused(Code.ROLE_UNKNOWN)


async def test_what_is_the_services_own_is_never_granted() -> None:
    """Sweeping the log is for the service itself."""
    own = Permission.SWEEP
    await WORLD.when(GrantPermission(role="desk", granted=own), by=ROOT).refused(Code.PERMISSION_UNKNOWN)
    await WORLD.when(DefineRole(role="x", name="X", permissions=(own,)), by=ROOT).refused(Code.PERMISSION_UNKNOWN)


async def test_nobody_grants_what_they_lack() -> None:
    """By no way: assigning, defining, extending a role; an administrator, who has all, may."""
    lacked = {"permissions": ["plan.edit"]}
    define = DefineRole(role="mine", name="Mine", permissions=(Permission.EDIT_PLAN,))
    grant = GrantPermission(role="desk", granted=Permission.EDIT_PLAN)
    for command in (define, grant):
        await WORLD.when(command, by=DESK).refused(Code.PERMISSION_LACKED, **lacked)
        assert isinstance(await WORLD.when(command, by=ROOT).answer(), Accepted)
    for user in (DESK, ANN):
        for role in ("administrator", "planner" if user == DESK else "viewer"):
            await WORLD.when(AssignRole(user=user, role=role), by=DESK).refused(Code.PERMISSION_LACKED)
    await WORLD.when(AssignRole(user=ANN, role="desk"), by=DESK).then(RoleAssigned(user=ANN, role="desk"))


async def test_nobody_acts_on_who_may_more() -> None:
    """Who manages users, and nothing else, has no way into an administrator's account, nor to its end."""
    later, key = datetime(2099, 1, 1, tzinfo=UTC), uuid4()
    scopes = frozenset({Permission.READ_PROJECT})
    for command in (
        ChangeProfile(user=ROOT, email="mine@example.org"),
        DeactivateUser(user=ROOT),
        ReactivateUser(user=ROOT),
        DeleteAccount(user=ROOT),
        RevokeRole(user=ROOT, role="administrator"),
        SetPassword(user=ROOT, credential=uuid4()),
        IssuePasswordReset(user=ANN, credential=uuid4(), expires_at=later),  # she may be an admin of projects
        CreateApiKey(user=ANN, key=key, name="Mine", scopes=scopes),
    ):
        await WORLD.when(command, by=DESK).refused(Code.PERMISSION_LACKED)
    nobody = WORLD.also(RevokeRole(user=ANN, role="planner"))
    own = CreateApiKey(user=ANN, key=key, name="Ours", scopes=frozenset({Permission.MANAGE_USERS}))
    for command in (ChangeProfile(user=ANN, name="Anna"), own, DeleteAccount(user=ANN)):
        assert isinstance(await nobody.when(command, by=DESK).answer(), Accepted)


async def test_nobody_makes_a_member_who_may_more() -> None:
    """Who manages members everywhere by a role, and nothing else in a project, makes viewers and no admins."""
    role = DefineRole(role="hosts", name="Hosts", permissions=(Permission.READ_PROJECT, Permission.MANAGE_MEMBERS))
    world = WORLD.also(
        role, AssignRole(user=DESK, role="hosts"), done(CreateProject(project=GARDEN, name="Garden"), by=ANN)
    )
    assert isinstance(
        await world.when(AddMember(project=GARDEN, user=ROOT, role=ProjectRole.VIEWER), by=DESK).answer(), Accepted
    )
    await world.when(AddMember(project=GARDEN, user=DESK, role=ProjectRole.ADMIN), by=DESK).refused(
        Code.PERMISSION_LACKED
    )
    member = world.also(done(AddMember(project=GARDEN, user=DESK, role=ProjectRole.VIEWER), by=ANN))
    raised = ChangeMemberRole(project=GARDEN, user=DESK, role=ProjectRole.EDITOR)
    await member.when(raised, by=DESK).refused(Code.PERMISSION_LACKED)
    await member.when(TransferOwnership(project=GARDEN, user=DESK), by=DESK).refused(Code.PERMISSION_LACKED)
