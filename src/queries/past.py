"""Plans of the past, for every question that there is about the present.

The rows of a project, or of several, as they were at a moment are put into a database in memory, with what is derived
from them: the outline, and on demand the schedule and what tasks are found by. Questions are asked there as they are of
the present, in the same words. The past does not change, so it is kept for the next question, as far as there is room.
"""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from uuid_utils.compat import uuid4

from ..events import EventLog
from ..projections import PROJECTIONS, Projection
from ..projections.computed import Taken, broken, made_of
from ..projections.planned import PlanRows, snapshot
from ..projections.projects import MemberRow
from ..projections.read_model import ReadModel
from ..projections.rows import Key, Row, key_of
from ..projections.schedules import SCHEDULES
from ..projections.search import SEARCH, SearchRow, row_of_task
from ..projections.tables import tables
from ..projections.tasks import TaskRow
from ..projections.users import USERS, UserRow
from ..scheduling import schedule
from .moment import Moment
from .reading import BuildingError, ReadSession, reading

_GENERATION = 1
_GENERATIONS = {projection.name: _GENERATION for projection in PROJECTIONS}
MOST_ROWS = 300_000
"""That are kept. A plan that is larger is kept as long as it is read; several that are together are refused."""
MOST_KEPT = 32
"""Each has connections, with a thread each."""
MOST_FILLED = 2
"""At once: so many plans are held twice, as rows and in their database. Others wait."""

_logger = structlog.get_logger(__name__)
_Rows = Mapping[type[ReadModel], list[Row]]
_Plans = tuple[tuple[UUID, Moment], ...]


class TooWideError(Exception):
    """The plans that are asked for together have too many rows."""


@dataclass
class _Kept:
    """The past of projects at a moment, in a database of its own that lasts as long as a connection to it is open.

    Each reader has a connection of its own: who is cancelled in the middle of a statement loses it, and nobody else.
    """

    engine: AsyncEngine
    anchor: AsyncConnection | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    plans: Mapping[UUID, PlanRows] | None = None
    derived: set[Projection] = field(default_factory=set)
    failed: bool = False
    people: set[UUID] = field(default_factory=set)
    named: list[Row] = field(default_factory=list)
    rows: int = 0
    readers: int = 0


class Past:
    """What one process keeps of the past. Any number may ask at once."""

    def __init__(self, log: EventLog, readers: AsyncEngine, most_rows: int = MOST_ROWS) -> None:
        self._log = log
        self._readers = readers
        self._most_rows = most_rows
        self._filling = asyncio.Semaphore(MOST_FILLED)
        self._kept: OrderedDict[_Plans, _Kept] = OrderedDict()

    @asynccontextmanager
    async def reading(
        self, project: UUID, moment: Moment, projections: Iterable[Projection]
    ) -> AsyncIterator[ReadSession]:
        """A session on the rows of the project as they were at the moment, which the read models have passed.

        Raises BuildingError.
        """
        async with self.reading_all({project: moment}, projections) as read:
            yield read

    @asynccontextmanager
    async def reading_all(
        self, moments: Mapping[UUID, Moment], projections: Iterable[Projection]
    ) -> AsyncIterator[ReadSession]:
        """The same of several projects, each at its moment. Of a row that they share, that of the earliest is there.

        Raises TooWideError too.
        """
        plans = tuple(sorted(moments.items()))
        kept = self._take(plans)
        try:
            while not await self._filled(kept, plans, _DERIVED.keys() & set(projections)):
                await self._leave(kept)
                kept = self._take(plans)
            if USERS in projections:
                await self._name_people(kept)
            async with kept.engine.connect() as connection:
                yield ReadSession(connection, _GENERATIONS)
        finally:
            await self._leave(kept)

    async def close(self) -> None:
        """Forgets all of it."""
        while self._kept:
            _, kept = self._kept.popitem()
            await _end(kept)

    def _take(self, plans: _Plans) -> _Kept:
        if plans not in self._kept:
            self._kept[plans] = _Kept(_engine())
        self._kept.move_to_end(plans)
        self._kept[plans].readers += 1
        return self._kept[plans]

    async def _leave(self, kept: _Kept) -> None:
        kept.readers -= 1
        if kept.failed and not kept.readers:
            await _end(kept)
        await self._make_room()

    async def _filled(self, kept: _Kept, plans: _Plans, wanted: set[Projection]) -> bool:
        """Whether all that is wanted is there; False: whoever filled it has failed, and another takes its place."""
        async with kept.lock:
            if kept.failed:
                return False
            if kept.plans is not None and wanted <= kept.derived:
                return True
            try:
                async with self._filling:
                    if kept.plans is None:
                        kept.plans = await self._fill(kept, plans)
                    for projection in wanted - kept.derived:
                        for project, moment in plans:
                            await self._derive(kept, projection, kept.plans[project], project, moment)
                        kept.derived.add(projection)
            except BaseException:
                kept.failed = True
                if self._kept.get(plans) is kept:
                    del self._kept[plans]
                raise
        return True

    async def _make_room(self) -> None:
        """Forgets what was not asked for the longest, but for what is being read."""
        rows = sum(kept.rows for kept in self._kept.values())
        for key, kept in list(self._kept.items()):
            if rows <= self._most_rows and len(self._kept) <= MOST_KEPT:
                return
            if not kept.readers and self._kept.get(key) is kept:
                rows -= kept.rows
                del self._kept[key]
                await _end(kept)

    async def _fill(self, kept: _Kept, plans: _Plans) -> Mapping[UUID, PlanRows]:
        """The rows of the plans, of their people, and of what they use."""
        filled: dict[UUID, PlanRows] = {}
        held: dict[type[ReadModel], dict[Key, Row]] = defaultdict(dict)
        async with reading(self._readers, at_once=True) as read:
            seen = await snapshot(read.connection)
            if seen is None:
                raise BuildingError("tasks")
            for project, moment in sorted(plans, key=lambda plan: -plan[1].position):
                plan = filled[project] = PlanRows(seen, project, moment.position)
                await plan.fetch_all()
                if moment.late:
                    await plan.let_happen(await self._log.read_positions(moment.late))
                for model, rows in plan.made().items():
                    held[model] |= {key_of(model, row): row for row in rows}
                if len(plans) > 1 and sum(map(len, held.values())) > MOST_ROWS:
                    raise TooWideError
        await _write(kept, {model: list(rows.values()) for model, rows in held.items()}, make=True)
        kept.people = {member["user"] for member in held[MemberRow].values()}
        return filled

    async def _name_people(self, kept: _Kept) -> None:
        """People are called as they are now, whenever the plan was kept: erasure reaches it."""
        async with reading(self._readers) as read:
            users = read.rows(USERS)
            await users.fetch((UserRow.id, user) for user in kept.people)
        rows, table = list(users.all(UserRow)), tables(_GENERATION)[UserRow]
        async with kept.lock:
            if rows != kept.named:
                async with kept.engine.begin() as connection:
                    await connection.execute(table.delete())
                    if rows:
                        await connection.execute(table.insert(), rows)
                kept.named = rows

    async def _derive(self, kept: _Kept, projection: Projection, plan: PlanRows, project: UUID, moment: Moment) -> None:
        (last,) = await self._log.read_positions([moment.position]) or (None,)
        if last is not None:
            taken = Taken(project, plan, moment.position, last.recorded_at)
            await _write(kept, await asyncio.to_thread(_DERIVED[projection], taken, kept.rows))


def _scheduled(taken: Taken, _there: int) -> _Rows:
    """The schedule; one that breaks is shown as it is in the present."""
    try:
        return made_of(taken, schedule)
    except Exception as error:
        _logger.exception("schedule of the past cannot be computed", project=str(taken.project))
        return broken(taken, error)


def _found(taken: Taken, there: int) -> _Rows:
    """What the tasks are found by, with numbers that no row before has."""
    return {SearchRow: [row_of_task(task, number) for number, task in enumerate(taken.rows.made()[TaskRow], there)]}


_DERIVED: Mapping[Projection, Callable[[Taken, int], _Rows]] = {SCHEDULES: _scheduled, SEARCH: _found}
"""What is made of the rows of a plan when it is asked for; the number is of the rows that are there already."""


async def _write(kept: _Kept, made: _Rows, *, make: bool = False) -> None:
    if kept.anchor is None:
        kept.anchor = await kept.engine.connect()
    mine = tables(_GENERATION)
    async with kept.engine.begin() as connection:
        if make:
            for model, table in mine.items():
                await connection.run_sync(table.create)
                await connection.run_sync(model.complete, table)
        for model, rows in made.items():
            if rows:
                await connection.execute(mine[model].insert(), rows)
                kept.rows += len(rows)


def _engine() -> AsyncEngine:
    """A database in memory, under a name that nothing else has."""
    name = f"file:/{uuid4().hex}?vfs=memdb&uri=true"  # its locks are those of a file: a writer waits for readers
    return create_async_engine(f"sqlite+aiosqlite:///{name}", poolclass=NullPool)


async def _end(kept: _Kept) -> None:
    if kept.anchor is not None:
        await kept.anchor.close()
    await kept.engine.dispose()
