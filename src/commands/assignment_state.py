"""The state of an assignment: how much of a resource works on a task, for how much work, and what is done of it."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import assert_never
from uuid import UUID

from immutables import Map

from ..events.task import (
    ActualWorkRecorded,
    AssignmentDelaySet,
    AssignmentUnitsChanged,
    AssignmentWorkSet,
    ResourceAssigned,
    ResourceUnassigned,
)
from ..scheduling import ResourceType

AssignmentEvent = (
    ResourceAssigned
    | AssignmentUnitsChanged
    | AssignmentWorkSet
    | AssignmentDelaySet
    | ActualWorkRecorded
    | ResourceUnassigned
)


@dataclass(frozen=True, slots=True)
class AssignmentState:
    """`live` until the resource was unassigned; what it has done stays. Work and delay in tenths of a minute.

    `remaining_work` None: what the work leaves. `revision` is the version of the task when it changed.
    """

    live: bool = False
    type: ResourceType = ResourceType.WORK
    units: Decimal = Decimal(1)
    work: int = 0
    delay: int = 0
    actual_work: int = 0
    remaining_work: int | None = None
    work_as_of: datetime | None = None
    external_id: str | None = None
    revision: int = 0

    @property
    def to_come(self) -> int:
        """The work that is still to do, in tenths of a minute."""
        return max(self.work - self.actual_work, 0) if self.remaining_work is None else self.remaining_work

    @property
    def done(self) -> bool:
        return self.actual_work > 0 and self.to_come == 0


Assignments = Map[UUID, AssignmentState]
"""Those of a task, by resource."""


def evolve_assignments(assignments: Assignments, event: AssignmentEvent, version: int) -> Assignments:
    """Folds an event of the task's stream, of which `version` is."""
    before = assignments.get(event.resource, AssignmentState())
    return assignments.set(event.resource, replace(_evolved(before, event), revision=version))


def _evolved(state: AssignmentState, event: AssignmentEvent) -> AssignmentState:
    match event:
        case ResourceAssigned():
            return replace(
                state,
                live=True,
                type=event.type,
                units=event.units,
                work=event.work,
                delay=event.delay,
                remaining_work=None,
                external_id=event.external_id,
            )
        case AssignmentUnitsChanged():
            return replace(state, units=event.units)
        case AssignmentWorkSet():
            return replace(state, work=event.work, remaining_work=None)
        case AssignmentDelaySet():
            return replace(state, delay=event.delay)
        case ActualWorkRecorded() if state.work_as_of and event.as_of < state.work_as_of:
            return state
        case ActualWorkRecorded():
            return replace(
                state,
                actual_work=event.actual_work,
                remaining_work=event.remaining_work,
                work_as_of=event.as_of,
            )
        case ResourceUnassigned():
            return replace(state, live=False)
        case _:
            assert_never(event)
