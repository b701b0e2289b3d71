"""The tables of a log in a PostgreSQL database, in one transaction; asyncpg is driven directly."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Table, Text
from sqlalchemy.ext.asyncio import AsyncEngine

from .. import migrate
from ..config import Settings
from ..database import DatabaseUnreachableError, postgresql_engine, reaching
from ..events.tables import STREAMS
from ..key_file import DatabaseInUseError
from ..projections.tables import APPLICATION_ROLE
from .errors import DamagedLogError, NotOwnerError
from .rows import COPIED, PAGE, Row, Tables, Target, columns_of

_EPOCH = 946_684_800_000_000
"""Where PostgreSQL begins to count microseconds: at 2000."""
_DAY = 86_400.0
"""A statement over the whole log takes as long as it takes."""
_LOCKED = ", ".join([*(table.name for table in COPIED), STREAMS.name, "generations", "checkpoints"])
_OWNS = "SELECT pg_has_role(current_user, relowner, 'USAGE') FROM pg_class WHERE oid = 'events'::regclass"


class PostgreSQLTables:
    """On one connection of the driver, which gives ids and instants as the rows have them."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver

    by_bytes = 'COLLATE "C"'

    async def ask(self, sql: str, *arguments: Any) -> Sequence[tuple[Any, ...]]:
        return [tuple(row) for row in await self._driver.fetch(sql, *arguments, timeout=_DAY)]

    async def rows(self, table: Table) -> AsyncGenerator[Sequence[Row], None]:
        key = ", ".join(
            f'"{column.name}" {self.by_bytes if isinstance(column.type, Text) else ""}' for column in table.primary_key
        )
        sql = f"SELECT {columns_of(table)} FROM {table.name} ORDER BY {key}"  # noqa: S608 - our own names
        cursor = await self._driver.cursor(sql, timeout=_DAY)
        while page := await cursor.fetch(PAGE, timeout=_DAY):
            yield [tuple(row) for row in page]

    async def write(self, table: Table, rows: Sequence[Row]) -> None:
        names = [column.name for column in table.columns]
        try:
            await self._driver.copy_records_to_table(table.name, records=rows, columns=names, timeout=_DAY)
        except (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError, ValueError) as error:
            raise DamagedLogError(f"a row of {table.name} does not fit: {error}") from error

    async def run(self, sql: str) -> None:
        await self._driver.execute(sql, timeout=_DAY)

    async def reset_read_models(self) -> int:
        ((position,),) = await self.ask("SELECT coalesce(max(position), 0) FROM checkpoints")
        await self.run("UPDATE generations SET state = 'building' WHERE state = 'active'")
        return int(position)


@asynccontextmanager
async def reading(settings: Settings) -> AsyncIterator[Tables]:
    """Of one moment, whoever writes meanwhile."""
    engine = postgresql_engine(settings.url, role=APPLICATION_ROLE)
    async with (
        _driver(settings, engine, migrate.LOG) as driver,
        driver.transaction(isolation="repeatable_read", readonly=True),
    ):
        yield PostgreSQLTables(driver)


@asynccontextmanager
async def writing(settings: Settings) -> AsyncIterator[Target]:
    """Committed at the end of the block, unless it raises. Nobody appends meanwhile, and no other copy is written."""
    engine = postgresql_engine(settings.owner_url)
    async with (
        _driver(settings, engine, migrate.LOG, migrate.READ) as driver,
        driver.transaction(isolation="read_committed"),
    ):
        for setting in ("lock_timeout = '5s'", "statement_timeout = 0", "idle_in_transaction_session_timeout = 0"):
            await driver.execute(f"SET LOCAL {setting}")
        if not await driver.fetchval(_OWNS):
            raise NotOwnerError(_not_owner(settings))
        await driver.execute("SELECT pg_advisory_xact_lock(7308602195)")  # that of the append
        await driver.execute(f"LOCK TABLE {_LOCKED} IN EXCLUSIVE MODE")
        yield PostgreSQLTables(driver)
        await driver.execute(f"ANALYZE {_LOCKED}", timeout=_DAY)


@asynccontextmanager
async def _driver(settings: Settings, engine: AsyncEngine, *areas: migrate.Area) -> AsyncIterator[Any]:
    try:
        with _told(settings):
            for area in areas:
                await migrate.check(engine, area)
            async with engine.connect() as connection:
                driver: Any = (await connection.get_raw_connection()).driver_connection
                for name, form, encoder, decoder in (
                    ("timestamptz", "tuple", lambda micros: (micros - _EPOCH,), lambda parts: parts[0] + _EPOCH),
                    ("uuid", "binary", lambda text: UUID(text).bytes, lambda binary: str(UUID(bytes=binary))),
                ):
                    await driver.set_type_codec(
                        name, schema="pg_catalog", format=form, encoder=encoder, decoder=decoder
                    )
                yield driver
    finally:
        await engine.dispose()


@contextmanager
def _told(settings: Settings) -> Iterator[None]:
    """Errors of the driver, in words."""
    try:
        with reaching(settings):
            yield
    except asyncpg.InsufficientPrivilegeError as error:
        raise NotOwnerError(_not_owner(settings)) from error
    except asyncpg.LockNotAvailableError as error:
        raise DatabaseInUseError(
            "another process has the database open: stop the service and its workers, and try again"
        ) from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        where = settings.url.render_as_string(hide_password=True)
        raise DatabaseUnreachableError(f"the database {where} gave up: {error}") from error


def _not_owner(settings: Settings) -> str:
    where = settings.owner_url.render_as_string(hide_password=True)
    return (
        f"the role of {where} does not own the tables: only their owner writes a whole log; "
        "give the owner's URL, here or as PROJECTORY_OWNER_DATABASE_URL"
    )
