"""What every question shares: a read session, pages that are cut by key, and waiting for one's own writes."""

import asyncio
import base64
import binascii
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, NewType, TypeVar

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ..projections import Projection
from ..projections.checkpoints import CheckpointRow

ReadSession = NewType("ReadSession", AsyncConnection)
"""A connection that only reads: all of one request sees one state."""

T = TypeVar("T")
MAX_PAGE = 1_000
_FIRST_POLL, _LONGEST_POLL = 0.002, 0.05


class View(BaseModel):
    """What a reader is shown."""

    model_config = ConfigDict(from_attributes=True, frozen=True)


V = TypeVar("V", bound=View)


class Page(View, Generic[T]):
    """Some items of a list. `next` asks for those that follow; None: there are no more."""

    items: tuple[T, ...]
    next: str | None = Field(description="Give it as `after` to get the next page")


class BadCursorError(ValueError):
    """The cursor is none that a page gave."""


class BehindError(Exception):
    """A read model had not come to the wanted position within the time given."""

    def __init__(self, projection: str, position: int, wanted: int) -> None:
        super().__init__(f"the read model {projection} is at position {position} and was asked for {wanted}")
        self.projection, self.position, self.wanted = projection, position, wanted


@asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[ReadSession]:
    """A read session: one snapshot on SQLite; on PostgreSQL each statement sees what was committed before it."""
    async with engine.connect() as connection:
        yield ReadSession(connection)


async def wait_until(engine: AsyncEngine, projections: Sequence[Projection], position: int, seconds: float) -> None:
    """Returns once the read models have passed the position; raises BehindError when they have not in time."""
    deadline, pause = asyncio.get_running_loop().time() + seconds, _FIRST_POLL
    names = [projection.name for projection in projections]
    wanted = select(CheckpointRow.projection, CheckpointRow.position).where(CheckpointRow.projection.in_(names))
    while True:
        async with engine.connect() as connection:
            found = {row.projection: row.position for row in await connection.execute(wanted)}
        name, at = min(((name, found.get(name, 0)) for name in names), key=lambda pair: pair[1])
        if at >= position:
            return
        if asyncio.get_running_loop().time() >= deadline:
            raise BehindError(name, at, position)
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_POLL)


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


def page(rows: Sequence[Any], limit: int, view: type[V], *key: str) -> Page[V]:
    """A page from at most `limit` + 1 rows: the one too many tells that there are more."""
    items = tuple(view.model_validate(row) for row in rows[:limit])
    more = cursor_of(*(str(getattr(rows[limit - 1], name)) for name in key)) if len(rows) > limit else None
    return Page(items=items, next=more)


Instant = Annotated[datetime, BeforeValidator(lambda moment: moment and moment.astimezone(UTC))]
"""A moment, the same everywhere."""

WallClock = Annotated[datetime, WithJsonSchema({"type": "string", "format": "date-time-local"})]
"""A date and time of the project's zone."""
