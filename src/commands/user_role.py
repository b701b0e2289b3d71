"""Which roles somebody has. Nobody assigns a role that grants what they lack."""

from typing import ClassVar
from uuid import UUID

from ..events import Event
from ..events.user import ADMINISTRATOR, AdministratorAdded, AdministratorRemoved, RoleAssigned, RoleRevoked
from .command import Command, Context
from .handler import Handler
from .permissions import Permission
from .result import Result, Success
from .role import RoleCode, RoleState, not_assignable, refuse_over, roles_of
from .session import Session
from .user import ADMINISTRATORS, USER, UserState, refuse_last, user_unknown


class AssignRole(Command):
    permission: ClassVar = Permission.MANAGE_USERS
    user: UUID
    role: RoleCode


class RevokeRole(Command):
    permission: ClassVar = Permission.MANAGE_USERS
    user: UUID
    role: RoleCode


def decide_assign_role(
    command: AssignRole, state: UserState, roles: dict[str, RoleState], actor: frozenset[Permission]
) -> Result:
    """`roles` holds the role, `actor` is what the actor may."""
    if not state.registered:
        return user_unknown(command.user)
    if command.role in state.roles:
        return Success()
    if failure := not_assignable(roles, actor):
        return failure
    events: list[tuple[str, Event]] = [
        (USER.at(command.user).stream, RoleAssigned(user=command.user, role=command.role))
    ]
    if command.role == ADMINISTRATOR and state.active:
        events.append((ADMINISTRATORS.stream, AdministratorAdded(user=command.user)))
    return Success(tuple(events))


def decide_revoke_role(command: RevokeRole, state: UserState, administrators: frozenset[UUID]) -> Result:
    if not state.registered:
        return user_unknown(command.user)
    if command.role not in state.roles:
        return Success()
    events: list[tuple[str, Event]] = [
        (USER.at(command.user).stream, RoleRevoked(user=command.user, role=command.role))
    ]
    if command.role == ADMINISTRATOR and state.active:
        if failure := refuse_last(command.user, administrators):
            return failure
        events.append((ADMINISTRATORS.stream, AdministratorRemoved(user=command.user)))
    return Success(tuple(events))


async def _assign_role(command: AssignRole, session: Session, _context: Context) -> Result:
    ref = USER.at(command.user)
    state, _ = await session.load(ref, ADMINISTRATORS)
    if failure := await session.expect(ref, state.revision, command.user):
        return failure
    return decide_assign_role(command, state, await roles_of(session, [command.role]), session.granted)


async def _revoke_role(command: RevokeRole, session: Session, context: Context) -> Result:
    ref = USER.at(command.user)
    state, administrators = await session.load(ref, ADMINISTRATORS)
    stale = await session.expect(ref, state.revision, command.user)
    refusal = stale or await refuse_over(session, state.roles, own=command.user == context.actor)
    return refusal or decide_revoke_role(command, state, administrators)


def _user(command: AssignRole | RevokeRole, _context: Context) -> str:
    return USER.at(command.user).stream


def _tag(command: AssignRole | RevokeRole, session: Session, context: Context) -> str:
    return str(session.version(_user(command, context)))


HANDLERS = (
    Handler("AssignRole", AssignRole, _assign_role, _user, _tag),
    Handler("RevokeRole", RevokeRole, _revoke_role, _user, _tag),
)
