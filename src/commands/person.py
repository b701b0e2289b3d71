"""Persons whom an imported past names: accounts that nobody uses, until an administrator makes one of them live."""

from typing import ClassVar
from uuid import UUID

from pydantic import EmailStr

from ..events import ANONYMOUS, SYSTEM, Event
from ..events.reservation import NameReserved
from ..events.user import EmailChanged, PersonRecorded
from .codes import Code
from .command import Command, Context, Name
from .handler import Handler
from .permissions import Permission
from .result import Failure, Result, Success
from .session import Session
from .user import EMAIL_TAKEN, RESERVATION, USER, USERNAME_TAKEN, ReservationState, Username, UserState


class RecordPerson(Command):
    """Makes an account of who did something elsewhere: not active, without roles and without a way to sign in.

    An e-mail address may follow later. To make the account live is to reactivate it and to issue a password reset.
    """

    permission: ClassVar = Permission.REGISTER_USERS
    user: UUID
    username: Username
    name: Name
    email: EmailStr | None = None


def decide_record(
    command: RecordPerson,
    state: UserState,
    username: tuple[str, ReservationState],
    email: tuple[str, ReservationState] | None,
) -> Result:
    """`username` and `email` are the names of their reservations, with their states."""
    if state.registered or state.deleted or command.user in (SYSTEM, ANONYMOUS):
        return Failure(Code.ALREADY_EXISTS, f"the user {command.user} is there already, or was deleted")
    if username[1].holder is not None:
        return USERNAME_TAKEN
    if email is not None and email[1].holder is not None:
        return EMAIL_TAKEN
    user, stream = command.user, USER.at(command.user).stream
    events: list[tuple[str, Event]] = [
        (RESERVATION.at(username[0]).stream, NameReserved(holder=user)),
        (
            stream,
            PersonRecorded(user=user, username=command.username, name=command.name, username_reservation=username[0]),
        ),
    ]
    if email is not None and command.email is not None:
        events.append((RESERVATION.at(email[0]).stream, NameReserved(holder=user)))
        events.append((stream, EmailChanged(user=user, email=command.email, email_reservation=email[0])))
    return Success(tuple(events), ids={"user": str(user)})


async def _record(command: RecordPerson, session: Session, _context: Context) -> Result:
    kinds = {"username": command.username, "email": command.email}
    names = {kind: await session.reservation(kind, value) for kind, value in kinds.items() if value}
    state = await session.load(USER.at(command.user))
    held = await session.load_all([RESERVATION.at(name) for name in names.values()])
    reserved = dict(zip(names, zip(names.values(), held, strict=True), strict=True))
    return decide_record(command, state, reserved["username"], reserved.get("email"))


HANDLERS = (Handler("RecordPerson", RecordPerson, _record, lambda c, _: USER.at(c.user).stream),)
