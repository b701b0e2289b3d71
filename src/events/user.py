# These names and fields are the stored format: add, never change.
"""What happens to users, and to the set of administrators that guards its last member."""

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


class UserRenamed(Event):
    user: UUID
    name: Personal


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


UserEvent = UserRegistered | UserRenamed | RoleAssigned | RoleRevoked
AdministratorsEvent = AdministratorAdded | AdministratorRemoved
