"""Computes the plans that are marked as changed, once for however many changes, and writes what came out otherwise.

The inputs are read in one snapshot, together with how far they have come; nothing is locked while it is computed, in
a thread. Whatever changes meanwhile leaves a mark, so it is computed again. On PostgreSQL an advisory lock keeps a
project for one worker; whoever comes second on SQLite finds, when about to write, that another has written.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, Executable, exists, func, or_, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ..scheduling import schedule
from .claims import wait_a_while
from .computed import Compute, Made, Taken, broken, made_of
from .outages import is_outage
from .planned import PlanRows, Snapshot, outdated, snapshot
from .registry import FaultRow
from .rows import Rows
from .schedule_rows import DERIVED, MarkRow, ScheduleRow, UseRow
from .steps import unless_out
from .tables import tables

_PAGE = 200
_LOCKS = 1_886_546_788
"""The class of the advisory locks on projects whose plan is being computed."""

_logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Before:
    """What there is of a project: the mark (position, time), up to where it was computed, and with what."""

    mark: tuple[int, datetime] | None
    computed: tuple[int, datetime] | None
    used: Mapping[UUID, int]

    @property
    def changed(self) -> bool:
        """Whether there is an event that was not taken into account."""
        return self.mark is not None and (self.computed is None or self.mark[0] > self.computed[0])


@dataclass(frozen=True)
class Rescheduling:
    """Does it in one generation of the tables of the schedule."""

    engine: AsyncEngine
    generation: int
    compute: Compute = schedule

    async def run(self) -> int:
        """All that is due, but for what another worker has in hand and what waits for its inputs; how much it was."""
        done = 0
        async for project in self._due():
            done += await unless_out(self._one(project))
        return done

    async def _due(self) -> AsyncIterator[UUID]:
        """Those longest due first; what comes to be due meanwhile is for the next time, or there might be no end."""
        marks = tables(self.generation)[MarkRow]
        key = tuple_(marks.c.changed, marks.c.project)
        ((last,),) = await unless_out(self._read(select(func.max(marks.c.changed))))
        wanted = select(marks.c.project, marks.c.changed).where(marks.c.changed <= (last or 0))
        wanted = wanted.order_by(marks.c.changed, marks.c.project).limit(_PAGE)
        page = await unless_out(self._read(wanted))
        while page:
            for row in page:
                yield row.project
            after = tuple_(page[-1].changed, page[-1].project)
            page = await unless_out(self._read(wanted.where(key > after)))
        for project in await unless_out(self._outdated()):
            yield project

    async def _outdated(self) -> Sequence[UUID]:
        async with self._reading() as connection:
            seen = await snapshot(connection)
            if seen is None:
                return []
            return (await connection.scalars(outdated(seen, tables(self.generation)[UseRow]))).all()

    async def _one(self, project: UUID) -> bool:
        """Computes a project; False: there was nothing to do, or it is not to be done now."""
        async with self._kept(project) as ours:
            if not ours:
                return False
            async with self._reading() as connection:
                before = await self._before(connection, project)
                taken = await self._taken(connection, project, before)
            if taken is None:
                if before.mark and before.computed and not before.changed:
                    await self._unmark(project, before.computed[0])
                return False
            try:
                made = await asyncio.to_thread(made_of, taken, self.compute)
                return await self._write(taken, before, made)
            except Exception as error:
                if is_outage(error):
                    raise
                _logger.exception("schedule cannot be computed", project=str(project))
                return await self._write(taken, before, broken(taken, error))

    async def _taken(self, connection: AsyncConnection, project: UUID, before: _Before) -> Taken | None:
        """What to compute from; None when it is not due, or the inputs have not come to where the mark is."""
        seen = await snapshot(connection)
        if seen is None or not (before.changed or await self._is_outdated(seen, project)):
            return None
        at = before.mark if before.changed else before.computed
        if at is None or await seen.position(project) < at[0]:
            return None
        rows = PlanRows(seen, project)
        await rows.fetch()
        return Taken(project, rows, *at)

    async def _is_outdated(self, seen: Snapshot, project: UUID) -> bool:
        found = outdated(seen, tables(self.generation)[UseRow]).subquery()
        return bool(await seen.connection.scalar(select(exists().where(found.c.project == project))))

    async def _before(self, connection: AsyncConnection, project: UUID) -> _Before:
        ours = tables(self.generation)
        marks, schedules, uses = ours[MarkRow], ours[ScheduleRow], ours[UseRow]
        mark = select(marks.c.changed, marks.c.changed_at).where(marks.c.project == project)
        computed = select(schedules.c.computed, schedules.c.computed_at).where(schedules.c.project == project)
        used = select(uses.c.used, uses.c.position).where(uses.c.project == project)
        first = (await connection.execute(mark)).one_or_none()
        second = (await connection.execute(computed)).one_or_none()
        third = {row.used: row.position for row in await connection.execute(used)}
        return _Before(first and (first[0], first[1]), second and (second[0], second[1]), third)

    async def _write(self, taken: Taken, before: _Before, made: Made) -> bool:
        """Writes what is otherwise, and takes the mark away; False: another has written meanwhile."""
        async with self.engine.begin() as connection:
            await wait_a_while(connection)
            now = await self._before(connection, taken.project)
            if (now.computed, now.used) != (before.computed, before.used):
                return False
            rows = Rows(connection, self.generation)
            for model in DERIVED:
                await rows.fetch([(model.project, taken.project)])
                rows.replace(model, made.get(model, ()))
            await rows.flush()
            await connection.execute(self._without(taken.project, taken.computed))
        return True

    async def _unmark(self, project: UUID, computed: int) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(self._without(project, computed))

    def _without(self, project: UUID, computed: int) -> Executable:
        """Takes the mark away, unless it has moved beyond what is computed."""
        marks = tables(self.generation)[MarkRow]
        return marks.delete().where(marks.c.project == project, marks.c.changed <= computed)

    @asynccontextmanager
    async def _kept(self, project: UUID) -> AsyncIterator[bool]:
        """Whether the project is ours until the end of the block."""
        if self.engine.dialect.name == "sqlite":
            yield True
            return
        lock = text("SELECT pg_try_advisory_xact_lock(:class, hashtext(:project))")
        async with self.engine.begin() as connection:
            named = {"class": _LOCKS, "project": f"{self.generation} {project}"}
            yield bool(await connection.scalar(lock, named))

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection on which everything is of one moment."""
        options: dict[str, Any] = {"read_only": True}
        if self.engine.dialect.name != "sqlite":
            options["isolation_level"] = "REPEATABLE READ"
        async with self.engine.execution_options(**options).connect() as connection:
            yield connection

    async def _read(self, wanted: Executable) -> Sequence[Any]:
        async with self._reading() as connection:
            return (await connection.execute(wanted)).all()


async def reschedule(engine: AsyncEngine, generation: int) -> int:
    """Computes what is due in a generation; the number of plans."""
    return await Rescheduling(engine, generation).run()


async def complete(connection: AsyncConnection, generation: int, active: Sequence[int]) -> bool:
    """Whether each marked project has been computed.

    How far does not count: while many write, one of them is always further in what is read, for as long as a
    calculation takes. Whoever names a position waits for it.

    What waits at an event that could not be applied is not waited for, unless it is there to be read.
    """
    ours = tables(generation)
    marks, new = ours[MarkRow], ours[ScheduleRow]
    parked = exists().where(FaultRow.project == marks.c.project)
    lacking = select(marks.c.project).outerjoin(new, new.c.project == marks.c.project)
    wanted: list[ColumnElement[bool]] = [~parked]
    for each in active:
        old = tables(each)[ScheduleRow]
        lacking = lacking.outerjoin(old, old.c.project == marks.c.project)
        wanted.append(old.c.project.is_not(None))
    return (await connection.scalar(lacking.where(new.c.project.is_(None), or_(*wanted)).limit(1))) is None


async def behind(connection: AsyncConnection, generation: int, position: int, project: UUID | None) -> int | None:
    """Up to where the project that is furthest behind was computed, if that is before the position and it is due.

    Of calendars and resources it knows what their read models do: who asks has waited for these before.

    Where all are asked for, those do not count that wait at an event which could not be applied.
    """
    ours = tables(generation)
    marks, schedules, uses = ours[MarkRow], ours[ScheduleRow], ours[UseRow]
    computed = func.coalesce(schedules.c.computed, 0)
    parked = exists().where(FaultRow.project == marks.c.project)
    due = (
        select(func.min(computed))
        .select_from(marks.outerjoin(schedules, schedules.c.project == marks.c.project))
        .where(computed < position, ~parked if project is None else marks.c.project == project)
    )
    at: int | None = await connection.scalar(due)
    if at is None and (seen := await snapshot(connection)) is not None:
        old = outdated(seen, uses).subquery()
        of = schedules.c.project.in_(select(old.c.project))
        later = select(func.min(schedules.c.computed)).where(of)
        if project is not None:
            later = later.where(schedules.c.project == project)
        at = await connection.scalar(later)
    return at
