"""A lease in the database: what only one process at a time does, and another goes on with if that one dies.

A row lock would need an open transaction for as long as the work lasts, and the work writes to the same file.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import delete, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine
from uuid_utils.compat import uuid4

from ..events.instant import clock
from ..events.tables import LEASES

SECONDS = 10.0

_logger = structlog.get_logger(__name__)


class LeaseLostError(Exception):
    """The lease could not be renewed in time, and what was done under it was cut off."""


class Lease:
    """One process's claim to a name; each instance is another holder."""

    def __init__(self, engine: AsyncEngine, name: str, seconds: float = SECONDS) -> None:
        self._engine = engine
        self._name = name
        self._seconds = seconds
        self._holder = uuid4()
        self._until = 0.0
        """By the monotonic clock of this process, and never after the end that the database knows."""

    async def acquire(self) -> bool:
        """Takes or renews it; False while another holds it."""
        asked = asyncio.get_running_loop().time()  # counted from before the database counts
        dialect = self._engine.dialect.name
        insert: Any = (sqlite if dialect == "sqlite" else postgresql).insert(LEASES)
        values = {"holder": self._holder, "until": clock(dialect, timedelta(seconds=self._seconds))}
        free = or_(LEASES.c.holder == self._holder, LEASES.c.until <= clock(dialect))
        statement = insert.values(name=self._name, **values)
        statement = statement.on_conflict_do_update(index_elements=[LEASES.c.name], set_=values, where=free)
        async with self._engine.begin() as connection:
            taken = bool((await connection.execute(statement)).rowcount)
        if taken:
            self._until = asked + self._seconds
        return taken

    async def release(self) -> None:
        """Lets others take it at once."""
        mine = (LEASES.c.name == self._name) & (LEASES.c.holder == self._holder)
        async with self._engine.begin() as connection:
            await connection.execute(delete(LEASES).where(mine))

    @asynccontextmanager
    async def held(self) -> AsyncIterator[bool]:
        """Whether it is ours; if so it is renewed meanwhile, and given back at the end.

        If it cannot be renewed in time, what is done within is cancelled and LeaseLostError raised.
        """
        if not await self.acquire():
            yield False
            return
        limit, done = asyncio.timeout_at(self._until), asyncio.Event()
        try:
            async with limit:
                renewing = asyncio.create_task(self._renew(limit, done), name="lease")
                try:
                    yield True
                finally:
                    done.set()
                    if limit.expired():
                        renewing.cancel()
                    await asyncio.gather(renewing, return_exceptions=True)
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise LeaseLostError(f"the lease {self._name!r} could not be renewed in time") from error
        finally:
            if not limit.expired():
                await self.release()

    async def _renew(self, limit: asyncio.Timeout, done: asyncio.Event) -> None:
        while not done.is_set():
            try:
                await asyncio.wait_for(done.wait(), self._seconds / 3)
            except TimeoutError:
                try:
                    taken = await self.acquire()
                except Exception as error:  # noqa: BLE001 - tried again as long as it is ours
                    _logger.warning("lease not renewed", lease=self._name, error=str(error))
                    continue
                if not limit.expired():
                    limit.reschedule(self._until if taken else 0)
