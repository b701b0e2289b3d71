"""The life of an account: other names, rest and return, the end; and projects that are handed over."""

from typing import Any

import pytest
from uuid_utils.compat import uuid4

from src.commands.account import ChangeProfile, DeactivateUser, DeleteAccount, ReactivateUser, RepeatErasure
from src.commands.codes import Code
from src.commands.command import SYSTEM
from src.commands.member import AddMember, TransferOwnership
from src.commands.project import ArchiveProject, CreateProject
from src.commands.user import ADMINISTRATORS, USER, RegisterUser, UserState
from src.commands.user_role import AssignRole, RevokeRole
from src.events.project import MemberRoleChanged, OwnershipTransferred, ProjectRole
from src.events.reservation import NameReleased, NameReserved
from src.events.user import (
    AccountDeleted,
    AdministratorAdded,
    AdministratorRemoved,
    EmailChanged,
    RoleAssigned,
    RoleRevoked,
    UserDeactivated,
    UsernameChanged,
    UserReactivated,
    UserRenamed,
)
from src.testing import a_user, done, given, reservation
from src.testing.acting import accepted

ANN, BOB, GARDEN = uuid4(), uuid4(), uuid4()
ONE = given(a_user(ANN, username="ann"))
TWO = ONE.also(a_user(BOB, "administrator", username="bob"))
BOTH = given(a_user(ANN, "administrator", username="ann"), a_user(BOB, "administrator", username="bob"))


# --- the profile --------------------------------------------------------------------------------------------------


async def test_all_of_a_profile_can_be_changed_at_once() -> None:
    """The old names are given back and the new ones taken in the same append; again is quiet."""
    change = ChangeProfile(user=ANN, name="Anna", username="anna", email="anna@example.org")
    username, email = await reservation("username", "anna"), await reservation("email", "anna@example.org")
    released, reserved = NameReleased(holder=ANN), NameReserved(holder=ANN)
    await (
        ONE.when(change, by=ANN)
        .idempotent()
        .then(
            released,
            reserved,
            UsernameChanged(user=ANN, username="anna", username_reservation=username),
            released,
            reserved,
            EmailChanged(user=ANN, email="anna@example.org", email_reservation=email),
            UserRenamed(user=ANN, name="Anna"),
        )
    )


async def test_a_change_of_case_keeps_the_reservation() -> None:
    """It is the same name, written otherwise."""
    name = await reservation("username", "ann")
    changed = UsernameChanged(user=ANN, username="Ann", username_reservation=name)
    await ONE.when(ChangeProfile(user=ANN, username="Ann"), by=ANN).idempotent().then(changed)


async def test_nothing_said_is_nothing_done() -> None:
    """What is left out stays."""
    await ONE.when(ChangeProfile(user=ANN), by=ANN).nothing()


@pytest.mark.parametrize(
    "fields, code",
    [({"username": "BOB"}, Code.USERNAME_TAKEN), ({"email": "Bob@Example.org"}, Code.EMAIL_TAKEN)],
)
async def test_names_of_others_are_taken(fields: dict[str, Any], code: Code) -> None:
    """However they are cased."""
    await TWO.when(ChangeProfile(user=ANN, **fields), by=ANN).refused(code)


async def test_a_name_that_was_given_back_is_free() -> None:
    """Others may take what somebody was once called."""
    renamed = TWO.also(done(ChangeProfile(user=ANN, username="anna"), by=ANN))
    accepted(await renamed.when(ChangeProfile(user=BOB, username="Ann"), by=BOB).answer())
    accepted(await renamed.when(RegisterUser(username="ann", email="new@example.org", name="New")).answer())


async def test_profiles_of_others_are_for_administrators() -> None:
    """One's own is one's own."""
    change = ChangeProfile(user=BOB, name="Bobby")
    await TWO.when(change, by=ANN).refused(Code.FORBIDDEN)
    await TWO.when(ChangeProfile(user=ANN, name="Anna"), by=BOB).then(UserRenamed(user=ANN, name="Anna"))


async def test_what_changed_meanwhile_is_told_by_name() -> None:
    """The fields that a person knows, not how their names are reserved."""
    changed = ONE.also(done(ChangeProfile(user=ANN, username="anna"), by=ANN))
    refusal = await changed.when(ChangeProfile(user=ANN, username="anne"), expected=2).refused(Code.STALE_WRITE)
    assert refusal.details["changed"] == ["username"]


# --- rest and return ----------------------------------------------------------------------------------------------


async def test_users_are_deactivated_and_reactivated() -> None:
    """Again is quiet; an administrator leaves those who guard the last one, and returns to them."""
    deactivated = (UserDeactivated(user=ANN), AdministratorRemoved(user=ANN))
    await BOTH.when(DeactivateUser(user=ANN)).idempotent().then(*deactivated)
    at_rest = BOTH.also(done(DeactivateUser(user=ANN)))
    returned = (UserReactivated(user=ANN), AdministratorAdded(user=ANN))
    await at_rest.when(ReactivateUser(user=ANN)).idempotent().then(*returned)
    await TWO.when(DeactivateUser(user=ANN), by=BOB).idempotent().then(UserDeactivated(user=ANN))


async def test_who_is_not_active_gives_no_command() -> None:
    """Not even about themselves; after the return all is as before."""
    at_rest = TWO.also(done(DeactivateUser(user=ANN), by=BOB))
    for command in (CreateProject(name="Shed"), ChangeProfile(user=ANN, name="Anna"), DeleteAccount(user=ANN)):
        await at_rest.when(command, by=ANN).refused(Code.ACTOR_INACTIVE)
    accepted(await at_rest.also(done(ReactivateUser(user=ANN))).when(CreateProject(name="Shed"), by=ANN).answer())


async def test_nobody_deactivates_without_the_permission() -> None:
    """It is not one's own affair either."""
    for command in (DeactivateUser(user=ANN), ReactivateUser(user=ANN)):
        await ONE.when(command, by=ANN).refused(Code.FORBIDDEN)


async def test_the_last_active_administrator_stays() -> None:
    """Neither deactivated nor deleted nor without the role, as long as all others are at rest."""
    alone = BOTH.also(done(DeactivateUser(user=BOB)))
    for command in (
        DeactivateUser(user=ANN),
        DeleteAccount(user=ANN),
        RevokeRole(user=ANN, role="administrator"),
    ):
        for actor in (ANN, SYSTEM):
            await alone.when(command, by=actor).refused(Code.LAST_ADMINISTRATOR)
    accepted(await alone.when(DeleteAccount(user=BOB)).answer())


async def test_the_role_of_who_is_at_rest_guards_nothing() -> None:
    """Roles may be assigned and revoked meanwhile; only who is active counts."""
    at_rest = TWO.also(done(DeactivateUser(user=ANN)))
    assigned = RoleAssigned(user=ANN, role="administrator")
    await at_rest.when(AssignRole(user=ANN, role="administrator")).then(assigned)
    after = at_rest.also(done(AssignRole(user=ANN, role="administrator")))
    assert await after.state(ADMINISTRATORS) == {BOB}
    await after.when(RevokeRole(user=ANN, role="administrator")).then(RoleRevoked(user=ANN, role="administrator"))
    assert await after.also(done(ReactivateUser(user=ANN))).state(ADMINISTRATORS) == {ANN, BOB}


async def test_who_is_at_rest_becomes_no_member() -> None:
    """Nor the owner of a project."""
    garden = TWO.also(done(CreateProject(project=GARDEN, name="Garden"), by=ANN))
    other = garden.also(a_user(carl := uuid4()))
    at_rest = other.also(done(DeactivateUser(user=carl)))
    await at_rest.when(AddMember(project=GARDEN, user=carl, role=ProjectRole.VIEWER), by=ANN).refused(
        Code.USER_INACTIVE
    )
    member = other.also(
        done(AddMember(project=GARDEN, user=carl, role=ProjectRole.VIEWER), by=ANN), done(DeactivateUser(user=carl))
    )
    await member.when(TransferOwnership(project=GARDEN, user=carl), by=ANN).refused(Code.USER_INACTIVE)


# --- the end ------------------------------------------------------------------------------------------------------


async def test_an_account_is_deleted_by_its_owner_or_an_administrator() -> None:
    """Both names are given back, and the guard is left."""
    released = NameReleased(holder=ANN)
    for actor in (ANN, BOB):
        await TWO.when(DeleteAccount(user=ANN), by=actor).then(released, released, AccountDeleted(user=ANN))
    await BOTH.when(DeleteAccount(user=ANN), by=ANN).then(
        released, released, AdministratorRemoved(user=ANN), AccountDeleted(user=ANN)
    )
    await TWO.when(DeleteAccount(user=BOB), by=ANN).refused(Code.FORBIDDEN)


async def test_deleted_is_final() -> None:
    """Nothing is done by or to that user any more, and nobody is registered under the id."""
    gone = TWO.also(done(CreateProject(project=GARDEN, name="Garden"), by=BOB), done(DeleteAccount(user=ANN), by=BOB))
    for given_by_ann in (CreateProject(name="Shed"), ChangeProfile(user=ANN, name="Anna"), DeleteAccount(user=ANN)):
        await gone.when(given_by_ann, by=ANN).refused(Code.ACTOR_UNKNOWN)
    for command in (
        ChangeProfile(user=ANN, name="Anna"),
        DeactivateUser(user=ANN),
        ReactivateUser(user=ANN),
        DeleteAccount(user=ANN),
        AssignRole(user=ANN, role="planner"),
        RevokeRole(user=ANN, role="planner"),
        AddMember(project=GARDEN, user=ANN, role=ProjectRole.VIEWER),
    ):
        await gone.when(command, by=BOB).refused(Code.NOT_FOUND)
    await gone.when(a_user(ANN, username="another")).refused(Code.ALREADY_EXISTS)


async def test_nothing_of_the_person_is_left_in_the_state() -> None:
    """What the command side remembers of a deleted user is that there was one."""
    assert await ONE.also(done(DeleteAccount(user=ANN), by=ANN)).state(USER.at(ANN)) == UserState(
        deleted=True, revision=3
    )


async def test_the_names_of_a_deleted_account_are_free() -> None:
    """Somebody new may have both."""
    gone = ONE.also(done(DeleteAccount(user=ANN), by=ANN))
    accepted(await gone.when(RegisterUser(username="Ann", email="ANN@example.org", name="Ann")).answer())


async def test_an_erasure_is_repeated_whoever_it_was() -> None:
    """A restored log may show the last administrator; that the account was deleted stands. Again is quiet."""
    alone, released = given(a_user(ANN, "administrator")), NameReleased(holder=ANN)
    removed = (AdministratorRemoved(user=ANN), AccountDeleted(user=ANN))
    await alone.when(RepeatErasure(user=ANN)).idempotent().then(released, released, *removed)
    await alone.when(RepeatErasure(user=BOB)).nothing()
    await ONE.when(RepeatErasure(user=ANN), by=ANN).refused(Code.FORBIDDEN)


# --- projects that are handed over --------------------------------------------------------------------------------

HELD = ONE.also(
    a_user(BOB, username="bob"),
    done(
        CreateProject(project=GARDEN, name="Garden"),
        AddMember(project=GARDEN, user=BOB, role=ProjectRole.EDITOR),
        by=ANN,
    ),
)
HAND_OVER = TransferOwnership(project=GARDEN, user=BOB)


async def test_a_project_is_handed_over() -> None:
    """The new owner becomes admin, and the name is reserved among their projects; again is quiet."""
    await (
        HELD.when(HAND_OVER, by=ANN)
        .idempotent()
        .then(
            NameReleased(holder=GARDEN),
            NameReserved(holder=GARDEN),
            MemberRoleChanged(project=GARDEN, user=BOB, role=ProjectRole.ADMIN),
            OwnershipTransferred(
                project=GARDEN, owner=BOB, name_reservation=await reservation("project", "Garden", BOB)
            ),
        )
    )
    after = HELD.also(done(HAND_OVER, by=ANN))
    accepted(await after.when(CreateProject(name="Garden"), by=ANN).answer())
    await after.when(CreateProject(name="Garden"), by=BOB).refused(Code.PROJECT_NAME_TAKEN)
    accepted(await after.when(ArchiveProject(project=GARDEN), by=BOB).answer())


async def test_a_project_is_not_handed_over_to_just_anybody() -> None:
    """Members only, by admins only, and not beside another project of that name."""
    await HELD.when(TransferOwnership(project=GARDEN, user=uuid4()), by=ANN).refused(Code.NOT_A_MEMBER)
    await HELD.when(HAND_OVER, by=BOB).refused(Code.FORBIDDEN)
    named = HELD.also(done(AssignRole(user=BOB, role="planner")), done(CreateProject(name="garden"), by=BOB))
    await named.when(HAND_OVER, by=ANN).refused(Code.PROJECT_NAME_TAKEN)
    archived = HELD.also(done(ArchiveProject(project=GARDEN), by=ANN))
    await archived.when(HAND_OVER, by=ANN).refused(Code.PROJECT_ARCHIVED)
    gone = HELD.also(done(DeleteAccount(user=ANN), by=ANN)).also(done(AssignRole(user=BOB, role="planner")))
    await gone.when(HAND_OVER, by=BOB).refused(Code.FORBIDDEN)
