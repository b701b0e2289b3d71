# These names and fields are the stored format: add, never change.
"""What happens to a project and its members."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from .event import Event, ReservationName


class ProjectRole(StrEnum):
    """What a member may do: read; edit the plan and its progress; manage."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"


class ProjectCreated(Event):
    project: UUID
    owner: UUID
    name: str
    name_reservation: ReservationName
    time_zone: str
    start: datetime | None = None
    must_finish: datetime | None = None
    currency: str | None = None
    external_id: str | None = None


class ProjectRenamed(Event):
    project: UUID
    name: str
    name_reservation: ReservationName


class ProjectWindowSet(Event):
    project: UUID
    start: datetime | None = None
    must_finish: datetime | None = None


class ProjectCalendarSet(Event):
    """The calendar of all that has none of its own; None: five days of eight hours."""

    project: UUID
    calendar: UUID | None = None


class ProjectStatusDateSet(Event):
    project: UUID
    status_date: datetime | None = None


class ProjectArchived(Event):
    project: UUID


class ProjectReopened(Event):
    project: UUID


class MemberAdded(Event):
    project: UUID
    user: UUID
    role: ProjectRole


class MemberRoleChanged(Event):
    project: UUID
    user: UUID
    role: ProjectRole


class MemberRemoved(Event):
    project: UUID
    user: UUID


class OwnershipTransferred(Event):
    """The name is reserved among the live projects of the new owner from here on."""

    project: UUID
    owner: UUID
    name_reservation: ReservationName


ProjectEvent = (
    ProjectCreated
    | ProjectRenamed
    | ProjectWindowSet
    | ProjectCalendarSet
    | ProjectStatusDateSet
    | ProjectArchived
    | ProjectReopened
    | MemberAdded
    | MemberRoleChanged
    | MemberRemoved
    | OwnershipTransferred
)
