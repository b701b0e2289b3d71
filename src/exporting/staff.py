"""Resources and assignments as elements."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import zip_longest

from lxml import etree

from ..importing.limits import FIRST_YEAR
from ..importing.plan_file import FileAssignment, FileRate, FileResource
from ..importing.resource_row import RESOURCE_TYPES
from ..scheduling import ResourceType, ScheduledTask
from .elements import Value, add, element, last_minute, midnight, period, within

_TYPES = {kind: number for number, kind in RESOURCE_TYPES.items()}
_HOURLY, _BY_UNIT = 2, 8
_FROM_EVER, _FOR_EVER = midnight(date(FIRST_YEAR, 1, 1)), last_minute(date(2049, 12, 31))
_WHOLE = 100
_REMAINING_WORK, _DAYS = 1, 2

Stretch = tuple[datetime, datetime, int]
"""From when to when something is worked on, and for how long in tenths of a minute."""


def resource_element(resource: FileResource, number: int) -> etree._Element:
    """A resource; its last rate stands in it, all of them below it."""
    made = element("Resource")
    works = resource.type is ResourceType.WORK
    present = resource.rates[-1] if resource.rates else None
    add(
        made,
        (
            ("UID", resource.uid),
            ("GUID", str(resource.guid).upper() if resource.guid else None),
            ("ID", number),
            ("Name", resource.name),
            ("Type", _TYPES[resource.type]),
            ("IsNull", False),
            ("MaterialLabel", resource.unit),
            ("MaxUnits", resource.max_units if works else None),
            ("StandardRate", present.rate if present else None),
            ("StandardRateFormat", _BY_UNIT if resource.type is ResourceType.MATERIAL else _HOURLY),
            ("OvertimeRate", present.overtime if present else None),
            ("OvertimeRateFormat", _HOURLY),
            ("CostPerUse", present.per_use * _WHOLE if present else None),
            ("CalendarUID", -1 if resource.calendar is None else resource.calendar),
            ("IsCostResource", resource.type is ResourceType.COST),
        ),
    )
    if resource.periods:
        periods = within(made, "AvailabilityPeriods")
        for each in resource.periods:
            add(
                within(periods, "AvailabilityPeriod"),
                (
                    ("AvailableFrom", midnight(each.start) if each.start else _FROM_EVER),
                    ("AvailableTo", last_minute(each.finish) if each.finish else _FOR_EVER),
                    ("AvailableUnits", each.units),
                ),
            )
    if resource.rates:
        _rates(made, resource.rates)
    return made


def _rates(parent: etree._Element, rates: tuple[FileRate, ...]) -> None:
    inside = within(parent, "Rates")
    ends = [midnight(rate.start) for rate in rates[1:] if rate.start] + [_FOR_EVER]
    for rate, end in zip(rates, ends, strict=True):
        add(
            within(inside, "Rate"),
            (
                ("RatesFrom", midnight(rate.start) if rate.start else _FROM_EVER),
                ("RatesTo", end),
                ("RateTable", 0),
                ("StandardRate", rate.rate),
                ("StandardRateFormat", _HOURLY),
                ("OvertimeRate", rate.overtime),
                ("OvertimeRateFormat", _HOURLY),
                ("CostPerUse", rate.per_use * _WHOLE),
            ),
        )


def assignment_element(
    entry: FileAssignment, *, works: bool, result: ScheduledTask | None, stretches: Sequence[Stretch] = ()
) -> etree._Element:
    """An assignment; a material or a cost does no work. `stretches` are those of a task that is interrupted."""
    made = element("Assignment")
    done: int | None = None
    if works:
        whole = entry.actual_work + entry.remaining_work
        done = entry.actual_work * _WHOLE // whole if whole else 0
    fields: tuple[tuple[str, Value], ...] = (
        ("UID", entry.uid),
        ("TaskUID", entry.task),
        ("ResourceUID", entry.resource),
        ("PercentWorkComplete", done),
        ("ActualWork", period(entry.actual_work) if works else None),
        ("Delay", entry.delay),
        ("Finish", result.finish if result else None),
        ("HasFixedRateUnits", True),
        ("RemainingWork", period(entry.remaining_work) if works else None),
        ("Start", result.start if result else None),
        ("Units", entry.units),
        ("Work", period(entry.work) if works else None),
        ("WorkContour", 0),
    )
    add(made, fields)
    for (start, finish, length), following in zip_longest(stretches, stretches[1:]):
        _timephased(made, entry.uid, start, finish, round(length * entry.units))
        if following:
            _timephased(made, entry.uid, finish, following[0], 0)
    return made


def _timephased(parent: etree._Element, uid: int, start: datetime, finish: datetime, work: int) -> None:
    """So much work from one time to another: none says that the task is interrupted."""
    add(
        within(parent, "TimephasedData"),
        (
            ("Type", _REMAINING_WORK),
            ("UID", uid),
            ("Start", start),
            ("Finish", finish),
            ("Unit", _DAYS),
            ("Value", period(work)),
        ),
    )
