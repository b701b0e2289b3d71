"""Roles that people define, beside those of the system. They grant permissions of the catalogue, in every project.

A role is never deleted: who has it keeps it, also when it is retired and given to nobody any more.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, assert_never

from pydantic import StringConstraints

from ..events.role import PermissionGranted, PermissionRevoked, RoleDefined, RoleEvent, RoleRetired
from .aggregate import Aggregate
from .codes import Code
from .command import Command, Context, Name
from .handler import Handler
from .permissions import GRANTABLE, NOTHING, SYSTEM_GRANTS, Permission
from .result import Failure, Result, Success
from .session import Session

RoleCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,63}$")]


class DefineRole(Command):
    """Makes a role. Its code is what it is assigned by, and stays; what it grants may change."""

    permission: ClassVar = Permission.MANAGE_ROLES
    role: RoleCode
    name: Name
    permissions: tuple[Permission, ...] = ()


class GrantPermission(Command):
    """Whoever has the role may do this from now on."""

    permission: ClassVar = Permission.MANAGE_ROLES
    role: RoleCode
    granted: Permission


class RevokePermission(Command):
    """Whoever has the role may not do this any more, unless another role grants it."""

    permission: ClassVar = Permission.MANAGE_ROLES
    role: RoleCode
    revoked: Permission


class RetireRole(Command):
    """The role is assigned to nobody any more. Who has it keeps it."""

    permission: ClassVar = Permission.MANAGE_ROLES
    role: RoleCode


@dataclass(frozen=True, slots=True)
class RoleState:
    defined: bool = False
    permissions: frozenset[Permission] = frozenset()
    retired: bool = False
    revision: int = 0


def _evolve(state: RoleState, event: RoleEvent, version: int) -> RoleState:
    match event:
        case RoleDefined():
            permissions = frozenset(Permission(code) for code in event.permissions)
            return replace(state, defined=True, permissions=permissions, revision=version)
        case PermissionGranted():
            return replace(state, permissions=state.permissions | {Permission(event.permission)}, revision=version)
        case PermissionRevoked():
            return replace(state, permissions=state.permissions - {Permission(event.permission)}, revision=version)
        case RoleRetired():
            return replace(state, retired=True, revision=version)
        case _:
            assert_never(event)


ROLE = Aggregate("role", RoleState(), _evolve)


def system_role(code: str) -> RoleState:
    """A role of the system as if it had been defined."""
    return RoleState(defined=True, permissions=SYSTEM_GRANTS[code])


async def roles_of(session: Session, codes: Iterable[str]) -> dict[str, RoleState]:
    """The roles of these codes; one that was never defined grants nothing."""
    listed = list(codes)
    defined = [code for code in listed if code not in SYSTEM_GRANTS]
    states = dict(zip(defined, await session.load_all([ROLE.at(code) for code in defined]), strict=True))
    return {code: states.get(code) or system_role(code) for code in listed}


def granted_by(roles: dict[str, RoleState]) -> frozenset[Permission]:
    """What somebody with all these roles may do."""
    return frozenset[Permission]().union(*(role.permissions for role in roles.values()))


def lacking(wanted: Iterable[Permission], actor: frozenset[Permission]) -> Failure | None:
    """The refusal of an actor who would grant what the actor may not do. `actor` is what the actor may."""
    if not (missing := sorted(set(wanted) - actor)):
        return None
    return Failure(
        Code.PERMISSION_LACKED,
        f"nobody grants a permission that they lack, and you lack {', '.join(missing)}; ask somebody who has them",
        {"permissions": [permission.value for permission in missing]},
    )


async def refuse_over(
    session: Session, roles: Iterable[str], *, own: bool, also: frozenset[Permission] = NOTHING
) -> Failure | None:
    """The refusal of who would act on somebody with these roles, who may more than they. `own`: it is themselves.

    `also` is what can be had besides by acting as them.
    """
    if own and not session.limited:
        return None
    missing = sorted((granted_by(await roles_of(session, roles)) | also) - session.granted)
    if not missing:
        return None
    return Failure(
        Code.PERMISSION_LACKED,
        f"nobody acts on somebody who may more than they, and you lack {', '.join(missing)}; ask somebody who has them",
        {"permissions": [permission.value for permission in missing]},
    )


def not_assignable(roles: dict[str, RoleState], actor: frozenset[Permission]) -> Failure | None:
    """The refusal of an actor who may not assign one of these roles, or of roles that nobody may."""
    for code, role in sorted(roles.items()):
        if not role.defined:
            told = f"there is no role {code!r}; those of the system are {', '.join(SYSTEM_GRANTS)}"
            return Failure(Code.ROLE_UNKNOWN, told)
        if role.retired:
            return Failure(Code.ROLE_RETIRED, f"the role {code!r} was retired; assign another one")
    return lacking(granted_by(roles), actor)


def decide_define(command: DefineRole, state: RoleState, actor: frozenset[Permission]) -> Result:
    if failure := _of_the_system(command.role):
        return failure
    if state.defined:
        return Failure(Code.ALREADY_EXISTS, f"the role {command.role!r} exists; roles keep their codes for ever")
    if failure := _not_grantable(command.permissions) or lacking(command.permissions, actor):
        return failure
    permissions = tuple(sorted({permission.value for permission in command.permissions}))
    event = RoleDefined(role=command.role, name=command.name, permissions=permissions)
    return Success(((ROLE.at(command.role).stream, event),), ids={"role": command.role})


def decide_grant(command: GrantPermission, state: RoleState, actor: frozenset[Permission]) -> Result:
    if failure := _unchangeable(command, state) or _not_grantable([command.granted]):
        return failure
    if command.granted in state.permissions:
        return Success()
    return lacking([command.granted], actor) or _success(
        command, PermissionGranted(role=command.role, permission=command.granted.value)
    )


def decide_revoke(command: RevokePermission, state: RoleState) -> Result:
    if failure := _unchangeable(command, state):
        return failure
    if command.revoked not in state.permissions:
        return Success()
    return _success(command, PermissionRevoked(role=command.role, permission=command.revoked.value))


def decide_retire(command: RetireRole, state: RoleState) -> Result:
    if state.retired:
        return Success()
    return _unchangeable(command, state) or _success(command, RoleRetired(role=command.role))


def _success(command: GrantPermission | RevokePermission | RetireRole, event: RoleEvent) -> Success:
    return Success(((ROLE.at(command.role).stream, event),))


def _of_the_system(code: str) -> Failure | None:
    if code not in SYSTEM_GRANTS:
        return None
    return Failure(Code.ROLE_OF_THE_SYSTEM, f"{code!r} is a role of the system, which stays as it is; define another")


def _unchangeable(command: GrantPermission | RevokePermission | RetireRole, state: RoleState) -> Failure | None:
    if failure := _of_the_system(command.role):
        return failure
    if not state.defined:
        return Failure(Code.ROLE_UNKNOWN, f"there is no role {command.role!r}; define it first")
    if state.retired:
        return Failure(Code.ROLE_RETIRED, f"the role {command.role!r} was retired and stays as it is")
    return None


def _not_grantable(permissions: Iterable[Permission]) -> Failure | None:
    if not (kept := sorted(set(permissions) - GRANTABLE)):
        return None
    return Failure(Code.PERMISSION_UNKNOWN, f"{', '.join(kept)} is the service's own and cannot be granted")


async def _define(command: DefineRole, session: Session, _context: Context) -> Result:
    return decide_define(command, await session.load(ROLE.at(command.role)), session.granted)


async def _grant(command: GrantPermission, session: Session, _context: Context) -> Result:
    state, stale = await _seen(command.role, session)
    return stale or decide_grant(command, state, session.granted)


async def _revoke(command: RevokePermission, session: Session, _context: Context) -> Result:
    state, stale = await _seen(command.role, session)
    return stale or decide_revoke(command, state)


async def _retire(command: RetireRole, session: Session, _context: Context) -> Result:
    state, stale = await _seen(command.role, session)
    return stale or decide_retire(command, state)


async def _seen(role: str, session: Session) -> tuple[RoleState, Failure | None]:
    """The role, and the refusal of who has seen another revision of it."""
    ref = ROLE.at(role)
    state = await session.load(ref)
    return state, await session.expect(ref, state.revision, role)


def _queue(command: DefineRole | GrantPermission | RevokePermission | RetireRole, _context: Context) -> str:
    return ROLE.at(command.role).stream


def _tag(
    command: DefineRole | GrantPermission | RevokePermission | RetireRole, session: Session, context: Context
) -> str:
    return str(session.version(_queue(command, context)))


HANDLERS = (
    Handler("DefineRole", DefineRole, _define, _queue, _tag),
    Handler("GrantPermission", GrantPermission, _grant, _queue, _tag),
    Handler("RevokePermission", RevokePermission, _revoke, _queue, _tag),
    Handler("RetireRole", RetireRole, _retire, _queue, _tag),
)
