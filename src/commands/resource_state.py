"""The state of a resource: what it is, how much of it there is, and what it costs from when on."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import assert_never
from uuid import UUID

from ..events.resource import (
    Rate,
    ResourceCalendarSet,
    ResourceDeactivated,
    ResourceDefined,
    ResourceEvent,
    ResourceMaxUnitsSet,
    ResourceRateSet,
    ResourceReactivated,
    ResourceRenamed,
    ResourceUserSet,
    UnitsPeriod,
)
from ..scheduling import ResourceType
from .aggregate import Aggregate
from .codes import Code
from .result import Failure


@dataclass(frozen=True, slots=True)
class ResourceState:
    """`revision` is 0 until it was defined; `project` None: it is shared. Rates are in the order of their starts."""

    project: UUID | None = None
    name: str = ""
    type: ResourceType = ResourceType.WORK
    max_units: Decimal = Decimal(1)
    periods: tuple[UnitsPeriod, ...] = ()
    calendar: UUID | None = None
    rates: tuple[Rate, ...] = ()
    user: UUID | None = None
    active: bool = False
    revision: int = 0

    @property
    def most_units(self) -> Decimal:
        """As much of it as there ever is."""
        return max(self.max_units, *(period.units for period in self.periods)) if self.periods else self.max_units


def _evolve(state: ResourceState, event: ResourceEvent, version: int) -> ResourceState:
    return replace(_evolved(state, event), revision=version)


def _evolved(state: ResourceState, event: ResourceEvent) -> ResourceState:
    match event:
        case ResourceDefined():
            return replace(
                state,
                project=event.project,
                name=event.name,
                type=event.type,
                max_units=event.max_units,
                calendar=event.calendar,
                active=True,
            )
        case ResourceRenamed():
            return replace(state, name=event.name)
        case ResourceRateSet():
            return replace(state, rates=tuple(sorted((*state.rates, event.rate), key=_start)))
        case ResourceMaxUnitsSet():
            return replace(state, max_units=event.max_units, periods=event.periods)
        case ResourceCalendarSet():
            return replace(state, calendar=event.calendar)
        case ResourceUserSet():
            return replace(state, user=event.user)
        case ResourceDeactivated():
            return replace(state, active=False)
        case ResourceReactivated():
            return replace(state, active=True)
        case _:
            assert_never(event)


def _start(rate: Rate) -> tuple[bool, str]:
    """From ever comes first."""
    return rate.start is not None, str(rate.start)


RESOURCE = Aggregate("resource", ResourceState(), _evolve)


def refuse_resource(state: ResourceState, resource: UUID, project: UUID | None) -> Failure | None:
    """The refusal of a resource that is not there for a project (None: for what is shared)."""
    if state.revision and state.project in (None, project):
        return None
    return Failure(
        Code.RESOURCE_UNKNOWN, f"there is no resource {resource} here: it has to be shared, or the project's own"
    )


def refuse_inactive(state: ResourceState) -> Failure | None:
    if state.active:
        return None
    return Failure(Code.RESOURCE_INACTIVE, f"{state.name!r} is not active; reactivate it, or take another resource")
