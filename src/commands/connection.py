"""Accounts at providers that a user has connected: who shows such an account signs in as the user.

All connections of a user are one stream; at each provider there is one that has not ended. Who gives these commands
has spoken with the provider and keeps the tokens under seal; the commands carry the ids under which they are kept.
"""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import StringConstraints

from ..events import Event
from ..events.connection import (
    ConnectionEvent,
    ProviderConnectionAuthorised,
    ProviderConnectionDisconnected,
    ProviderConnectionExpired,
    ProviderConnectionFailed,
    ProviderConnectionRefreshed,
    ProviderConnectionRequested,
    ProviderConnectionRevoked,
)
from ..events.event import ReservationName
from ..events.reservation import NameReleased, NameReserved
from .access import ACCESS
from .codes import Code
from .command import Command, Context, Name
from .connection_state import CONNECTIONS, Connection, ConnectionsState, Status
from .handler import Handler
from .permissions import Permission
from .result import Failure, Result, Success
from .role import refuse_over
from .session import Session
from .user import RESERVATION, USER, ReservationState

ACCOUNT = "provider-account"
"""The kind of the reservation of an external account."""
Provider = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
WITHDRAWN, TAKEN_AWAY, CANCELLED = "withdrawn at the provider", "withdrawn here", "cancelled"
_NOT_FOR_OTHERS = Failure(
    Code.ONLY_ONESELF, "an account at a provider is connected by the user whose it is, signed in, for nobody else"
)


class ConnectionCommand(Command):
    """About a connection of one's own, or of another's for those who manage users."""

    permission: ClassVar = Permission.MANAGE_USERS
    own: ClassVar = True
    user: UUID


class ConnectProvider(ConnectionCommand):
    """The user is about to be sent to the provider. Where that is so already it is the same connection."""

    provider: Provider


class AuthoriseConnection(ConnectionCommand):
    """The user has shown the account that is reserved by that name, and its tokens are kept as `credential`."""

    connection: UUID
    account: ReservationName
    credential: UUID


class FailConnection(ConnectionCommand):
    """It came to nothing."""

    connection: UUID
    why: Name


class RefreshConnection(ConnectionCommand):
    """The provider has given the tokens that are kept as `credential`, for those kept as `used`."""

    connection: UUID
    used: UUID
    credential: UUID


class ExpireConnection(ConnectionCommand):
    """The provider does not take the tokens any more that are kept as `used`."""

    connection: UUID
    used: UUID


class RevokeConnection(ConnectionCommand):
    """Ends a connection because it was withdrawn, also if it is the last way in."""

    connection: UUID
    why: Name = WITHDRAWN


class DisconnectProvider(ConnectionCommand):
    """Ends a connection. The account does not sign in as the user any more, and may be connected by anybody."""

    connection: UUID


def decide_connect(command: ConnectProvider, state: ConnectionsState, new: UUID) -> Result:
    for id_, each in state.items():
        if each.provider == command.provider and each.status.live:
            if each.status is Status.ACTIVE:
                detail = f"you are connected with {command.provider}; disconnect it first to connect another account"
                return Failure(Code.ALREADY_CONNECTED, detail, {"connection": str(id_)})
            return Success(ids={"connection": str(id_)})
    event = ProviderConnectionRequested(user=command.user, connection=new, provider=command.provider)
    return Success(_at(command.user, event), ids={"connection": str(new)})


def decide_authorise(command: AuthoriseConnection, state: ConnectionsState, reserved: ReservationState) -> Result:
    """`reserved` is the reservation of the account."""
    found = state.get(command.connection)
    if found is None or not found.status.live:
        return _not_active(command.connection, found)
    if found.account not in (None, command.account):
        detail = f"this is another account than the one that is connected; sign in at {found.provider} with that one"
        return Failure(Code.PROVIDER_ACCOUNT_OTHER, detail)
    event = ProviderConnectionAuthorised(
        user=command.user,
        connection=command.connection,
        account_reservation=command.account,
        credential=command.credential,
    )
    if found.account is not None:
        return Success(_at(command.user, event))
    if reserved.holder is not None:
        detail = "this account is connected already, by another user or at another name; disconnect it there first"
        return Failure(Code.PROVIDER_ACCOUNT_TAKEN, detail)
    reservation = RESERVATION.at(command.account).stream, NameReserved(holder=command.user)
    return Success((reservation, *_at(command.user, event)))


def decide_fail(command: FailConnection, state: ConnectionsState) -> Result:
    """Only what was never active fails: another try leaves the connection as it is."""
    found = state.get(command.connection)
    if found is None or found.status is not Status.PENDING:
        return Success()
    event = ProviderConnectionFailed(user=command.user, connection=command.connection, why=command.why)
    return Success(_at(command.user, event))


def decide_refresh(command: RefreshConnection, state: ConnectionsState) -> Result:
    """Also of one that has just expired: another asked with the same tokens, and lost."""
    found = state.get(command.connection)
    if found is None or not found.status.live or found.credential is None:
        return _not_active(command.connection, found)
    if found.credential != command.used:
        return Failure(Code.CONNECTION_NOT_ACTIVE, "the connection was refreshed at this moment by another request")
    event = ProviderConnectionRefreshed(user=command.user, connection=command.connection, credential=command.credential)
    return Success(_at(command.user, event))


def decide_expire(command: ExpireConnection, state: ConnectionsState) -> Result:
    """Quiet when there are newer tokens already."""
    found = state.get(command.connection)
    if found is None or found.status is not Status.ACTIVE or found.credential != command.used:
        return Success()
    return Success(_at(command.user, ProviderConnectionExpired(user=command.user, connection=command.connection)))


def decide_revoke(command: RevokeConnection, state: ConnectionsState) -> Result:
    event = ProviderConnectionRevoked(user=command.user, connection=command.connection, why=command.why)
    return _ended(command, state, event)


def decide_disconnect(command: DisconnectProvider, state: ConnectionsState, *, password: bool) -> Result:
    """`password`: whether the user has one, and so another way in."""
    others = any(id_ != command.connection and each.account and each.status.live for id_, each in state.items())
    found = state.get(command.connection)
    if found is not None and found.account and found.status.live and not password and not others:
        detail = "you could not sign in any more; have a password set first, by a reset that an administrator issues"
        return Failure(Code.LAST_WAY_IN, detail)
    event = ProviderConnectionDisconnected(user=command.user, connection=command.connection)
    return _ended(command, state, event)


def connections_released(user: UUID, state: ConnectionsState) -> tuple[tuple[str, Event], ...]:
    """What ends all connections of a user, for commands that end the account."""
    events: list[tuple[str, Event]] = []
    for id_, each in sorted(state.items()):
        if each.status.live:
            event = ProviderConnectionDisconnected(user=user, connection=id_)
            events += _end(user, id_, each, event)
    return tuple(events)


def _ended(command: RevokeConnection | DisconnectProvider, state: ConnectionsState, event: ConnectionEvent) -> Result:
    found = state.get(command.connection)
    if found is None or not found.status.live:
        return Success()
    return Success(_end(command.user, command.connection, found, event))


def _end(user: UUID, id_: UUID, found: Connection, event: ConnectionEvent) -> tuple[tuple[str, Event], ...]:
    """One that was never active has only failed; the account of another is free again."""
    if found.account is None:
        return _at(user, ProviderConnectionFailed(user=user, connection=id_, why=CANCELLED))
    return (RESERVATION.at(found.account).stream, NameReleased(holder=user)), *_at(user, event)


def _at(user: UUID, event: ConnectionEvent) -> tuple[tuple[str, Event], ...]:
    return ((CONNECTIONS.at(user).stream, event),)


def _not_active(connection: UUID, found: Connection | None) -> Failure:
    if found is None:
        return Failure(Code.CONNECTION_UNKNOWN, f"there is no connection {connection} of this user")
    return Failure(
        Code.CONNECTION_NOT_ACTIVE, f"the connection with {found.provider} is {found.status}; connect it again"
    )


async def _connect(command: ConnectProvider, session: Session, context: Context) -> Result:
    if command.user != context.actor or session.limited:
        return _NOT_FOR_OTHERS
    return decide_connect(command, await session.load(CONNECTIONS.at(command.user)), context.new_id)


async def _authorise(command: AuthoriseConnection, session: Session, context: Context) -> Result:
    if command.user != context.actor or session.limited:
        return _NOT_FOR_OTHERS
    connections, reserved = CONNECTIONS.at(command.user), RESERVATION.at(command.account)
    return decide_authorise(command, *await session.load(connections, reserved))


async def _fail(command: FailConnection, session: Session, _context: Context) -> Result:
    return decide_fail(command, await session.load(CONNECTIONS.at(command.user)))


async def _refresh(command: RefreshConnection, session: Session, _context: Context) -> Result:
    return decide_refresh(command, await session.load(CONNECTIONS.at(command.user)))


async def _expire(command: ExpireConnection, session: Session, _context: Context) -> Result:
    return decide_expire(command, await session.load(CONNECTIONS.at(command.user)))


async def _revoke(command: RevokeConnection, session: Session, context: Context) -> Result:
    state, failure = await _of(command, session, context)
    return failure or decide_revoke(command, state)


async def _disconnect(command: DisconnectProvider, session: Session, context: Context) -> Result:
    state, failure = await _of(command, session, context)
    access = await session.load(ACCESS.at(command.user))
    return failure or decide_disconnect(command, state, password=access.password is not None)


async def _of(
    command: RevokeConnection | DisconnectProvider, session: Session, context: Context
) -> tuple[ConnectionsState, Failure | None]:
    """The state with what it releases, and the refusal of who would take a way in from somebody who may do more."""
    state = await session.load(CONNECTIONS.at(command.user))
    found = state.get(command.connection)
    if found is not None and found.account is not None:
        await session.load(RESERVATION.at(found.account))
    user = await session.load(USER.at(command.user))
    return state, await refuse_over(session, user.roles, own=command.user == context.actor)


def _queue(command: ConnectionCommand, _context: Context) -> str:
    return CONNECTIONS.at(command.user).stream


HANDLERS = (
    Handler("ConnectProvider", ConnectProvider, _connect, _queue),
    Handler("AuthoriseConnection", AuthoriseConnection, _authorise, _queue),
    Handler("FailConnection", FailConnection, _fail, _queue),
    Handler("RefreshConnection", RefreshConnection, _refresh, _queue),
    Handler("ExpireConnection", ExpireConnection, _expire, _queue),
    Handler("RevokeConnection", RevokeConnection, _revoke, _queue),
    Handler("DisconnectProvider", DisconnectProvider, _disconnect, _queue),
)
