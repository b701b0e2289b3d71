"""Users: who may act, by which roles. Names and e-mail addresses are unique however they are cased.

What becomes of an account afterwards is in `account.py`.
"""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, assert_never
from uuid import UUID

from pydantic import EmailStr, StringConstraints

from ..events import ANONYMOUS, SYSTEM, Event, Sealed
from ..events.reservation import NameReleased, NameReserved, ReservationEvent
from ..events.user import (
    ADMINISTRATOR,
    AccountDeleted,
    AdministratorAdded,
    AdministratorRemoved,
    AdministratorsEvent,
    EmailChanged,
    PersonRecorded,
    RoleAssigned,
    RoleRevoked,
    UserDeactivated,
    UserEvent,
    UsernameChanged,
    UserReactivated,
    UserRegistered,
    UserRenamed,
)
from .aggregate import Aggregate
from .codes import Code
from .command import Command, Context, Name
from .handler import Handler
from .permissions import Permission
from .result import Failure, Result, Success
from .role import RoleCode, RoleState, not_assignable, roles_of
from .session import Session

Username = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class RegisterUser(Command):
    """Makes a person known, with the given system roles. The id is made up when none is given."""

    permission: ClassVar = Permission.REGISTER_USERS
    user: UUID | None = None
    username: Username
    email: EmailStr
    name: Name
    roles: tuple[RoleCode, ...] = ()


@dataclass(frozen=True, slots=True)
class UserState:
    """Deleted is as if never registered, but for the id, which is given to nobody else; no name is left here."""

    registered: bool = False
    active: bool = True
    deleted: bool = False
    username: str | Sealed = ""
    email: str | Sealed = ""
    name: str | Sealed = ""
    username_reservation: str = ""
    email_reservation: str = ""
    roles: frozenset[str] = frozenset()
    revision: int = 0


@dataclass(frozen=True, slots=True)
class ReservationState:
    holder: UUID | None = None


def _evolve_user(state: UserState, event: UserEvent, version: int) -> UserState:
    match event:
        case UserRegistered():
            return UserState(
                registered=True,
                username=event.username,
                email=event.email,
                name=event.name,
                username_reservation=event.username_reservation,
                email_reservation=event.email_reservation,
                revision=version,
            )
        case PersonRecorded():
            return UserState(
                registered=True,
                active=False,
                username=event.username,
                name=event.name,
                username_reservation=event.username_reservation,
                revision=version,
            )
        case UserRenamed():
            return replace(state, name=event.name, revision=version)
        case UsernameChanged():
            reservation = event.username_reservation
            return replace(state, username=event.username, username_reservation=reservation, revision=version)
        case EmailChanged():
            return replace(state, email=event.email, email_reservation=event.email_reservation, revision=version)
        case UserDeactivated():
            return replace(state, active=False, revision=version)
        case UserReactivated():
            return replace(state, active=True, revision=version)
        case AccountDeleted():
            return UserState(deleted=True, revision=version)
        case RoleAssigned():
            return replace(state, roles=state.roles | {event.role}, revision=version)
        case RoleRevoked():
            return replace(state, roles=state.roles - {event.role}, revision=version)
        case _:
            assert_never(event)


def _evolve_reservation(_state: ReservationState, event: ReservationEvent, _version: int) -> ReservationState:
    match event:
        case NameReserved():
            return ReservationState(event.holder)
        case NameReleased():
            return ReservationState()
        case _:
            assert_never(event)


def _evolve_administrators(state: frozenset[UUID], event: AdministratorsEvent, _version: int) -> frozenset[UUID]:
    match event:
        case AdministratorAdded():
            return state | {event.user}
        case AdministratorRemoved():
            return state - {event.user}
        case _:
            assert_never(event)


USER = Aggregate("user", UserState(), _evolve_user)
RESERVATION = Aggregate("reservation", ReservationState(), _evolve_reservation)
ADMINISTRATORS = Aggregate("guard", frozenset[UUID](), _evolve_administrators).at("administrators")
"""The active ones: every command that takes one away reads them all."""

USERNAME_TAKEN = Failure(Code.USERNAME_TAKEN, "another user has this user name; choose another")
EMAIL_TAKEN = Failure(Code.EMAIL_TAKEN, "another user has this e-mail address")


def decide_register(
    command: RegisterUser,
    user: UUID,
    state: UserState,
    reserved: tuple[tuple[str, ReservationState], tuple[str, ReservationState]],
    roles: dict[str, RoleState],
    actor: frozenset[Permission],
) -> Result:
    """`reserved` gives the names of the user name's and the e-mail's reservations, with their states.

    `roles` holds those that are wanted, `actor` is what the actor may.
    """
    (username_name, username), (email_name, email) = reserved
    if user in (SYSTEM, ANONYMOUS) or state.registered or state.deleted:
        return Failure(Code.ALREADY_EXISTS, f"the user {user} is registered already")
    if failure := not_assignable(roles, actor):
        return failure
    if username.holder is not None:
        return USERNAME_TAKEN
    if email.holder is not None:
        return EMAIL_TAKEN
    stream = USER.at(user).stream
    events: list[tuple[str, Event]] = [
        (RESERVATION.at(username_name).stream, NameReserved(holder=user)),
        (RESERVATION.at(email_name).stream, NameReserved(holder=user)),
        (
            stream,
            UserRegistered(
                user=user,
                username=command.username,
                email=command.email,
                name=command.name,
                username_reservation=username_name,
                email_reservation=email_name,
            ),
        ),
        *((stream, RoleAssigned(user=user, role=role)) for role in sorted(set(command.roles))),
    ]
    if ADMINISTRATOR in command.roles:
        events.append((ADMINISTRATORS.stream, AdministratorAdded(user=user)))
    return Success(tuple(events), ids={"user": str(user)})


def refuse_last(user: UUID, administrators: frozenset[UUID]) -> Failure | None:
    """The refusal to do without the last active administrator."""
    if administrators <= {user}:
        return Failure(Code.LAST_ADMINISTRATOR, "this is the last active administrator; make another one first")
    return None


def user_unknown(user: UUID) -> Failure:
    return Failure(Code.NOT_FOUND, f"there is no user {user}")


async def _register(command: RegisterUser, session: Session, context: Context) -> Result:
    user = command.user or context.new_id
    username = await session.reservation("username", command.username)
    email = await session.reservation("email", command.email)
    state, held_username, held_email, _ = await session.load(
        USER.at(user), RESERVATION.at(username), RESERVATION.at(email), ADMINISTRATORS
    )
    roles = await roles_of(session, set(command.roles))
    reserved = (username, held_username), (email, held_email)
    return decide_register(command, user, state, reserved, roles, session.granted)


HANDLERS = (Handler("RegisterUser", RegisterUser, _register, lambda c, x: USER.at(c.user or x.new_id).stream),)
