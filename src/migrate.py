"""Schema migrations of the two areas: the log, and the read tables that are projected from it.

On SQLite each area is a file of its own; on PostgreSQL they share a database, and each has its own version.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from .config import Settings
from .database import SchemaError, open_database, postgresql_engine, reaching, sqlite_engine
from .events.tables import METADATA as LOG_TABLES
from .projections import PROJECTIONS
from .projections.generations import prepare
from .projections.registry import DROPPED, RETIRED, GenerationRow, Registry

_HERE = Path(__file__).parent
MIGRATIONS = next(path for path in (_HERE / "migrations", _HERE.parent / "migrations") if path.exists())


@dataclass(frozen=True)
class Area:
    """A part of the schema that is migrated by itself."""

    name: str
    tables: MetaData

    def config(self, connection: Connection | None = None) -> Config:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.set_main_option("version_locations", str(MIGRATIONS / self.name / "versions"))
        config.set_main_option("path_separator", "newline")
        config.attributes.update(
            connection=connection,
            metadata=self.tables,
            version_table=f"schema_version_{self.name}",
        )
        return config

    def head(self) -> str | None:
        """The newest revision that this code knows."""
        return ScriptDirectory.from_config(self.config()).get_current_head()


LOG = Area("log", LOG_TABLES)
READ = Area("read", Registry.metadata)
AREAS = {area.name: area for area in (LOG, READ)}


def _owner(settings: Settings, area: Area) -> AsyncEngine:
    if settings.embedded:
        return sqlite_engine(settings.log_file if area is LOG else settings.read_file)
    return postgresql_engine(settings.owner_url)


async def run(settings: Settings, area: Area, action: Callable[[Config], Any]) -> None:
    """Runs an Alembic command on the area in one transaction, as the role that owns the schema."""
    engine = _owner(settings, area)
    try:
        with reaching(settings):
            async with engine.begin() as connection:
                await connection.run_sync(lambda sync: action(area.config(sync)))
    finally:
        await engine.dispose()


async def upgrade(settings: Settings) -> None:
    """Brings both areas up to what this version needs, and gives every read model its tables."""
    for area in AREAS.values():
        await run(settings, area, lambda config: command.upgrade(config, "head"))
    database, log = open_database(settings)
    try:
        with reaching(settings):
            await prepare(database.owner, PROJECTIONS, await log.head())
    finally:
        await log.close()
        await database.dispose()


async def check(engine: AsyncEngine, area: Area) -> None:
    """Raises SchemaError when the area's schema is not the one that this version needs."""

    def current(connection: Connection) -> str | None:
        table = f"schema_version_{area.name}"
        if not inspect(connection).has_table(table):
            return None
        found: str | None = connection.scalar(text(f"SELECT version_num FROM {table}"))  # noqa: S608 - our own names
        return found

    async with engine.execution_options(read_only=True).connect() as connection:
        found = await connection.run_sync(current)
    wanted = await asyncio.to_thread(area.head)
    if found != wanted:
        raise SchemaError(
            f"the {area.name} schema of the database is at {found or 'nothing'} and this version needs {wanted}: "
            "run 'projectory migrate'"
        )


async def check_read_models(engine: AsyncEngine) -> None:
    """Raises SchemaError when a read model has no tables of the version that this code fills."""
    living = select(GenerationRow.projection, GenerationRow.version).where(
        GenerationRow.state.not_in([RETIRED, DROPPED])
    )
    async with engine.execution_options(read_only=True).connect() as connection:
        found = {tuple(row) for row in await connection.execute(living)}
    missing = [p.name for p in PROJECTIONS if (p.name, p.version) not in found]
    if missing:
        raise SchemaError(f"there are no tables yet for this version of {', '.join(missing)}: run 'projectory migrate'")
