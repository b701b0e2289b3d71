"""How a person gets in: the password, sessions and API keys, in a stream of their own beside the user's.

Every command that comes by a session or a key reads it, so that one that was ended is ended for the next commit. The
secrets are not here: the commands carry the ids under which they are kept, and whoever has written one gives them.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, ClassVar, NamedTuple, assert_never
from uuid import UUID

from immutables import Map
from pydantic import Field, StringConstraints

from ..events.access import (
    AccessEvent,
    ApiKeyCreated,
    ApiKeyRevoked,
    PasswordResetIssued,
    SessionEnded,
    SessionsEnded,
    SessionStarted,
    UserPasswordChanged,
)
from ..events.project import ProjectRole
from .aggregate import Aggregate
from .codes import Code
from .command import Command, Context, Moment, Name
from .handler import Handler
from .permissions import GRANTABLE, PROJECT_GRANTS, Permission
from .result import Failure, Result, Success
from .role import lacking, refuse_over
from .session import Session
from .user import USER

MOST_SESSIONS, MOST_API_KEYS = 100, 50
"""Of one user at a time."""
Method = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9 :_-]{0,63}$")]
PASSWORD_CHANGED, SIGNED_OUT, REUSED = "password changed", "signed out", "refresh token used again"


class AccessCommand(Command):
    """About somebody's access: one's own, or another's for those who manage users."""

    permission: ClassVar = Permission.MANAGE_USERS
    own: ClassVar = True
    user: UUID


class SetPassword(AccessCommand):
    """From now on the password is the one whose hash is kept as `credential`. All other sessions end."""

    credential: UUID


class IssuePasswordReset(AccessCommand):
    """Whoever shows the secret that is kept as `credential` before it expires may set a password."""

    own: ClassVar = False
    credential: UUID
    expires_at: Moment


class StartSession(AccessCommand):
    """The user has shown who they are, by that method."""

    session: UUID
    method: Method
    expires_at: Moment
    credential: UUID | None = Field(None, description="The password that was shown, if it was one")


class EndSession(AccessCommand):
    """Signs out: tokens of the session are refused from now on."""

    session: UUID
    why: Name = SIGNED_OUT


class EndSessions(AccessCommand):
    """Signs out everywhere. API keys stay; they are revoked one by one."""

    why: Name = SIGNED_OUT


class CreateApiKey(AccessCommand):
    """A key for a service that acts as the user. It passes on what the user may do, but nothing beyond `scopes`."""

    key: UUID
    name: Name
    scopes: Annotated[frozenset[Permission], Field(min_length=1)]
    expires_at: Moment | None = None


class RevokeApiKey(AccessCommand):
    """The key is refused from now on."""

    key: UUID


class Reset(NamedTuple):
    credential: UUID
    expires_at: datetime


class SessionState(NamedTuple):
    method: str
    expires_at: datetime


class ApiKeyState(NamedTuple):
    name: str
    scopes: frozenset[Permission]
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class AccessState:
    """`password` and `reset` name credentials; `sessions` and `keys` hold what has neither ended nor been revoked."""

    password: UUID | None = None
    reset: Reset | None = None
    sessions: Map[UUID, SessionState] = Map()  # noqa: RUF009 - immutable
    keys: Map[UUID, ApiKeyState] = Map()  # noqa: RUF009 - immutable

    def admits(self, session: UUID, now: datetime) -> bool:
        """Whether the session or API key is good at the moment."""
        found = self.sessions.get(session) or self.keys.get(session)
        return found is not None and (found.expires_at is None or found.expires_at > now)


def _evolve(state: AccessState, event: AccessEvent, _version: int) -> AccessState:
    match event:
        case UserPasswordChanged():
            return replace(state, password=event.credential, reset=None)
        case PasswordResetIssued():
            return replace(state, reset=Reset(event.credential, event.expires_at))
        case SessionStarted():
            began = SessionState(event.method, event.expires_at)
            return replace(state, sessions=state.sessions.set(event.session, began))
        case SessionEnded():
            return replace(state, sessions=state.sessions.delete(event.session))
        case SessionsEnded():
            kept = {id_: found for id_, found in state.sessions.items() if id_ == event.kept}
            return replace(state, sessions=Map(kept))
        case ApiKeyCreated():
            scopes = frozenset(Permission(code) for code in event.scopes)
            return replace(state, keys=state.keys.set(event.key, ApiKeyState(event.name, scopes, event.expires_at)))
        case ApiKeyRevoked():
            return replace(state, keys=state.keys.delete(event.key))
        case _:
            assert_never(event)


ACCESS = Aggregate("access", AccessState(), _evolve)


def decide_set_password(command: SetPassword, state: AccessState, session: UUID | None) -> Result:
    """`session` is the one that asks, which stays."""
    events = [UserPasswordChanged(user=command.user, credential=command.credential)]
    kept = session if session in state.sessions else None
    if len(state.sessions) > (kept is not None):
        return _success(command, *events, SessionsEnded(user=command.user, why=PASSWORD_CHANGED, kept=kept))
    return _success(command, *events)


def decide_start_session(command: StartSession, state: AccessState, now: datetime) -> Result:
    """Sessions that have expired end by the way, and the oldest of too many: they are not kept for ever."""
    if command.session in state.sessions:
        return Success()
    if command.credential not in (None, state.password):
        return Failure(Code.SIGN_IN_FAILED, "the password was changed at this moment; sign in with the new one")
    expired = {id_ for id_, found in state.sessions.items() if found.expires_at <= now}
    live = sorted(set(state.sessions) - expired, key=lambda id_: state.sessions[id_].expires_at)
    over = live[: max(0, len(live) + 1 - MOST_SESSIONS)]
    started = SessionStarted(
        user=command.user, session=command.session, method=command.method, expires_at=command.expires_at
    )
    ended = [SessionEnded(user=command.user, session=id_, why="expired") for id_ in sorted(expired)]
    ended += [SessionEnded(user=command.user, session=id_, why="too many sessions") for id_ in over]
    return _success(command, *ended, started)


def decide_end_session(command: EndSession, state: AccessState) -> Result:
    if command.session not in state.sessions:
        return Success()
    return _success(command, SessionEnded(user=command.user, session=command.session, why=command.why))


def decide_end_sessions(command: EndSessions, state: AccessState) -> Result:
    if not state.sessions:
        return Success()
    return _success(command, SessionsEnded(user=command.user, why=command.why))


def decide_create_api_key(command: CreateApiKey, state: AccessState, now: datetime) -> Result:
    if command.key in state.keys:
        return Failure(Code.ALREADY_EXISTS, f"the key {command.key} exists already")
    if kept := sorted(command.scopes - GRANTABLE):
        return Failure(Code.PERMISSION_UNKNOWN, f"{', '.join(kept)} is the service's own; no key has it")
    if command.expires_at is not None and command.expires_at <= now:
        return Failure(Code.EXPIRES_IN_PAST, "the key would have expired before it is made; give a later time")
    if len(state.keys) >= MOST_API_KEYS:
        return Failure(Code.TOO_MANY_API_KEYS, f"a user has at most {MOST_API_KEYS} keys; revoke one first")
    event = ApiKeyCreated(
        user=command.user,
        key=command.key,
        name=command.name,
        scopes=tuple(sorted(scope.value for scope in command.scopes)),
        expires_at=command.expires_at,
    )
    return _success(command, event)


def decide_revoke_api_key(command: RevokeApiKey, state: AccessState) -> Result:
    if command.key not in state.keys:
        return Success()
    return _success(command, ApiKeyRevoked(user=command.user, key=command.key))


def _success(command: AccessCommand, *events: AccessEvent) -> Success:
    return Success(tuple((ACCESS.at(command.user).stream, event) for event in events))


async def _known(command: AccessCommand, session: Session, context: Context) -> tuple[AccessState, Failure | None]:
    """The access, and the refusal of who would get in as somebody who may more.

    Which projects the user is a member of nobody knows here, so it takes what an admin of any may do.
    """
    access, user = await session.load(ACCESS.at(command.user), USER.at(command.user))
    if not user.registered:
        return access, _unknown(command)
    own, members = command.user == context.actor, PROJECT_GRANTS[ProjectRole.ADMIN]
    return access, await refuse_over(session, user.roles, own=own, also=members)


def _unknown(command: AccessCommand) -> Failure:
    return Failure(Code.NOT_FOUND, f"there is no user {command.user}")


async def _set_password(command: SetPassword, session: Session, context: Context) -> Result:
    access, failure = await _known(command, session, context)
    return failure or decide_set_password(command, access, context.session)


async def _issue_password_reset(command: IssuePasswordReset, session: Session, context: Context) -> Result:
    _, failure = await _known(command, session, context)
    return failure or _success(
        command,
        PasswordResetIssued(user=command.user, credential=command.credential, expires_at=command.expires_at),
    )


async def _start_session(command: StartSession, session: Session, context: Context) -> Result:
    access, failure = await _known(command, session, context)
    return failure or decide_start_session(command, access, context.now)


async def _end_session(command: EndSession, session: Session, _context: Context) -> Result:
    return decide_end_session(command, await session.load(ACCESS.at(command.user)))


async def _end_sessions(command: EndSessions, session: Session, _context: Context) -> Result:
    return decide_end_sessions(command, await session.load(ACCESS.at(command.user)))


async def _create_api_key(command: CreateApiKey, session: Session, context: Context) -> Result:
    access, user = await session.load(ACCESS.at(command.user), USER.at(command.user))
    if not user.registered:
        return _unknown(command)
    own = command.user == context.actor and not session.limited
    failure = None if own else lacking(command.scopes, session.granted)
    return failure or decide_create_api_key(command, access, context.now)


async def _revoke_api_key(command: RevokeApiKey, session: Session, _context: Context) -> Result:
    return decide_revoke_api_key(command, await session.load(ACCESS.at(command.user)))


def _queue(command: AccessCommand, _context: Context) -> str:
    return ACCESS.at(command.user).stream


HANDLERS = (
    Handler("SetPassword", SetPassword, _set_password, _queue),
    Handler("IssuePasswordReset", IssuePasswordReset, _issue_password_reset, _queue),
    Handler("StartSession", StartSession, _start_session, _queue),
    Handler("EndSession", EndSession, _end_session, _queue),
    Handler("EndSessions", EndSessions, _end_sessions, _queue),
    Handler("CreateApiKey", CreateApiKey, _create_api_key, _queue),
    Handler("RevokeApiKey", RevokeApiKey, _revoke_api_key, _queue),
)
