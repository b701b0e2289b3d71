"""Where wrapped keys are kept: a table beside the log. A destroyed key leaves a tombstone, which nothing replaces."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from sqlalchemy import ColumnElement, and_, delete, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from .instant import clock
from .log import ANONYMOUS, MAIN, SYSTEM
from .tables import KEYS, STREAMS

UNDER_WAY = timedelta(hours=12)
"""A younger key may be about to be used by a command under way; no sweep takes it."""
_LOOKS_BACK = timedelta(days=30)
"""Orphans are looked for among the keys of this time before, not among all there are."""
_NOTHING = b""
"""What a tombstone holds in the place of the key."""
_ALIVE = KEYS.c.destroyed_at.is_(None)
_TRIES, _PAUSE_SECONDS = 100, 0.05
_ASKED_AT_ONCE = 10_000
"""Both databases take some 32,000 parameters in a statement."""


class NotOverwrittenError(Exception):
    """A key is destroyed, but SQLite could not clear the file that runs ahead of the database; to be tried again."""


class Wrapped(NamedTuple):
    """A key as it is stored."""

    id: str
    box: bytes


class KeyStore(Protocol):
    """Where wrapped keys are kept."""

    async def add(self, id_: str, wrapped: bytes) -> None:
        """Stores the key unless there is one of that id, or was one that is destroyed."""
        ...

    async def find(self, ids: Iterable[str]) -> dict[str, bytes]:
        """The keys of those ids, as far as there are any; of one that is destroyed there is none."""
        ...

    async def destroy(self, id_: str) -> None:
        """Leaves a tombstone in the place of the key, also where there was none."""
        ...

    async def discard(self, id_: str) -> None:
        """Removes the key if it is an orphan that a sweep may take."""
        ...

    async def after(self, id_: str, limit: int) -> Sequence[Wrapped]:
        """Up to `limit` keys with greater ids, in order."""
        ...

    async def replace(self, old: Sequence[Wrapped], new: Sequence[Wrapped]) -> int:
        """Puts each new box in the place of the old one, where that is still what is stored; how many."""
        ...

    async def overwrite(self) -> None:
        """Sees to it that what was destroyed or replaced is in no file any more."""
        ...


class DatabaseKeyStore:
    """Wrapped keys in the table beside the log."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._dialect = engine.dialect.name

    async def add(self, id_: str, wrapped: bytes) -> None:
        async with self._engine.begin() as connection:
            values = self._insert().values(id=id_, wrapped=wrapped, created_at=clock(self._dialect))
            await connection.execute(values.on_conflict_do_nothing())

    async def find(self, ids: Iterable[str]) -> dict[str, bytes]:
        listed, found = list(ids), dict[str, bytes]()
        async with self._engine.execution_options(read_only=True).connect() as connection:
            for start in range(0, len(listed), _ASKED_AT_ONCE):
                some = KEYS.c.id.in_(listed[start : start + _ASKED_AT_ONCE])
                rows = await connection.execute(select(KEYS.c.id, KEYS.c.wrapped).where(some, _ALIVE))
                found |= {row.id: row.wrapped for row in rows}
        return found

    async def destroy(self, id_: str) -> None:
        now = clock(self._dialect)
        tomb = self._insert().values(id=id_, wrapped=_NOTHING, created_at=now, destroyed_at=now)
        async with self._engine.begin() as connection:
            await connection.execute(
                tomb.on_conflict_do_update(
                    index_elements=[KEYS.c.id], set_={"wrapped": _NOTHING, "destroyed_at": now}, where=_ALIVE
                )
            )
        await self.overwrite()

    async def discard(self, id_: str) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(delete(KEYS).where(KEYS.c.id == id_, self._orphaned()))

    async def after(self, id_: str, limit: int) -> Sequence[Wrapped]:
        next_ones = select(KEYS.c.id, KEYS.c.wrapped).where(KEYS.c.id > id_, _ALIVE).order_by(KEYS.c.id).limit(limit)
        async with self._engine.execution_options(read_only=True).connect() as connection:
            return [Wrapped(row.id, row.wrapped) for row in await connection.execute(next_ones)]

    async def replace(self, old: Sequence[Wrapped], new: Sequence[Wrapped]) -> int:
        replaced = 0
        async with self._engine.begin() as connection:
            for was, is_ in zip(old, new, strict=True):
                unchanged = and_(KEYS.c.id == was.id, KEYS.c.wrapped == was.box)
                answer = await connection.execute(update(KEYS).where(unchanged).values(wrapped=is_.box))
                replaced += answer.rowcount
        return replaced

    async def any_orphan(self, before: datetime) -> bool:
        """Whether a key from before the moment is of a person who was never registered."""
        async with self._engine.execution_options(read_only=True).connect() as connection:
            return bool(await connection.scalar(select(select(1).where(self._swept(before)).exists())))

    async def sweep(self, before: datetime) -> int:
        """Removes the orphans from before the moment; how many."""
        async with self._engine.begin() as connection:
            return (await connection.execute(delete(KEYS).where(self._swept(before)))).rowcount

    async def overwrite(self) -> None:
        """On SQLite, moves what was written into the database: the file ahead of it still has the page with the key.

        PostgreSQL keeps dead rows until they are vacuumed, wrapped as they are.
        """
        if self._dialect != "sqlite":
            return
        async with self._engine.connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            for _ in range(_TRIES):
                busy, *_ = await (await driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")).fetchone()
                if not busy:
                    return
                await asyncio.sleep(_PAUSE_SECONDS)  # SQLite itself waits for readers, but not for who is at it as well
        raise NotOverwrittenError("others keep the database busy; the destroyed key is still in a file")

    def _insert(self) -> Any:
        return (sqlite if self._dialect == "sqlite" else postgresql).insert(KEYS)

    def _swept(self, before: datetime) -> ColumnElement[bool]:
        return and_(KEYS.c.created_at < before, KEYS.c.created_at >= before - _LOOKS_BACK, self._orphaned())

    def _orphaned(self) -> ColumnElement[bool]:
        """Keys of persons without a stream: a command made them long ago and was never appended. No tombstones.

        Whoever gives keys to others than users has to tell it here.
        """
        nobody = [str(SYSTEM), str(ANONYMOUS)]
        person = KEYS.c.id.like("________-____-____-____-____________") & KEYS.c.id.not_in(nobody)
        stream = literal("user-").concat(KEYS.c.id).concat(f"@{MAIN}")
        registered = select(1).where(STREAMS.c.stream == stream).exists()
        return and_(KEYS.c.created_at < clock(self._dialect, -UNDER_WAY), _ALIVE, person, ~registered)
