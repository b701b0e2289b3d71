"""How much of a resource there is, and when, from the rows of the read models."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from ..projections.projects import ProjectRow
from ..projections.resources import ResourceRow
from ..scheduling import Calendar
from ..scheduling.capacity import Capacity, Period
from ..scheduling.compiled import WorkingTimes, chain_of, usual_time
from ..scheduling.scheduled import UnschedulableError
from .calendar import load_calendars
from .reading import ReadSession

_UTC = "UTC"


async def capacity_of(read: ReadSession, project: UUID | None, resource: UUID) -> Capacity | None:
    """Of a shared resource or the project's own; None when there is no such resource.

    One without a calendar of its own works as each project does. What it can do on a day is then told by the calendar
    and the zone of the project that is asked in; where none is, as five days of eight hours.
    """
    resources = read[ResourceRow]
    mine = or_(resources.c.project.is_(None), resources.c.project == project)
    row = (await read.execute(select(resources).where(resources.c.id == resource, mine))).one_or_none()
    if row is None:
        return None
    calendar, zone = row.calendar, None
    if calendar is None and project is not None:
        calendar, zone = await _of_project(read, project)
    chain = [] if calendar is None else await _chain(read, calendar)
    zone = zone or (chain[0].time_zone if chain else _UTC)
    time = WorkingTimes(zone).of(chain) if chain else None
    return Capacity(
        row.max_units, tuple(_periods(row.periods)), time or usual_time(), ZoneInfo(zone), row.calendar is not None
    )


async def _of_project(read: ReadSession, project: UUID) -> tuple[UUID | None, str]:
    """The calendar and the zone of the project."""
    projects = read[ProjectRow]
    wanted = select(projects.c.calendar, projects.c.time_zone).where(projects.c.id == project)
    row = (await read.execute(wanted)).one_or_none()
    return (None, _UTC) if row is None else (row.calendar, row.time_zone)


async def _chain(read: ReadSession, calendar: UUID) -> list[Calendar]:
    """The calendar and its bases; empty when they are not all there."""
    try:
        return chain_of(await load_calendars(read, [calendar]), calendar)
    except UnschedulableError:  # the read models are not of one moment: it is there in the next
        return []


def _periods(periods: Iterable[dict[str, Any]]) -> Iterable[Period]:
    for each in periods:
        start, finish = each.get("start"), each.get("finish")
        yield Period(
            start and date.fromisoformat(start), finish and date.fromisoformat(finish), Decimal(str(each["units"]))
        )
