"""A database in which every batch of a projection takes its time."""

import asyncio

from src.config import Settings
from src.projections import BY_TABLE
from tests.databases import as_owner

_SLEEPING = """SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"""


async def slow_down(settings: Settings, seconds: float) -> None:
    """From now on a statement that writes rows of a read model takes that long, checkpoints excepted."""
    tables = [f"{model.__tablename__}_1" for model in BY_TABLE]
    await as_owner(
        settings,
        f"""CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql
            AS 'BEGIN PERFORM pg_sleep({seconds}); RETURN NULL; END'""",
        *(f"CREATE TRIGGER slow BEFORE INSERT ON {name} FOR EACH STATEMENT EXECUTE FUNCTION slow()" for name in tables),
    )


async def within_a_batch(settings: Settings) -> None:
    """Waits until a worker is in the middle of such a batch."""
    async with asyncio.timeout(30):
        while (await as_owner(settings, _SLEEPING)) != [(1,)]:
            await asyncio.sleep(0.02)


async def at_full_speed(settings: Settings) -> None:
    """Takes it back."""
    await as_owner(settings, "DROP FUNCTION slow CASCADE")
