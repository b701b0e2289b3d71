"""The calendars of a project, from the rows of their read model."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from ..importing.plan_file import FileCalendar
from ..projections.calendars import CalendarRow
from ..queries.calendar import load_calendars
from ..queries.reading import ReadSession
from ..scheduling import CalendarException
from .uids import uids

_NO_LINE = 0


@dataclass(frozen=True, slots=True)
class ExportedCalendars:
    calendars: tuple[FileCalendar, ...]
    uids: dict[UUID, int]


async def exported_calendars(read: ReadSession, project: UUID, used: Iterable[UUID]) -> ExportedCalendars:
    """All of the project's own, and those that it uses, with their bases. A holiday is an exception of one day."""
    rows = read[CalendarRow]
    own = await read.execute(select(rows.c.id).where(rows.c.project == project, rows.c.deleted.is_(False)))
    found = await load_calendars(read, {*used, *own.scalars()})
    named = (
        await read.execute(select(rows).where(rows.c.id.in_(list(found))).order_by(rows.c.created_at, rows.c.id))
    ).all()
    numbers = uids((row.id, row.external_id) for row in named)
    calendars = []
    for row in named:
        said = found[row.id]
        holidays = (
            CalendarException(id=row.id, name=each.name, start=each.date, finish=each.date) for each in said.holidays
        )
        calendars.append(
            FileCalendar(
                uid=numbers[row.id],
                name=row.name,
                base=None if said.base is None else numbers[said.base],
                weekdays=said.weekdays,
                exceptions=(*said.exceptions, *holidays),
                work_weeks=said.work_weeks,
                line=_NO_LINE,
                guid=row.id,
            )
        )
    return ExportedCalendars(tuple(calendars), numbers)
