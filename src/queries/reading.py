"""What every question shares: a read session, pages that are cut by key, and waiting for one's own writes."""

import asyncio
import base64
import binascii
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from sqlalchemy import ColumnElement, FromClause, Table, Text, and_, cast, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ..events import EventLog
from ..events.log import WHOLE, bucket_of
from ..projections import BY_TABLE, PROJECTIONS, Projection
from ..projections.generations import READERS_LOCK
from ..projections.read_model import ReadModel
from ..projections.registry import ACTIVE, CheckpointRow, FaultRow, GenerationRow
from ..projections.rows import Rows
from ..projections.tables import tables, versions
from ..projections.versions import at

T = TypeVar("T")
MAX_PAGE = 1_000
_FIRST_POLL, _LONGEST_POLL = 0.002, 0.05


class View(BaseModel):
    """What a reader is shown."""

    model_config = ConfigDict(defer_build=True, from_attributes=True, frozen=True)


V = TypeVar("V", bound=View)


class Page(View, Generic[T]):
    """Some items of a list. `next` asks for those that follow; None: there are no more."""

    items: tuple[T, ...]
    next: str | None = Field(description="Give it as `after` to get the next page")


class BadCursorError(ValueError):
    """The cursor is none that a page gave."""


class BehindError(Exception):
    """A read model had not come to the wanted position within the time given."""

    def __init__(self, projection: str, position: int, wanted: int, why: str = "") -> None:
        super().__init__(f"the read model {projection} is at position {position} and was asked for {wanted}{why}")
        self.projection, self.position, self.wanted = projection, position, wanted


class BuildingError(Exception):
    """No generation of a read model is ready to be read by this version."""

    def __init__(self, projection: str) -> None:
        super().__init__(f"the read model {projection} is being built")
        self.projection = projection


class ReadSession:
    """A connection that only reads, on the generations that are active: `read[TaskRow]` is the table to ask.

    With a position it is the table as it was then; what is derived from all rows of a project is not there.
    """

    def __init__(
        self, connection: AsyncConnection, generations: Mapping[str, int], position: int | None = None
    ) -> None:
        self.connection = connection
        self.position = position
        self._generations = generations
        self._then: dict[type[ReadModel], FromClause] = {}
        """The tables as they were: one object each, as a statement that names it twice means the same."""
        self.execute = connection.execute
        self.scalar = connection.scalar

    def __getitem__(self, model: type[ReadModel]) -> FromClause:
        """The table of the active generation. Raises BuildingError when there is none yet."""
        generation = self.generation(BY_TABLE[model])
        if self.position is None or not model.versioned:
            return tables(generation)[model]
        if model not in self._then:
            self._then[model] = at(versions(generation)[model], self.position).subquery(model.__tablename__)
        return self._then[model]

    def versions(self, model: type[ReadModel]) -> Table:
        """All versions that there are of the rows. Raises BuildingError."""
        return versions(self.generation(BY_TABLE[model]))[model]

    def rows(self, projection: Projection) -> Rows:
        """For what is put together in memory from the rows of a projection."""
        return Rows(self.connection, self.generation(projection), self.position)

    @property
    def now(self) -> "ReadSession":
        """The same connection, on the present rows."""
        return ReadSession(self.connection, self._generations)

    def at(self, position: int | None) -> "ReadSession":
        """The same connection, on the rows as they were at the position; None: on the present ones."""
        return ReadSession(self.connection, self._generations, position)

    def generation(self, projection: Projection) -> int:
        try:
            return self._generations[projection.name]
        except KeyError:
            raise BuildingError(projection.name) from None


_ACTIVE = select(GenerationRow.projection, GenerationRow.generation).where(
    GenerationRow.state == ACTIVE,
    GenerationRow.projection.in_([p.name for p in PROJECTIONS]),  # says nothing more, and lets an index be used
    or_(*(and_(GenerationRow.projection == p.name, GenerationRow.version == p.version) for p in PROJECTIONS)),
)
_HELD = _ACTIVE.add_columns(
    func.pg_advisory_xact_lock_shared(
        READERS_LOCK, func.hashtext(GenerationRow.projection + " " + cast(GenerationRow.generation, Text))
    )
)
"""The same, and held until the end of the transaction: what is read is not dropped meanwhile."""


@asynccontextmanager
async def reading(engine: AsyncEngine, *, at_once: bool = False) -> AsyncIterator[ReadSession]:
    """A read session: one snapshot on SQLite; on PostgreSQL each statement sees what was committed before it.

    `at_once`: all of one moment there too.
    """
    async with reading_at_once(engine) if at_once else engine.connect() as connection:
        rows = await connection.execute(_ACTIVE if engine.dialect.name == "sqlite" else _HELD)
        yield ReadSession(connection, {row.projection: row.generation for row in rows})


@asynccontextmanager
async def reading_at_once(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection on which everything is of one moment, on both databases: for what is put together from many rows."""
    if engine.dialect.name != "sqlite":
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    async with engine.connect() as connection:
        yield connection


async def wait_until(
    log: EventLog,
    engine: AsyncEngine,
    projections: Sequence[Projection],
    position: int,
    seconds: float,
    project: UUID | None = None,
) -> None:
    """Returns once the read models have passed the position; raises BehindError when they have not in time.

    Where only one project is asked for, its bucket counts alone. What waits at an event that could not be applied
    is not waited for: it is told at once for that project, and for lists over all projects it does not count.
    """
    deadline, pause = asyncio.get_running_loop().time() + seconds, _FIRST_POLL
    while late := await _late(log, engine, projections, position, project):
        if asyncio.get_running_loop().time() >= deadline:
            raise BehindError(*late[0], position)
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_POLL)


async def reached(log: EventLog, engine: AsyncEngine, projections: Sequence[Projection], project: UUID) -> int:
    """Up to which position the read models tell of the project: the end of the log, but for what they lack of it."""
    position = await log.head()
    while True:
        try:
            late = await _late(log, engine, projections, position, project)
        except BehindError as behind:  # at an event that could not be applied
            position = behind.position
        else:
            return min((at for _, at in late), default=position)


async def _late(
    log: EventLog, engine: AsyncEngine, projections: Sequence[Projection], position: int, project: UUID | None
) -> list[tuple[str, int]]:
    """The read models that have not passed the position, with that which they have."""
    derived: list[tuple[str, int]] = []
    async with reading(engine) as read:
        of = or_(*(_generation_of(CheckpointRow, each, read) for each in projections))
        behind = select(CheckpointRow.projection, CheckpointRow.bucket, CheckpointRow.position)
        behind = behind.where(of, CheckpointRow.position < position)
        if project is not None:
            behind = behind.where(CheckpointRow.bucket.in_([WHOLE, bucket_of(project)]))
        late = {(row.projection, row.bucket): row.position for row in await read.execute(behind)}
        if project is not None:  # only now: what is parked meanwhile lets its bucket pass
            await _refuse_parked(read, [each for each in projections if each.bucketed], project, position)
        for projection in projections:
            if projection.derivation:
                generation = read.generation(projection)
                at = await projection.derivation.behind(read.connection, generation, position, project)
                derived += [] if at is None else [(projection.name, at)]
    if not late:
        return derived
    # A bucket moves only for its own events: it is late only when one of them lies before the position.
    waiting: dict[int, int] = {}
    for (_, bucket), at in late.items():
        waiting[bucket] = min(at, waiting.get(bucket, at))
    first: dict[int, int] = {WHOLE: 0}
    for event in await log.read_buckets({b: at for b, at in waiting.items() if b != WHOLE}, 1):
        assert event.project is not None  # noqa: S101 - buckets hold no others
        first[bucket_of(event.project)] = event.position
    found = ((name, max(at, first.get(bucket, position + 1) - 1)) for (name, bucket), at in late.items())
    return sorted((*((name, at) for name, at in found if at < position), *derived), key=lambda pair: pair[1])


async def _refuse_parked(read: ReadSession, projections: Sequence[Projection], project: UUID, position: int) -> None:
    of = or_(false(), *(_generation_of(FaultRow, each, read) for each in projections))
    parked = select(FaultRow.projection, FaultRow.position).where(
        of, FaultRow.project == project, FaultRow.position < position
    )
    first = (await read.execute(parked.order_by(FaultRow.position).limit(1))).one_or_none()
    if first is not None:
        why = ": an event of this project could not be applied; an administrator has to look"
        raise BehindError(first.projection, first.position, position, why)


def _generation_of(table: Any, projection: Projection, read: ReadSession) -> ColumnElement[bool]:
    return and_(table.projection == projection.name, table.generation == read.generation(projection))


def cursor_of(*key: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(key)).decode().rstrip("=")


def key_of(cursor: str, *types: Callable[[Any], Any]) -> list[Any]:
    """The key in a cursor, each part made to its type; raises BadCursorError."""
    try:
        key = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return [type_(part) for type_, part in zip(types, key, strict=True)]
    except (ValueError, TypeError, AttributeError, binascii.Error) as error:
        raise BadCursorError("the cursor is none that a page gave; begin again without it") from error


def whole(bits: int) -> Callable[[object], int]:
    """A part of a cursor that is a number which a column of so many bits can hold."""

    def parse(value: object) -> int:
        if not isinstance(value, int) or not 0 <= value < 2 ** (bits - 1):
            raise ValueError(value)
        return value

    return parse


def moment(text: str) -> datetime:
    """A part of a cursor that says when, with its zone."""
    try:
        value = datetime.fromisoformat(text)
        if value.tzinfo is None:
            raise ValueError(text)
        return value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(text) from error


def page(rows: Sequence[Any], limit: int, view: type[V], *key: str) -> Page[V]:
    """A page from at most `limit` + 1 rows: the one too many tells that there are more."""
    items = tuple(view.model_validate(row) for row in rows[:limit])
    more = cursor_of(*(str(getattr(rows[limit - 1], name)) for name in key)) if len(rows) > limit else None
    return Page(items=items, next=more)


Instant = Annotated[datetime, BeforeValidator(lambda moment: moment and moment.astimezone(UTC))]
"""A moment, the same everywhere."""

WallClock = Annotated[datetime, WithJsonSchema({"type": "string", "format": "date-time-local"})]
"""A date and time of the project's zone."""
