"""Why a task is where it is, in words and ids."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from ..projections.links import LinkRow
from ..projections.tasks import TaskRow
from ..scheduling import ConstraintType, Hold, LagUnit, LinkType
from .reading import ReadSession, View

_DAY, _HOUR, _MINUTE = 4800, 600, 10
_CONSTRAINTS = {
    ConstraintType.MUST_START_ON: "must start on",
    ConstraintType.MUST_FINISH_ON: "must finish on",
    ConstraintType.START_NO_EARLIER_THAN: "starts no earlier than",
    ConstraintType.START_NO_LATER_THAN: "starts no later than",
    ConstraintType.FINISH_NO_EARLIER_THAN: "finishes no earlier than",
    ConstraintType.FINISH_NO_LATER_THAN: "finishes no later than",
}


class DriverView(View):
    """One thing that holds the start of a task: what kind of thing, which link or task, and in words."""

    hold: Hold
    link: UUID | None = None
    task: UUID | None = None
    words: str


async def explain(read: ReadSession, project: UUID, scheduled: Any) -> list[DriverView]:
    """What holds a task; `scheduled` is its row, with its constraint and its actual start."""
    holds = [(Hold(each["hold"]), each["by"] and UUID(each["by"])) for each in scheduled.drivers]
    links = await _links(read, project, [by for hold, by in holds if hold is Hold.LINK])
    below = [by for hold, by in holds if hold is Hold.SUMMARY]
    ends = [end for link in links.values() for end in (link.predecessor, link.successor)]
    names = await _names(read, project, [*below, *ends])
    return [_explained(hold, by, scheduled, links, names) for hold, by in holds]


async def _links(read: ReadSession, project: UUID, ids: list[UUID]) -> dict[UUID, Any]:
    if not ids:
        return {}
    links = read[LinkRow]
    wanted = select(links).where(links.c.project == project, links.c.id.in_(ids))
    return {row.id: row for row in await read.execute(wanted)}


async def _names(read: ReadSession, project: UUID, ids: list[UUID]) -> dict[UUID, str]:
    if not ids:
        return {}
    tasks = read[TaskRow]
    wanted = select(tasks.c.id, tasks.c.wbs, tasks.c.name).where(tasks.c.project == project, tasks.c.id.in_(ids))
    return {row.id: f"{row.wbs} {row.name}".strip() for row in await read.execute(wanted)}


def _explained(
    hold: Hold, by: UUID | None, scheduled: Any, links: dict[UUID, Any], names: dict[UUID, str]
) -> DriverView:
    match hold:
        case Hold.LINK:
            link = links.get(by) if by else None
            if link is None:
                return DriverView(hold=hold, link=by, words="waited for a link that is gone")
            words = f"waits for {names.get(link.predecessor, 'a task')} ({link_words(link)})"
            if link.successor != scheduled.task:
                words += f", as all of {names.get(link.successor, 'the tasks above it')} does"
            return DriverView(hold=hold, link=by, task=link.predecessor, words=words)
        case Hold.SUMMARY:
            return DriverView(hold=hold, task=by, words=f"begins with {names.get(by, 'a task') if by else 'a task'}")
        case Hold.CONSTRAINT:
            return DriverView(hold=hold, words=_constraint(scheduled))
        case Hold.ACTUAL_START:
            return DriverView(hold=hold, words=f"was started {scheduled.start:%Y-%m-%d %H:%M}")
        case Hold.MANUAL:
            return DriverView(hold=hold, words="was put there by hand")
        case Hold.PROJECT_START:
            return DriverView(hold=hold, words="starts with the project")


def _constraint(scheduled: Any) -> str:
    if scheduled.constraint_date is None:
        return "had a constraint that is gone"
    told = _CONSTRAINTS[ConstraintType(scheduled.constraint_type)]
    return f"{told} {scheduled.constraint_date:%Y-%m-%d %H:%M}"


def link_words(link: Any) -> str:
    """A link as planners write it: FS, SS+2d, FF-4h, FS+3ed (elapsed), FS+50%; a day has eight working hours."""
    type_, amount, unit = LinkType(link.type).value, link.lag_amount, LagUnit(link.lag_unit)
    if not amount:
        return type_
    elapsed = "e" if unit in (LagUnit.ELAPSED, LagUnit.ELAPSED_PERCENT) else ""
    if unit in (LagUnit.PERCENT, LagUnit.ELAPSED_PERCENT):
        return f"{type_}{amount:+d}{elapsed}%"
    day = 3 * _DAY if elapsed else _DAY
    for size, name in ((day, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if amount % size == 0:
            return f"{type_}{amount // size:+d}{elapsed}{name}"
    return f"{type_}{amount / _MINUTE:+.1f}{elapsed}min"
