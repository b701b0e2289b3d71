# These names and fields are the stored format: add, never change.
"""What happens to a resource. `project` None: it is shared, any project may take it in."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from ..scheduling import MOST_UNITS, ResourceType, Value, units_asked
from .event import Event

MaxUnits = Annotated[Decimal, Field(ge=0, le=MOST_UNITS, max_digits=11, decimal_places=4), units_asked(none=True)]
"""How much of a resource there is: 1 is one full time; 0, nothing for the time being."""


class Rate(Value):
    """What a resource costs from a date on (None: from ever): an hour of work, of overtime, and each use.

    Of a material `rate` is for a unit of it.
    """

    start: date | None = None
    currency: str
    rate: Decimal
    overtime: Decimal = Decimal(0)
    per_use: Decimal = Decimal(0)


class UnitsPeriod(Value):
    """How much of a resource there is in a period; an open end is None."""

    start: date | None = None
    finish: date | None = None
    units: MaxUnits


class ResourceDefined(Event):
    resource: UUID
    project: UUID | None = None
    name: str
    type: ResourceType
    max_units: MaxUnits
    calendar: UUID | None = None
    unit: str | None = None  # of a material, such as t
    external_id: str | None = None


class ResourceRenamed(Event):
    resource: UUID
    name: str


class ResourceRateSet(Event):
    resource: UUID
    rate: Rate


class ResourceMaxUnitsSet(Event):
    """All periods; outside them the units that the resource was defined with hold, or were changed to here."""

    resource: UUID
    max_units: MaxUnits
    periods: tuple[UnitsPeriod, ...] = ()


class ResourceCalendarSet(Event):
    resource: UUID
    calendar: UUID | None = None


class ResourceUserSet(Event):
    """Who it is; None: nobody, or somebody who is no user here."""

    resource: UUID
    user: UUID | None = None


class ResourceDeactivated(Event):
    resource: UUID


class ResourceReactivated(Event):
    resource: UUID


ResourceEvent = (
    ResourceDefined
    | ResourceRenamed
    | ResourceRateSet
    | ResourceMaxUnitsSet
    | ResourceCalendarSet
    | ResourceUserSet
    | ResourceDeactivated
    | ResourceReactivated
)
