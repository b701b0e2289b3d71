# These names and fields are the stored format: add, never change.
"""What happens to users, and to the set of active administrators that guards its last member."""

from uuid import UUID

from .event import Event, Personal, ReservationName

ADMINISTRATOR = "administrator"
PLANNER = "planner"


class UserRegistered(Event):
    user: UUID
    username: Personal
    email: Personal
    name: Personal
    username_reservation: ReservationName
    email_reservation: ReservationName


class PersonRecorded(Event):
    """Somebody whom an imported past names: an account that cannot act, without an e-mail address."""

    user: UUID
    username: Personal
    name: Personal
    username_reservation: ReservationName


class UserRenamed(Event):
    user: UUID
    name: Personal


class UsernameChanged(Event):
    user: UUID
    username: Personal
    username_reservation: ReservationName


class EmailChanged(Event):
    user: UUID
    email: Personal
    email_reservation: ReservationName


class UserDeactivated(Event):
    user: UUID


class UserReactivated(Event):
    user: UUID


class AccountDeleted(Event):
    """The last event of a user: the key of their personal fields is destroyed for it."""

    user: UUID


class RoleAssigned(Event):
    user: UUID
    role: str


class RoleRevoked(Event):
    user: UUID
    role: str


class AdministratorAdded(Event):
    user: UUID


class AdministratorRemoved(Event):
    user: UUID


UserEvent = (
    UserRegistered
    | PersonRecorded
    | UserRenamed
    | UsernameChanged
    | EmailChanged
    | UserDeactivated
    | UserReactivated
    | AccountDeleted
    | RoleAssigned
    | RoleRevoked
)
AdministratorsEvent = AdministratorAdded | AdministratorRemoved
