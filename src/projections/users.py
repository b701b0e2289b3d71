"""Who there is, by which names and with which system roles. Personal values stay sealed in the rows."""

from collections.abc import Iterable
from typing import assert_never, cast, get_args
from uuid import UUID

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from ..events import RecordedEvent, Sealed
from ..events.user import (
    AccountDeleted,
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
from .projection import Projection
from .read_model import ReadModel, Stamped
from .rows import Need, Rows


class UserRow(Stamped, ReadModel):
    """Of who was deleted the id is left, which the history names. No name is unique here: a batch may pass them on."""

    versioned = True
    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    username: Mapped[str | None]
    email: Mapped[str | None]
    name: Mapped[str | None]
    username_reservation: Mapped[str | None] = mapped_column(index=True)
    email_reservation: Mapped[str | None]
    active: Mapped[bool]
    deleted: Mapped[bool]
    roles: Mapped[list[str]] = mapped_column(JSON)
    revision: Mapped[int]


_NOBODY = dict.fromkeys(("username", "email", "name", "username_reservation", "email_reservation"))


def _needs(recorded: RecordedEvent) -> Iterable[Need]:
    event = cast("UserEvent", recorded.event)
    if not isinstance(event, UserRegistered | PersonRecorded):
        yield UserRow.id, event.user


def _apply(recorded: RecordedEvent, rows: Rows) -> None:
    event = cast("UserEvent", recorded.event)
    stamp = {"revision": recorded.version, "updated_at": recorded.recorded_at}
    match event:
        case UserRegistered() | PersonRecorded():
            registered = event if isinstance(event, UserRegistered) else None
            rows.put(
                UserRow,
                {
                    "id": event.user,
                    "username": _sealed(event.username),
                    "email": _sealed(registered.email) if registered else None,
                    "name": _sealed(event.name),
                    "username_reservation": event.username_reservation,
                    "email_reservation": registered.email_reservation if registered else None,
                    "active": registered is not None,
                    "deleted": False,
                    "roles": [],
                    "created_at": recorded.recorded_at,
                    **stamp,
                },
            )
        case UserRenamed():
            rows.change(UserRow, event.user, name=_sealed(event.name), **stamp)
        case UsernameChanged():
            names = {"username": _sealed(event.username), "username_reservation": event.username_reservation}
            rows.change(UserRow, event.user, **names, **stamp)
        case EmailChanged():
            names = {"email": _sealed(event.email), "email_reservation": event.email_reservation}
            rows.change(UserRow, event.user, **names, **stamp)
        case UserDeactivated() | UserReactivated():
            rows.change(UserRow, event.user, active=isinstance(event, UserReactivated), **stamp)
        case AccountDeleted():
            rows.change(UserRow, event.user, **_NOBODY, active=False, deleted=True, roles=[], **stamp)
        case RoleAssigned():
            roles = sorted({*rows.get(UserRow, event.user)["roles"], event.role})
            rows.change(UserRow, event.user, roles=roles, **stamp)
        case RoleRevoked():
            roles = sorted({*rows.get(UserRow, event.user)["roles"]} - {event.role})
            rows.change(UserRow, event.user, roles=roles, **stamp)
        case _:
            assert_never(event)


def _sealed(value: str | Sealed) -> str:
    assert isinstance(value, Sealed)  # noqa: S101 - what was read from the log is
    return value.model_dump_json()


USERS = Projection("users", 4, (UserRow,), get_args(UserEvent), _needs, _apply)
