"""Whether the actor may give a command: by the rights of this moment, checked again by the append."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from ..events import MAIN
from .access import ACCESS, AccessState
from .aggregate import Ref
from .codes import Code
from .command import SYSTEM, Command, Context, ProjectCommand, ScopedCommand
from .permissions import ALL, NOTHING, PROJECT_GRANTS, Permission
from .project import PROJECT, ProjectState
from .result import Failure
from .role import granted_by, roles_of
from .session import Session
from .user import USER, UserState

_CLOCK_TOLERANCE, _NONE = timedelta(seconds=5), timedelta()
SESSION_ENDED = Failure(Code.SESSION_ENDED, "your session has ended; sign in again")


async def authorise(command: Command, session: Session, context: Context) -> Failure | None:
    """The refusal, if the actor lacks the permission or the circumstances do not fit; None when it may be."""
    if failure := _circumstances(command, context):
        return failure
    project = command.project if isinstance(command, ProjectCommand | ScopedCommand) else None
    session.granted, session.limited = NOTHING, False
    rights = await rights_of(session, context, project)
    if isinstance(rights, Failure):
        return rights
    if context.imported and (failure := rights.refuse(Permission.OPERATE)):
        return failure
    session.granted, session.limited = rights.granted, rights.limited
    if command.own and getattr(command, "user", None) == context.actor and not rights.limited:
        return None
    return rights.refuse(_needed(command), project)


def _needed(command: Command) -> Permission:
    if isinstance(command, ScopedCommand) and command.project is not None:
        return command.permission_in_project
    return command.permission


@dataclass(frozen=True, slots=True)
class Rights:
    """What an actor may do, in a project if one was asked for. `scopes`: what an API key passes on, if it was one."""

    granted: frozenset[Permission]
    scopes: frozenset[Permission] | None = None

    @property
    def limited(self) -> bool:
        return self.scopes is not None

    def passes_on(self, permission: Permission) -> bool:
        """Whether what the actor has of this, somewhere, counts: an API key may leave it out."""
        return self.scopes is None or permission in self.scopes

    def refuse(self, permission: Permission, project: UUID | None = None) -> Failure | None:
        """The refusal of what needs the permission; whoever may not read a project does not learn that it exists."""
        if project is not None and Permission.READ_PROJECT not in self.granted:
            return project_not_found(project)
        if permission in self.granted:
            return None
        return Failure(
            Code.FORBIDDEN,
            f"this needs the permission {permission}, which your role does not grant",
            {"permission": permission.value},
        )


async def rights_of(session: Session, context: Context, project: UUID | None = None) -> Rights | Failure:
    """What the actor may do; a refusal if nothing, because nobody of that kind can be let in."""
    if context.actor == SYSTEM:
        return Rights(ALL)
    user, access, where = await _loaded(session, context, project)
    if not user.registered:
        return Failure(Code.ACTOR_UNKNOWN, "you are not a registered user; ask an administrator to register you")
    if not user.active:
        return Failure(Code.ACTOR_INACTIVE, "your account is not active; ask an administrator to reactivate it")
    if context.session is not None and not access.admits(context.session, context.now):
        return SESSION_ENDED
    granted = granted_by(await roles_of(session, user.roles))
    if role := where.members.get(context.actor):
        granted |= PROJECT_GRANTS[role]
    key = access.keys.get(context.session) if context.session else None
    return Rights(granted) if key is None else Rights(granted & key.scopes, key.scopes)


async def _loaded(
    session: Session, context: Context, project: UUID | None
) -> tuple[UserState, AccessState, ProjectState]:
    """What the rights follow from, in one read."""
    refs: list[Ref[Any]] = [USER.at(context.actor)]
    refs += [ACCESS.at(context.actor)] if context.session else []
    refs += [PROJECT.at(project)] if project else []
    states = dict(zip((ref.aggregate.category for ref in refs), await session.load_all(refs), strict=True))
    return states["user"], states.get("access", AccessState()), states.get("project", ProjectState())


def project_not_found(project: UUID) -> Failure:
    return Failure(Code.NOT_FOUND, f"there is no project {project} that you can see")


def _circumstances(command: Command, context: Context) -> Failure | None:
    if context.branch != MAIN:
        return Failure(Code.BRANCH_UNKNOWN, f"there is no branch {context.branch!r}")
    if context.effective_at is None:
        return None
    if not command.dated and not context.imported:
        return Failure(
            Code.EFFECTIVE_TIME_NOT_ALLOWED,
            "only dated facts, such as progress, may be given an effective time; leave it out",
        )
    if context.effective_at > context.now + (_NONE if context.imported else _CLOCK_TOLERANCE):
        return Failure(Code.EFFECTIVE_TIME_IN_FUTURE, "the effective time lies in the future; facts have happened")
    return None
