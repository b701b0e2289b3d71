"""The life of an account: its profile, its rest and return, and its end, after which nothing tells who it was."""

from typing import ClassVar
from uuid import UUID

from pydantic import EmailStr

from ..events import Event
from ..events.reservation import NameReleased, NameReserved
from ..events.user import (
    ADMINISTRATOR,
    AccountDeleted,
    AdministratorAdded,
    AdministratorRemoved,
    EmailChanged,
    UserDeactivated,
    UsernameChanged,
    UserReactivated,
    UserRenamed,
)
from .command import Command, Context, Name
from .connection import connections_released
from .connection_state import CONNECTIONS, ConnectionsState, accounts_of
from .handler import Handler
from .permissions import Permission
from .result import Failure, Result, Success
from .role import refuse_over
from .session import Session
from .user import (
    ADMINISTRATORS,
    EMAIL_TAKEN,
    RESERVATION,
    USER,
    USERNAME_TAKEN,
    ReservationState,
    Username,
    UserState,
    refuse_last,
    user_unknown,
)

Events = list[tuple[str, Event]]


class ChangeProfile(Command):
    """Other names or another e-mail address; what is left out stays."""

    permission: ClassVar = Permission.MANAGE_USERS
    own: ClassVar = True
    user: UUID
    name: Name | None = None
    username: Username | None = None
    email: EmailStr | None = None


class DeactivateUser(Command):
    """They give no commands until they are reactivated; what they hold stays theirs."""

    permission: ClassVar = Permission.MANAGE_USERS
    user: UUID


class ReactivateUser(Command):
    permission: ClassVar = Permission.MANAGE_USERS
    user: UUID


class DeleteAccount(Command):
    """For good: nobody can read again who it was, and the user name and e-mail address are free for others."""

    permission: ClassVar = Permission.MANAGE_USERS
    own: ClassVar = True
    user: UUID


class RepeatErasure(Command):
    """The service's own, for a log restored from before an account was deleted. That it was stands, guard or not."""

    permission: ClassVar = Permission.SWEEP
    user: UUID


def decide_change_profile(
    command: ChangeProfile, state: UserState, reserved: tuple[tuple[str, ReservationState], ...]
) -> Result:
    """`reserved` gives the names of the user name's and the e-mail's reservations as wanted, with their states."""
    if not state.registered:
        return user_unknown(command.user)
    (username_name, username), (email_name, email) = reserved
    stream, user, events = USER.at(command.user).stream, command.user, Events()
    if command.username is not None and command.username != state.username:
        if username.holder not in (None, user):
            return USERNAME_TAKEN
        events += _moved(user, state.username_reservation, username_name)
        changed = UsernameChanged(user=user, username=command.username, username_reservation=username_name)
        events.append((stream, changed))
    if command.email is not None and command.email != state.email:
        if email.holder not in (None, user):
            return EMAIL_TAKEN
        events += _moved(user, state.email_reservation, email_name)
        events.append((stream, EmailChanged(user=user, email=command.email, email_reservation=email_name)))
    if command.name is not None and command.name != state.name:
        events.append((stream, UserRenamed(user=user, name=command.name)))
    return Success(tuple(events))


def decide_deactivate(command: DeactivateUser, state: UserState, administrators: frozenset[UUID]) -> Result:
    if not state.registered:
        return user_unknown(command.user)
    if not state.active:
        return Success()
    events: Events = [(USER.at(command.user).stream, UserDeactivated(user=command.user))]
    if ADMINISTRATOR in state.roles:
        if failure := refuse_last(command.user, administrators):
            return failure
        events.append((ADMINISTRATORS.stream, AdministratorRemoved(user=command.user)))
    return Success(tuple(events))


def decide_reactivate(command: ReactivateUser, state: UserState) -> Result:
    if not state.registered:
        return user_unknown(command.user)
    if state.active:
        return Success()
    events: Events = [(USER.at(command.user).stream, UserReactivated(user=command.user))]
    if ADMINISTRATOR in state.roles:
        events.append((ADMINISTRATORS.stream, AdministratorAdded(user=command.user)))
    return Success(tuple(events))


def decide_delete(
    command: DeleteAccount, state: UserState, administrators: frozenset[UUID], connections: ConnectionsState
) -> Result:
    if not state.registered:
        return user_unknown(command.user)
    guards = command.user in administrators
    refusal = refuse_last(command.user, administrators) if guards else None
    return refusal or _deleted(command.user, state, guards, connections)


def decide_repeat_erasure(
    command: RepeatErasure, state: UserState, administrators: frozenset[UUID], connections: ConnectionsState
) -> Result:
    if not state.registered:
        return Success()
    return _deleted(command.user, state, command.user in administrators, connections)


def _deleted(user: UUID, state: UserState, guards: bool, connections: ConnectionsState) -> Success:
    events: Events = [(RESERVATION.at(name).stream, NameReleased(holder=user)) for name in _names(state)]
    events += connections_released(user, connections)
    if guards:
        events.append((ADMINISTRATORS.stream, AdministratorRemoved(user=user)))
    return Success((*events, (USER.at(user).stream, AccountDeleted(user=user))))


def _names(state: UserState) -> list[str]:
    """The reservations that the user holds: who was only recorded may have no e-mail address."""
    return [name for name in (state.username_reservation, state.email_reservation) if name]


def _moved(user: UUID, old: str, new: str) -> Events:
    """One name, if there was one, is given back and another taken, unless a change of case keeps it."""
    if old == new:
        return []
    released: Events = [(RESERVATION.at(old).stream, NameReleased(holder=user))] if old else []
    return [*released, (RESERVATION.at(new).stream, NameReserved(holder=user))]


async def _change_profile(command: ChangeProfile, session: Session, context: Context) -> Result:
    state = await session.load(USER.at(command.user))
    if failure := await _refused(command, state, session, context):
        return failure
    if not state.registered:
        return user_unknown(command.user)
    held = (state.username_reservation, state.email_reservation)
    wanted = (
        held[0] if command.username is None else await session.reservation("username", command.username),
        held[1] if command.email is None else await session.reservation("email", command.email),
    )
    names = list(dict.fromkeys(name for name in (*wanted, *held) if name))
    states = dict(zip(names, await session.load_all([RESERVATION.at(name) for name in names]), strict=True))
    reserved = tuple((name, states.get(name, ReservationState())) for name in wanted)
    return decide_change_profile(command, state, reserved)


async def _deactivate(command: DeactivateUser, session: Session, context: Context) -> Result:
    state, administrators = await session.load(USER.at(command.user), ADMINISTRATORS)
    refusal = await _refused(command, state, session, context)
    return refusal or decide_deactivate(command, state, administrators)


async def _reactivate(command: ReactivateUser, session: Session, context: Context) -> Result:
    state, _ = await session.load(USER.at(command.user), ADMINISTRATORS)
    return await _refused(command, state, session, context) or decide_reactivate(command, state)


async def _delete(command: DeleteAccount, session: Session, context: Context) -> Result:
    state, administrators, connections = await _with_reservations(command.user, session)
    refusal = await _refused(command, state, session, context)
    return refusal or decide_delete(command, state, administrators, connections)


async def _repeat_erasure(command: RepeatErasure, session: Session, _context: Context) -> Result:
    return decide_repeat_erasure(command, *await _with_reservations(command.user, session))


async def _with_reservations(user: UUID, session: Session) -> tuple[UserState, frozenset[UUID], ConnectionsState]:
    """What a deletion decides on, and the reservations that it gives back."""
    state, administrators, connections = await session.load(USER.at(user), ADMINISTRATORS, CONNECTIONS.at(user))
    if state.registered:
        names = (*_names(state), *accounts_of(connections))
        await session.load_all([RESERVATION.at(name) for name in names])
    return state, administrators, connections


async def _refused(
    command: ChangeProfile | DeactivateUser | ReactivateUser | DeleteAccount,
    state: UserState,
    session: Session,
    context: Context,
) -> Failure | None:
    """The refusal of who has seen another revision, or would act on somebody who may more."""
    stale = await session.expect(USER.at(command.user), state.revision, command.user)
    return stale or await refuse_over(session, state.roles, own=command.user == context.actor)


Account = ChangeProfile | DeactivateUser | ReactivateUser | DeleteAccount | RepeatErasure


def _user(command: Account, _context: Context) -> str:
    return USER.at(command.user).stream


def _tag(command: Account, session: Session, context: Context) -> str:
    return str(session.version(_user(command, context)))


HANDLERS = (
    Handler("ChangeProfile", ChangeProfile, _change_profile, _user, _tag),
    Handler("DeactivateUser", DeactivateUser, _deactivate, _user, _tag),
    Handler("ReactivateUser", ReactivateUser, _reactivate, _user, _tag),
    Handler("DeleteAccount", DeleteAccount, _delete, _user, _tag),
    Handler("RepeatErasure", RepeatErasure, _repeat_erasure, _user),
)
