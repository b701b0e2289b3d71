"""A resource element as checked values."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from ..events.resource import UnitsPeriod
from ..scheduling import ResourceType
from .field_text import Fields, boolean, decimal, guid, integer, name, one_of, wall_clock
from .left_out import marks_of
from .left_out_staff import INACTIVE_RESOURCES, OTHER_RATES, RESOURCE_MARKS
from .limits import FIRST_YEAR
from .plan_file import FileRate, FileResource
from .xml_stream import Item, Shape

_RATES = frozenset(("StandardRate", "OvertimeRate", "CostPerUse"))
_READ = "UID GUID IsNull Name Type IsCostResource IsInactive MaxUnits CalendarUID MaterialLabel"
RESOURCE = Shape(
    fields=_RATES.union(_READ.split(), *(mark.fields for mark in RESOURCE_MARKS)),
    parts={
        "AvailabilityPeriod": Shape(fields=frozenset(("AvailableFrom", "AvailableTo", "AvailableUnits"))),
        "Rate": Shape(fields=_RATES | {"RatesFrom", "RateTable"}),
    },
    through=frozenset(("AvailabilityPeriods", "Rates")),
)

NOBODY = 0
"""The UID that stands for no resource."""

RESOURCE_TYPES = {0: ResourceType.MATERIAL, 1: ResourceType.WORK, 2: ResourceType.COST}
_TYPE = one_of(RESOURCE_TYPES)
_UID = integer(0, 2**31 - 1)
_CALENDAR = integer(-1, 2**31 - 1)
_TABLE = integer(0, 4)
_UNITS = decimal(4)
_AMOUNT = decimal(4)
_MOST_UNITS = 1_000_000
_ONE = Decimal(1)
_END_OF_TIME = 2049  # the last year of Microsoft Project before 2013, which it wrote for an open end


def resource_row(item: Item) -> tuple[FileResource, set[str]] | None:
    """The resource of an element and the kinds of content that it leaves behind; None for a blank row or nobody.

    Raises ImportRefused for a value that cannot be.
    """
    shown = " ".join(item.fields.get("Name", "").split())[:80]
    fields = Fields(f"Resource “{shown}” (UID {item.fields.get('UID', 'none')[:20]})", item.line, item.fields)
    uid = fields.read("UID", _UID, NOBODY)
    if uid == NOBODY or fields.read("IsNull", boolean, default=False):
        return None
    kind = fields.read("Type", _TYPE, ResourceType.MATERIAL)
    if fields.read("IsCostResource", boolean, default=False):
        kind = ResourceType.COST
    marks = marks_of(item.fields, RESOURCE_MARKS)
    if fields.read("IsInactive", boolean, default=False):
        marks.add(INACTIVE_RESOURCES)
    units = _units(fields, "MaxUnits") if kind is ResourceType.WORK else _ONE
    periods = tuple(_availability(part, fields.owner) for part in item.every("AvailabilityPeriod"))
    calendar = fields.read("CalendarUID", _CALENDAR, -1)
    works = kind is ResourceType.WORK
    resource = FileResource(
        uid=uid,
        name=fields.read("Name", name, "") or f"Resource {uid}",
        type=kind,
        max_units=units,
        line=item.line,
        periods=_of_others(periods, units) if works else (),
        calendar=calendar if works and calendar >= 0 else None,
        unit=(fields.read("MaterialLabel", name, "") or None) if kind is ResourceType.MATERIAL else None,
        rates=tuple(_rates(item, fields, kind, marks)),
        guid=fields.read("GUID", guid, None),
    )
    return resource, marks


def _units(fields: Fields, field: str) -> Decimal:
    units = fields.read(field, _UNITS, _ONE)
    if units > _MOST_UNITS:
        raise fields.refused(f"its <{field}> is more than {_MOST_UNITS:,}")
    return units


def _availability(item: Item, owner: str) -> UnitsPeriod:
    fields = Fields(owner, item.line, item.fields)
    start, finish = fields.read("AvailableFrom", wall_clock, None), fields.read("AvailableTo", wall_clock, None)
    if start is not None and finish is not None and finish < start:
        raise fields.refused("a period of its availability ends before it begins")
    return UnitsPeriod(
        start=None if start is None or start.year == FIRST_YEAR else start.date(),
        finish=None if finish is None or finish.year >= _END_OF_TIME else finish.date(),
        units=_units(fields, "AvailableUnits"),
    )


def _of_others(periods: tuple[UnitsPeriod, ...], units: Decimal) -> tuple[UnitsPeriod, ...]:
    """The periods, unless all they say is that there is as much as ever."""
    said = all(period.start is period.finish is None and period.units == units for period in periods)
    return () if said else periods


def _rates(item: Item, fields: Fields, kind: ResourceType, marks: set[str]) -> Iterator[FileRate]:
    """The rates of the first table, and where there is no table the present one. Amounts for use are in hundredths."""
    found: dict[date | None, FileRate] = {}
    rows = item.every("Rate")
    for part in rows or [item]:
        row = Fields(fields.owner, part.line, part.fields)
        if row.read("RateTable", _TABLE, 0):
            marks.add(OTHER_RATES)
            continue
        since = row.read("RatesFrom", wall_clock, None) if rows else None
        start = None if since is None or since.year == FIRST_YEAR else since.date()
        rate, overtime = row.read("StandardRate", _AMOUNT, Decimal(0)), row.read("OvertimeRate", _AMOUNT, Decimal(0))
        per_use = row.read("CostPerUse", _AMOUNT, Decimal(0)) / 100
        found[start] = FileRate(start, rate, overtime, per_use)
    ordered = [found[start] for start in sorted(found, key=lambda start: start or date.min)]
    if kind is ResourceType.MATERIAL:
        ordered = [replace(rate, overtime=Decimal(0)) for rate in ordered]
    if kind is not ResourceType.COST and any(rate.rate or rate.overtime or rate.per_use for rate in ordered):
        yield from ordered
