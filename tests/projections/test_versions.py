"""Two versions of a projection: side by side, one after the other, and at the start."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from src import migrate
from src.config import Settings
from src.database import SchemaError, open_database
from src.events import RecordedEvent
from src.projections import PROJECTIONS, Projection, Runner
from src.projections.generations import SUPERSEDED, prepare
from src.projections.rows import Rows
from src.projections.tasks import TASKS, TaskRow
from src.wiring import App, open_app
from tests.conftest import nobody_woken
from tests.databases import as_owner
from tests.projections.standing import NOW, generations_of, planned, tables_there
from tests.read_tables import rows_of


def newer(projection: Projection) -> Projection:
    """The next version of it, that shouts."""

    def apply(recorded: RecordedEvent, rows: Rows) -> None:
        projection.apply(recorded, rows)
        for row in rows.all(TaskRow):
            row["name"] = row["name"].upper()

    return replace(projection, version=projection.version + 1, apply=apply)


async def test_two_versions_live_side_by_side_as_long_as_both_are_run(app: App) -> None:
    """Old and new workers, old and new readers: each has rows of its own version, and both go on."""
    ann, project = await planned(app)
    new = newer(TASKS)
    head = await app.log.head()
    await prepare(app.runner._owner, [new], head)  # type: ignore[arg-type]
    runner = Runner(app.log, app.models, [new], app.runner._owner)
    await runner.build()
    await ann.task(project, "quiet")
    await app.runner.catch_up_all()
    await runner.catch_up_all()
    assert [(each.version, each.active, each.lag) for each in await generations_of(app, TASKS)] == [
        (TASKS.version, True, 0),
        (new.version, True, 0),
    ]
    assert "quiet" in {row.name for row in await rows_of(app.readers, TaskRow)}
    async with app.readers.connect() as connection:
        assert "QUIET" in set(await connection.scalars(text("SELECT name FROM tasks_2")))


async def test_a_version_that_nobody_runs_any_more_is_retired_and_dropped(app: App, settings: Settings) -> None:
    """An hour after the newer one was switched to, and its last batch; not while anybody still runs it."""
    await planned(app)
    new = newer(TASKS)
    await prepare(app.runner._owner, [new], await app.log.head())  # type: ignore[arg-type]
    runner = Runner(app.log, app.models, [new], app.runner._owner)
    await runner.catch_up_all()
    await runner.upkeep(NOW)
    assert len(await generations_of(app, TASKS)) == 2
    await _age(settings, "generations", "changed_at")
    await runner.upkeep(NOW)
    assert len(await generations_of(app, TASKS)) == 2  # the older one has just moved
    await _age(settings, "checkpoints", "updated_at")
    await runner.upkeep(NOW)
    assert [each.version for each in await generations_of(app, TASKS)] == [new.version]
    assert await tables_there(settings) & {"tasks_1", "tasks_2"} == {"tasks_2"}


async def _age(settings: Settings, table: str, column: str) -> None:
    hours = SUPERSEDED * 2
    since = int(hours.total_seconds())
    then = f"{column} - {since} * 1000000" if settings.embedded else f"{column} - interval '{since} seconds'"
    await as_owner(settings, f"UPDATE {table} SET {column} = {then}", "SELECT 1", read_file=True)


async def test_a_version_without_tables_is_refused_at_start(
    postgresql_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever starts newer code before the migration is told what to run; after it, it starts, and reads when built."""
    async with open_app(postgresql_settings, nobody_woken) as app:
        await planned(app)
    versions = tuple(newer(each) if each is TASKS else each for each in PROJECTIONS)
    monkeypatch.setattr(migrate, "PROJECTIONS", versions)
    database, log = open_database(postgresql_settings)
    with pytest.raises(SchemaError, match=r"tasks.*projectory migrate"):
        await migrate.check_read_models(database.models)
    await migrate.upgrade(postgresql_settings)
    await migrate.check_read_models(database.models)
    await log.close()
    await database.dispose()
