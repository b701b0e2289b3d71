"""The critical path: the tasks that cannot be later without the project being later, in the order of their dates."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import select

from ..projections.links import LinkRow
from ..projections.schedule_rows import ScheduledTaskRow
from ..projections.tasks import TaskRow
from ..scheduling import Hold
from .drivers import link_words
from .reading import ReadSession, View, WallClock
from .schedule import ScheduleView, get_schedule


class StepView(View):
    """A task on a critical chain. `waits_for` are those of the chain that hold it where it is."""

    task: UUID
    wbs: str
    name: str
    start: WallClock
    finish: WallClock
    total_slack: int
    waits_for: tuple["WaitView", ...]


class WaitView(View):
    link: UUID
    task: UUID
    words: str = Field(description="The link as planners write it, such as FS+2d")


class CriticalPathView(View):
    """Chains are apart from each other; within one the steps are in the order of their dates.

    `left_out` counts the critical tasks beyond those that were asked for.
    """

    schedule: ScheduleView
    chains: tuple[tuple[StepView, ...], ...]
    left_out: int


async def get_critical_path(read: ReadSession, project: UUID, limit: int = 100) -> CriticalPathView:
    """The chains with the first so many tasks."""
    rows = await _critical(read, project)
    links = await _links(read, project, {by for row in rows for by in _linked(row)})
    there = {row.task: row for row in rows}
    chain_of = _Chains()
    for row in rows:
        for id_ in _linked(row):
            if (link := links.get(id_)) is not None and link.predecessor in there:
                chain_of.join(row.task, link.predecessor)
    for row in rows:  # who waits for a summary waits for what ends it
        above = there.get(row.parent)
        if above is not None and above.finish == row.finish:
            chain_of.join(row.task, above.task)
    chains: dict[UUID, list[StepView]] = defaultdict(list)
    leaves = [row for row in rows if not row.summary]
    for row in leaves[:limit]:
        chains[chain_of.root(row.task)].append(_step(row, links, there))
    return CriticalPathView(
        schedule=await get_schedule(read, project),
        chains=tuple(tuple(steps) for steps in chains.values()),
        left_out=max(0, len(leaves) - limit),
    )


class _Chains:
    """Which tasks hang together."""

    def __init__(self) -> None:
        self._above: dict[UUID, UUID] = {}

    def root(self, task: UUID) -> UUID:
        while (above := self._above.get(task, task)) != task:
            self._above[task] = self._above.get(above, above)
            task = above
        return task

    def join(self, one: UUID, other: UUID) -> None:
        self._above[self.root(one)] = self.root(other)


async def _critical(read: ReadSession, project: UUID) -> list[Any]:
    scheduled, tasks = read[ScheduledTaskRow], read[TaskRow]
    wanted = (
        select(scheduled, tasks.c.parent, tasks.c.wbs, tasks.c.name, tasks.c.summary, tasks.c.sequence)
        .join(tasks, tasks.c.id == scheduled.c.task)
        .where(scheduled.c.project == project, scheduled.c.critical, tasks.c.sequence.is_not(None))
        .order_by(scheduled.c.start, scheduled.c.finish, tasks.c.sequence)
    )
    return list((await read.execute(wanted)).all())


async def _links(read: ReadSession, project: UUID, ids: set[UUID]) -> dict[UUID, Any]:
    """All of the project, unless none is wanted: there can be more than fit into a statement."""
    links = read[LinkRow]
    if not ids:
        return {}
    wanted = select(links).where(links.c.project == project, links.c.deleted.is_(False))
    return {row.id: row for row in await read.execute(wanted) if row.id in ids}


def _linked(row: Any) -> list[UUID]:
    return [UUID(each["by"]) for each in row.drivers if each["hold"] == Hold.LINK and each["by"]]


def _step(row: Any, links: dict[UUID, Any], there: dict[UUID, Any]) -> StepView:
    found = (links[id_] for id_ in _linked(row) if id_ in links)
    waits = tuple(
        WaitView(link=link.id, task=link.predecessor, words=link_words(link))
        for link in found
        if link.predecessor in there
    )
    return StepView(
        task=row.task,
        wbs=row.wbs,
        name=row.name,
        start=row.start,
        finish=row.finish,
        total_slack=row.total_slack,
        waits_for=waits,
    )


StepView.model_rebuild()
