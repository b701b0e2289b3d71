"""The rows of all read tables: to compare them, and to take them away as only a superuser can."""

from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from src.config import Settings
from src.database import postgresql_engine
from src.projections import READ_TABLES

Dump = dict[str, list[tuple[Any, ...]]]
_NOT_FROM_THE_LOG = {"checkpoints": {"updated_at"}}


async def dump(engine: AsyncEngine) -> Dump:
    """All rows of all read tables in the order of their keys, but for what says when a worker worked."""
    found: Dump = {}
    async with engine.connect() as connection:
        for table in READ_TABLES.sorted_tables:
            columns = [c for c in table.columns if c.name not in _NOT_FROM_THE_LOG.get(table.name, ())]
            rows = await connection.execute(select(*columns).order_by(*table.primary_key.columns))
            found[table.name] = [tuple(map(str, row)) for row in rows]
    return found


async def wipe(settings: Settings) -> None:
    """Empties every read table of a PostgreSQL database, checkpoints too, past the triggers that guard them."""
    engine = postgresql_engine(settings.url)
    async with engine.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        for table in READ_TABLES.sorted_tables:
            await connection.execute(table.delete())
    await engine.dispose()
