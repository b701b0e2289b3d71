"""Outcomes of commands expire: a repeat is recognised for a time only."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine

from .tables import EXPIRING, OUTCOMES

_KEY = (OUTCOMES.c.actor, OUTCOMES.c.command_id)
SQLITE_BATCH = 1_000
"""Nobody else writes to the file meanwhile. PostgreSQL's function has a number of its own."""


class Outcomes:
    """The outcomes beside the log. Those of the service's own commands stay."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def any_before(self, moment: datetime) -> bool:
        """Whether there is anything to expire."""
        async with self._engine.execution_options(read_only=True).connect() as connection:
            return bool(await connection.scalar(select(select(1).where(_expired(moment)).exists())))

    async def expire(self, moment: datetime) -> int:
        """Forgets a bounded number of outcomes from before the moment; how many. Zero: there are none left."""
        async with self._engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                return int(await connection.scalar(select(func.expire_outcomes(moment))) or 0)
            oldest = select(*_KEY).where(_expired(moment)).order_by(OUTCOMES.c.recorded_at).limit(SQLITE_BATCH)
            return (await connection.execute(delete(OUTCOMES).where(tuple_(*_KEY).in_(oldest)))).rowcount


def _expired(moment: datetime) -> ColumnElement[bool]:
    return and_(OUTCOMES.c.recorded_at < moment, EXPIRING)
