"""Whether the actor may give a command: by the rights of this moment, checked again by the append."""

from datetime import timedelta

from ..events import MAIN
from .codes import Code
from .command import SYSTEM, Command, Context, ProjectCommand
from .permissions import PROJECT_GRANTS, SYSTEM_GRANTS
from .project import PROJECT
from .result import Failure
from .session import Session
from .user import USER

_CLOCK_TOLERANCE = timedelta(seconds=5)


async def authorise(command: Command, session: Session, context: Context) -> Failure | None:
    """The refusal, if the actor lacks the permission or the circumstances do not fit; None when it may be."""
    if failure := _circumstances(command, context):
        return failure
    if context.actor == SYSTEM:
        return None
    if isinstance(command, ProjectCommand):
        actor, project = await session.load(USER.at(context.actor), PROJECT.at(command.project))
        role = project.members.get(context.actor)
        if actor.registered and actor.active and role is None:
            return project_not_found(command)
        granted = PROJECT_GRANTS[role] if role else frozenset()
    else:
        actor = await session.load(USER.at(context.actor))
        granted = frozenset().union(*(SYSTEM_GRANTS.get(name, frozenset()) for name in actor.roles))
    if not actor.registered:
        return Failure(Code.ACTOR_UNKNOWN, "you are not a registered user; ask an administrator to register you")
    if not actor.active:
        return Failure(Code.ACTOR_INACTIVE, "your account is not active; ask an administrator to reactivate it")
    if command.permission in granted or (command.own and getattr(command, "user", None) == context.actor):
        return None
    return Failure(
        Code.FORBIDDEN,
        f"this needs the permission {command.permission}, which your role does not grant",
        {"permission": command.permission.value},
    )


def project_not_found(command: ProjectCommand) -> Failure:
    return Failure(Code.NOT_FOUND, f"there is no project {command.project} that you can see")


def _circumstances(command: Command, context: Context) -> Failure | None:
    if context.branch != MAIN:
        return Failure(Code.BRANCH_UNKNOWN, f"there is no branch {context.branch!r}")
    if context.effective_at is None:
        return None
    if not command.dated:
        return Failure(
            Code.EFFECTIVE_TIME_NOT_ALLOWED,
            "only dated facts, such as progress, may be given an effective time; leave it out",
        )
    if context.effective_at > context.now + _CLOCK_TOLERANCE:
        return Failure(Code.EFFECTIVE_TIME_IN_FUTURE, "the effective time lies in the future; facts have happened")
    return None
