"""How far each reaction has come, kept beside the log: read models may be deleted, a reaction must not start over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from ..events.instant import clock
from ..events.tables import REACTIONS

MOST_ATTEMPTS = 30
"""Some two hours, by the pauses between them."""
_LONGEST_PAUSE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a reaction or a schedule stands; `lag` counts the events, or the ticks, that are left.

    With `attempts`, what comes next has failed so often, and the error is that of the last time.
    """

    name: str
    position: int
    lag: int
    attempts: int
    error: str | None
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What is stored of it. The position of a schedule is the number of its last tick."""

    name: str
    position: int
    attempts: int = 0
    error: str | None = None
    updated_at: datetime | None = None
    """None where nothing is stored yet."""

    def may_go_on(self, now: datetime, *, for_ever: bool) -> bool:
        """Whether it has not failed, or is to be tried again: after growing pauses, and not for ever."""
        if not self.attempts or self.updated_at is None:
            return True
        pause = min(_LONGEST_PAUSE, timedelta(seconds=2 ** min(self.attempts - 1, 10)))
        return now >= self.updated_at + pause and (for_ever or self.attempts < MOST_ATTEMPTS)


class Checkpoints:
    """The table, one short statement each: nothing is locked while a reaction acts."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def read(self) -> tuple[Mapping[str, Checkpoint], datetime]:
        """All of them, and the moment by the clock of the database."""
        async with self._engine.execution_options(read_only=True).connect() as connection:
            found = {row.name: Checkpoint(*row) for row in await connection.execute(select(REACTIONS))}
            now = (await connection.execute(select(clock(connection.dialect.name)))).scalar_one()
        return found, now

    async def begin(self, first: Checkpoint) -> None:
        """Stores it unless it is there."""
        dialect = self._engine.dialect.name
        insert: Any = (sqlite if dialect == "sqlite" else postgresql).insert(REACTIONS)
        values = {"name": first.name, "position": first.position, "attempts": 0, "updated_at": clock(dialect)}
        async with self._engine.begin() as connection:
            await connection.execute(insert.values(**values).on_conflict_do_nothing())

    async def move(self, name: str, old: int, new: int) -> bool:
        """What is behind the new position is done. False when it was not at the old one: another has moved it."""
        return await self._update(name, old, position=new, attempts=0, error=None)

    async def failed(self, name: str, old: int, new: int, attempts: int, error: str) -> None:
        """What comes after the new position could not be done."""
        await self._update(name, old, position=new, attempts=attempts, error=error)

    async def retry(self, name: str) -> None:
        """Lets what failed be tried again at once."""
        async with self._engine.begin() as connection:
            await connection.execute(update(REACTIONS).where(REACTIONS.c.name == name).values(attempts=0))

    async def _update(self, name: str, old: int, **values: Any) -> bool:
        values["updated_at"] = clock(self._engine.dialect.name)
        unmoved = (REACTIONS.c.name == name) & (REACTIONS.c.position == old)
        async with self._engine.begin() as connection:
            return bool((await connection.execute(update(REACTIONS).where(unmoved).values(**values))).rowcount)
