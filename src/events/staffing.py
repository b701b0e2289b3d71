# These names and fields are the stored format: add, never change.
"""What happens to a resource within a project, and on which tasks it is: one stream a project and resource."""

from uuid import UUID

from ..scheduling import Tenths
from .event import Event
from .resource import Rate


class ResourceAddedToProject(Event):
    project: UUID
    resource: UUID
    rate: Rate | None = None
    planned: Tenths | None = None  # the envelope: as much work as is foreseen


class ResourceEnvelopeChanged(Event):
    project: UUID
    resource: UUID
    rate: Rate | None = None
    planned: Tenths | None = None


class ResourceWithdrawn(Event):
    project: UUID
    resource: UUID


class TaskStaffed(Event):
    """The resource is on the task from here on; how, the task's own stream says."""

    project: UUID
    resource: UUID
    task: UUID


class TaskUnstaffed(Event):
    project: UUID
    resource: UUID
    task: UUID


StaffingEvent = ResourceAddedToProject | ResourceEnvelopeChanged | ResourceWithdrawn | TaskStaffed | TaskUnstaffed
