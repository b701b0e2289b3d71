"""Signing in and out: what is shown is checked, tried not too often, and becomes a session with its tokens."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from pydantic import SecretStr
from uuid_utils.compat import uuid7

from ..commands.access import (
    ACCESS,
    REUSED,
    AccessState,
    CreateApiKey,
    EndSession,
    IssuePasswordReset,
    SetPassword,
    StartSession,
)
from ..commands.authorise import SESSION_ENDED
from ..commands.codes import Code
from ..commands.command import Command, Context
from ..commands.loop import Accepted, CommandLoop
from ..commands.permissions import Permission
from ..commands.result import Failure
from ..commands.user import RESERVATION, USER, UserState
from ..events.keyring import Keyring
from ..events.log import ANONYMOUS
from .credentials import Credentials, Kind
from .passwords import Passwords
from .secret import API_KEY, RESET, make, shown
from .throttle import Throttle
from .tokens import ACCESS_LIFETIME, SESSION_LIFETIME, Refresh, mint, mint_refresh, verify_refresh

RESET_LIFETIME = timedelta(hours=24)
PASSWORD = "password"  # noqa: S105 - the name of a method

NoteFailure = Callable[[Context, str | None, UUID | None, str], Awaitable[None]]
"""Takes down that somebody could not show who they are: the account's digest, the user if there is one, the method."""

_FAILED = Failure(Code.SIGN_IN_FAILED, "the name or the password is not right")
"""The same whatever was not: whether there is such an account is nobody's business."""
_STOLEN = Failure(
    Code.SESSION_ENDED,
    "this refresh token was used before, so the session has ended for whoever holds it; sign in again",
)
_NO_RESET = Failure(Code.RESET_INVALID, "this password reset is used, expired or none of ours; ask for a new one")


class Tokens(NamedTuple):
    """What a session is used with."""

    user: UUID
    session: UUID
    access: str
    refresh: str
    expires_in: timedelta


class Given(NamedTuple):
    """A secret that is shown this once."""

    id: UUID
    text: SecretStr
    expires_at: datetime | None


@dataclass(frozen=True)
class SignIn:
    """All ways in. `context` says from where and when; its actor does not count where nobody has signed in yet."""

    commands: CommandLoop
    keyring: Keyring
    credentials: Credentials
    passwords: Passwords
    throttle: Throttle
    note_failure: NoteFailure

    async def with_password(self, name: str, password: SecretStr, context: Context) -> Tokens | Failure:
        """A session for the user of that user name or e-mail address. Raises ThrottledError."""
        account, user, state, access = await self._account(name, context)
        await self.throttle.attempt(account, context.address, owner=str(user or account))
        matches = await self._matches(access, password)
        if user is None or not matches or not state.registered:
            await self.note_failure(context, account, user, PASSWORD)
            return _FAILED
        tokens = await self.start(user, PASSWORD, context, credential=access.password)
        await self.throttle.succeeded(account, context.address)
        return tokens

    async def start(
        self,
        user: UUID,
        method: str,
        context: Context,
        *,
        credential: UUID | None = None,
        lifetime: timedelta = SESSION_LIFETIME,
        first: Sequence[Command] = (),
    ) -> Tokens | Failure:
        """A session for somebody who has shown who they are; by that password, unless it was changed meanwhile.

        What comes `first` stands together with the session, or neither does.
        """
        session, expires_at = uuid7(), context.now + lifetime
        generation = await self.credentials.begin(session, user, expires_at)
        command = StartSession(user=user, session=session, method=method, expires_at=expires_at, credential=credential)
        answer = await self.commands.execute_all([*first, command], replace(context, actor=user, session=None))
        if isinstance(answer, Failure):
            await self.credentials.end(session)
            return answer
        return await self._tokens(Refresh(user, session, generation), expires_at)

    async def refresh(self, token: str, context: Context) -> Tokens | Failure:
        """The next pair of tokens. A token that was used before ends the session. Raises BadTokenError."""
        shown_ = await verify_refresh(self.keyring, token)
        as_user = replace(context, actor=shown_.user, session=shown_.session)
        rights = await self.commands.rights(as_user)
        if isinstance(rights, Failure):
            return rights
        if not await self.credentials.rotate(shown_.session, shown_.generation):
            ended = EndSession(user=shown_.user, session=shown_.session, why=REUSED)
            await self.commands.execute(ended, as_user)
            await self.note_failure(context, None, shown_.user, "refresh token")
            return _STOLEN
        session = (await self._access(shown_.user, as_user)).sessions.get(shown_.session)
        if session is None:  # it was ended at this moment
            return SESSION_ENDED
        expires_at = session.expires_at
        return await self._tokens(shown_._replace(generation=shown_.generation + 1), expires_at)

    async def change_password(self, current: SecretStr, new: SecretStr, context: Context) -> Accepted | Failure:
        """The actor's password, by whoever knows the present one. Other sessions end. Raises ThrottledError."""
        await self.throttle.attempt(f"password of {context.actor}", context.address)
        if not await self._matches(await self._access(context.actor, context), current):
            await self.note_failure(context, None, context.actor, "password change")
            return Failure(Code.PASSWORD_WRONG, "the present password is not right")
        return await self.set_password(context.actor, new, context)

    async def set_password(self, user: UUID, new: SecretStr, context: Context) -> Accepted | Failure:
        """The password from now on; all sessions end but that of the context."""
        credential = uuid7()
        await self.credentials.add(credential, user, Kind.PASSWORD, await self.passwords.hash(new))
        answer = await self.commands.execute(SetPassword(user=user, credential=credential), context)
        if isinstance(answer, Failure):
            await self.credentials.remove(credential)
        else:
            await self.credentials.keep_only(credential, user, Kind.PASSWORD)
        return answer

    async def issue_reset(self, user: UUID, context: Context) -> Given | Failure:
        """What lets somebody set a password: for those who have none yet, or have forgotten it."""
        made, expires_at = make(RESET), context.now + RESET_LIFETIME
        await self.credentials.add(made.id, user, Kind.RESET, made.digest)
        command = IssuePasswordReset(user=user, credential=made.id, expires_at=expires_at)
        answer = await self.commands.execute(command, context)
        if isinstance(answer, Failure):
            await self.credentials.remove(made.id)
            return answer
        return Given(made.id, SecretStr(made.text), expires_at)

    async def redeem_reset(self, secret: SecretStr, new: SecretStr, context: Context) -> Accepted | Failure:
        """Sets the password by a reset, once. Raises ThrottledError."""
        offered = shown(RESET, secret.get_secret_value())
        await self.throttle.attempt(str(offered and offered.id), context.address)
        found = offered and await self.credentials.find(offered.id, Kind.RESET)
        if not offered or not found or not offered.is_that_of(found[1]):
            await self.note_failure(context, None, None, "password reset")
            return _NO_RESET
        user, as_user = found[0], replace(context, actor=found[0], session=None)
        reset = (await self._access(user, as_user)).reset
        if reset is None or reset.credential != offered.id or reset.expires_at <= context.now:
            return _NO_RESET
        answer = await self.set_password(user, new, as_user)
        if isinstance(answer, Accepted):
            await self.credentials.remove(offered.id)
        return answer

    async def create_api_key(
        self, user: UUID, name: str, scopes: frozenset[Permission], expires_at: datetime | None, context: Context
    ) -> Given | Failure:
        """A key for a service that acts as the user."""
        made = make(API_KEY)
        await self.credentials.add(made.id, user, Kind.API_KEY, made.digest)
        command = CreateApiKey(user=user, key=made.id, name=name, scopes=scopes, expires_at=expires_at)
        answer = await self.commands.execute(command, context)
        if isinstance(answer, Failure):
            await self.credentials.remove(made.id)
            return answer
        return Given(made.id, SecretStr(made.text), expires_at)

    async def _tokens(self, refresh: Refresh, expires_at: datetime) -> Tokens:
        return Tokens(
            refresh.user,
            refresh.session,
            await mint(self.keyring, refresh.user, refresh.session),
            await mint_refresh(self.keyring, refresh, expires_at),
            ACCESS_LIFETIME,
        )

    async def _account(self, name: str, context: Context) -> tuple[str, UUID | None, UserState, AccessState]:
        """The digest of the name, and whose it is. It takes as long for a name that nobody has."""
        session = self.commands.session(context, fresh=True)
        username = await session.reservation("username", name)
        email = await session.reservation("email", name)
        by_username, by_email = await session.load(RESERVATION.at(username), RESERVATION.at(email))
        user = by_username.holder or by_email.holder
        state, access = await session.load(USER.at(user or ANONYMOUS), ACCESS.at(user or ANONYMOUS))
        return username, user, state, access

    async def _access(self, user: UUID, context: Context) -> AccessState:
        return await self.commands.session(context, fresh=True).load(ACCESS.at(user))

    async def _matches(self, access: AccessState, password: SecretStr) -> bool:
        """Whether it is the password. The table is asked also where there is none."""
        found = await self.credentials.find(access.password or ANONYMOUS, Kind.PASSWORD)
        return await self.passwords.matches(found and found[1], password)
