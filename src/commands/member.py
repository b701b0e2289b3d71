"""The members of a project, among them its owner: added, given another role, removed. They are in its stream."""

from typing import ClassVar
from uuid import UUID

from ..events import Event
from ..events.project import (
    MemberAdded,
    MemberRemoved,
    MemberRoleChanged,
    OwnershipTransferred,
    ProjectRole,
)
from ..events.reservation import NameReleased, NameReserved
from .codes import Code
from .command import Context, ProjectCommand
from .handler import Handler
from .permissions import PROJECT_GRANTS, Permission
from .project import PROJECT, ProjectState, project_queue, project_tag, refuse_taken, refuse_unless_live
from .result import Failure, Result, Success
from .role import lacking
from .session import Session
from .user import RESERVATION, USER, ReservationState, UserState, user_unknown


class AddMember(ProjectCommand):
    permission: ClassVar = Permission.MANAGE_MEMBERS
    user: UUID
    role: ProjectRole


class ChangeMemberRole(ProjectCommand):
    permission: ClassVar = Permission.MANAGE_MEMBERS
    user: UUID
    role: ProjectRole


class RemoveMember(ProjectCommand):
    permission: ClassVar = Permission.MANAGE_MEMBERS
    user: UUID


class TransferOwnership(ProjectCommand):
    """Another member becomes the owner, and an admin if they are none; the owner before stays an admin."""

    permission: ClassVar = Permission.MANAGE_MEMBERS
    user: UUID


def decide_add_member(command: AddMember, state: ProjectState, user: UserState, actor: frozenset[Permission]) -> Result:
    """`actor` is what the actor may do in the project: nobody makes another more than that."""
    if failure := refuse_unless_live(command, state):
        return failure
    if not user.registered:
        return user_unknown(command.user)
    if present := state.members.get(command.user):
        if present == command.role:
            return Success()
        return Failure(Code.ALREADY_MEMBER, f"this user is a member already, as {present}; change the role instead")
    if not user.active:
        return _inactive(command.user)
    return lacking(PROJECT_GRANTS[command.role], actor) or _member(
        command, MemberAdded(project=command.project, user=command.user, role=command.role)
    )


def decide_change_member_role(command: ChangeMemberRole, state: ProjectState, actor: frozenset[Permission]) -> Result:
    if failure := refuse_unless_live(command, state) or _not_a_member(command, state):
        return failure
    if state.members[command.user] == command.role:
        return Success()
    failure = _owner_stays(command.user, state) or lacking(PROJECT_GRANTS[command.role], actor)
    return failure or _member(command, MemberRoleChanged(project=command.project, user=command.user, role=command.role))


def decide_remove_member(command: RemoveMember, state: ProjectState) -> Result:
    failure = refuse_unless_live(command, state) or _not_a_member(command, state) or _owner_stays(command.user, state)
    return failure or _member(command, MemberRemoved(project=command.project, user=command.user))


def decide_transfer(
    command: TransferOwnership,
    state: ProjectState,
    user: UserState,
    name: str,
    held: ReservationState,
    actor: frozenset[Permission],
) -> Result:
    """`name` is the name of the reservation among the new owner's projects, `held` its state; `actor` as above."""
    if failure := refuse_unless_live(command, state) or _not_a_member(command, state):
        return failure
    if state.owner == command.user:
        return Success()
    if not user.registered:
        return user_unknown(command.user)
    if not user.active:
        return _inactive(command.user)
    if failure := refuse_taken(held, state.name) or lacking(PROJECT_GRANTS[ProjectRole.ADMIN], actor):
        return failure
    project, admin = PROJECT.at(command.project).stream, ProjectRole.ADMIN
    events: list[tuple[str, Event]] = [
        (RESERVATION.at(state.name_reservation).stream, NameReleased(holder=command.project)),
        (RESERVATION.at(name).stream, NameReserved(holder=command.project)),
    ]
    if state.members[command.user] is not admin:
        events.append((project, MemberRoleChanged(project=command.project, user=command.user, role=admin)))
    transferred = OwnershipTransferred(project=command.project, owner=command.user, name_reservation=name)
    return Success((*events, (project, transferred)))


def _inactive(user: UUID) -> Failure:
    return Failure(Code.USER_INACTIVE, f"the user {user} is not active; an administrator can reactivate them")


def _not_a_member(command: ChangeMemberRole | RemoveMember | TransferOwnership, state: ProjectState) -> Failure | None:
    if command.user in state.members:
        return None
    return Failure(Code.NOT_A_MEMBER, f"the user {command.user} is no member of this project")


def _owner_stays(user: UUID, state: ProjectState) -> Failure | None:
    """A project always has an admin: its owner."""
    if user != state.owner:
        return None
    return Failure(Code.OWNER_STAYS_ADMIN, "the owner of a project stays its admin")


def _member(command: ProjectCommand, event: Event) -> Success:
    return Success(((PROJECT.at(command.project).stream, event),))


async def _add_member(command: AddMember, session: Session, _context: Context) -> Result:
    state, user = await session.load(PROJECT.at(command.project), USER.at(command.user))
    return decide_add_member(command, state, user, session.granted)


async def _change_member_role(command: ChangeMemberRole, session: Session, _context: Context) -> Result:
    return decide_change_member_role(command, await session.load(PROJECT.at(command.project)), session.granted)


async def _remove_member(command: RemoveMember, session: Session, _context: Context) -> Result:
    return decide_remove_member(command, await session.load(PROJECT.at(command.project)))


async def _transfer(command: TransferOwnership, session: Session, _context: Context) -> Result:
    ref = PROJECT.at(command.project)
    state = await session.load(ref)
    if failure := await session.expect(ref, state.revision, command.project):
        return failure
    name = await session.reservation("project", state.name, command.user)
    user, held, _ = await session.load(
        USER.at(command.user), RESERVATION.at(name), RESERVATION.at(state.name_reservation)
    )
    return decide_transfer(command, state, user, name, held, session.granted)


HANDLERS = (
    Handler("AddMember", AddMember, _add_member, project_queue, project_tag),
    Handler("ChangeMemberRole", ChangeMemberRole, _change_member_role, project_queue, project_tag),
    Handler("RemoveMember", RemoveMember, _remove_member, project_queue, project_tag),
    Handler("TransferOwnership", TransferOwnership, _transfer, project_queue, project_tag),
)
