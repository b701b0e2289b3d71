"""The state of a resource within a project: whether it is there, as foreseen how, and on which tasks.

Who puts a resource on a task writes here and reads the resource; who withdraws it writes here, who deactivates it
writes there. So of two who do both at once, one is decided afresh.
"""

from dataclasses import dataclass, replace
from typing import assert_never
from uuid import UUID, uuid5

from immutables import Map

from ..events.resource import Rate
from ..events.staffing import (
    ResourceAddedToProject,
    ResourceEnvelopeChanged,
    ResourceWithdrawn,
    StaffingEvent,
    TaskStaffed,
    TaskUnstaffed,
)
from .aggregate import Aggregate, Ref


@dataclass(frozen=True, slots=True)
class StaffingState:
    """`planned` is the envelope, in tenths of a minute; None: there is none. `tasks` may be deleted ones as well."""

    member: bool = False
    rate: Rate | None = None
    planned: int | None = None
    tasks: Map[UUID, bool] = Map()  # noqa: RUF009 - immutable
    revision: int = 0


def _evolve(state: StaffingState, event: StaffingEvent, version: int) -> StaffingState:
    match event:
        case ResourceAddedToProject():
            return replace(state, member=True, rate=event.rate, planned=event.planned, revision=version)
        case ResourceEnvelopeChanged():
            return replace(state, rate=event.rate, planned=event.planned, revision=version)
        case ResourceWithdrawn():
            return replace(state, member=False, rate=None, planned=None, revision=version)
        case TaskStaffed():
            return replace(state, tasks=state.tasks.set(event.task, True))
        case TaskUnstaffed():
            return replace(state, tasks=state.tasks.delete(event.task) if event.task in state.tasks else state.tasks)
        case _:
            assert_never(event)


STAFFING = Aggregate("staffing", StaffingState(), _evolve)


def staffing_at(project: UUID, resource: UUID) -> Ref[StaffingState]:
    """The stream of a resource within a project."""
    return STAFFING.at(uuid5(project, str(resource)))
