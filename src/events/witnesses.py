"""What beside the events knows how far the log had come: the heads of the streams, and the outcomes of commands."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from .tables import EVENTS, OUTCOMES, STREAMS


@dataclass(frozen=True, slots=True)
class Head:
    """The version of a stream by its head, and that of the last event which is there."""

    stream: str
    version: int
    found: int


class Witnesses:
    """Read for a verification only: each call is one statement, and so of one moment."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def position(self) -> int:
        """The last position that the outcome of a command names, 0 when there is none. Reads all outcomes."""
        async with self._engine.execution_options(read_only=True).connect() as connection:
            return await connection.scalar(select(func.max(OUTCOMES.c.position))) or 0

    async def following(self, position: int) -> int | None:
        """The first position above that has an event: where the log has a gap, which it never has by itself."""
        wanted = select(EVENTS.c.position).where(EVENTS.c.position > position)
        async with self._engine.execution_options(read_only=True).connect() as connection:
            return await connection.scalar(wanted.order_by(EVENTS.c.position).limit(1))

    async def heads(self, after: str, limit: int) -> Sequence[Head]:
        """The heads of up to `limit` streams whose names come after that one."""
        page = select(STREAMS).where(STREAMS.c.stream > after).order_by(STREAMS.c.stream).limit(limit).subquery()
        last = select(func.max(EVENTS.c.version)).where(EVENTS.c.stream == page.c.stream).scalar_subquery()
        wanted = select(page.c.stream, page.c.version, func.coalesce(last, 0)).order_by(page.c.stream)
        async with self._engine.execution_options(read_only=True).connect() as connection:
            return [Head(*row) for row in await connection.execute(wanted)]
