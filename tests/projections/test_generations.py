"""Generations: filled beside what is read, switched to when level, dropped when nobody reads them."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from src.commands.task import UpdateTask
from src.config import Settings
from src.events import RecordedEvent
from src.projections import PROJECTIONS, Runner, control
from src.projections.rows import Rows
from src.projections.tasks import TASKS, TaskRow
from src.queries.reading import BuildingError, reading
from src.queries.task import list_tasks
from src.wiring import App, open_app
from tests.conftest import nobody_woken
from tests.databases import as_owner, postgresql
from tests.projections.standing import NOW, generations_of, planned, tables_there
from tests.read_tables import dump, rebuilt, rows_of


async def test_what_is_read_stays_while_another_generation_is_filled(app: App) -> None:
    """Nobody sees the new rows before they are level, and all see them after."""
    ann, project = await planned(app)
    before = await dump(app.readers)
    await control.rebuild(app.models, TASKS)
    await control.rebuild(app.models, TASKS)  # one is on its way
    filling = Runner(app.log, app.models, [TASKS], app.runner._owner, batch=1)
    building = asyncio.create_task(filling.build())
    while not building.done():
        assert await dump(app.readers) == before
        await asyncio.sleep(0)
    await building
    (now,) = await generations_of(app, TASKS)
    assert (now.generation, now.active, now.state) == (2, True, "running")
    assert await dump(app.readers) == before
    await ann.task(project, "After")
    await app.runner.catch_up_all()
    assert "After" in {row.name for row in await rows_of(app.readers, TaskRow)}


async def test_where_commands_never_pause_a_generation_is_switched_to(app: App) -> None:
    """The switch gives the new rows the last few events that they lack: they need not be level by chance."""
    ann, project = await planned(app)
    task = await ann.task(project)
    await app.runner.catch_up_all()
    await control.rebuild(app.models, TASKS)

    class Busy(Runner):
        """Something always happens, and is projected, between the last batch and the switch."""

        async def _follow(self, *given: Any) -> int:
            passed = await super()._follow(*given)
            await ann.do(UpdateTask(project=project, task=task, notes=f"{passed}"))
            await app.runner.catch_up()
            return passed

    await Busy(app.log, app.models, PROJECTIONS, app.runner._owner).build()
    assert [(each.generation, each.active) for each in await generations_of(app, TASKS)] == [(2, True)]
    seen = await dump(app.readers)
    assert await rebuilt(app) == seen


async def test_a_generation_that_is_behind_is_not_switched_to(app: App) -> None:
    """Paused while it is filled, it is not read, however often the runner looks."""
    await planned(app)
    await control.rebuild(app.models, TASKS)

    def settle(_rows: Rows) -> None:
        raise ValueError("not now")

    await Runner(app.log, app.models, [replace(TASKS, settle=settle)], app.runner._owner).build()
    await control.pause(app.models, TASKS)
    await app.runner.build()
    assert [(each.generation, each.active, each.state) for each in await generations_of(app, TASKS)] == [
        (1, True, "paused"),
        (2, False, "paused"),
    ]
    await control.pause(app.models, TASKS, paused=False)
    await control.retry(app.models, TASKS)
    await app.runner.catch_up_all()
    await app.runner.catch_up_all()
    assert [(each.generation, each.active, each.state) for each in await generations_of(app, TASKS)] == [
        (2, True, "running")
    ]


async def test_a_paused_projection_does_nothing_until_it_may_go_on(app: App) -> None:
    """The others go on, and what it has missed comes after."""
    ann, project = await planned(app)
    await control.pause(app.models, TASKS)
    await ann.task(project, "Later")
    await app.runner.catch_up_all()
    assert {each.projection: (each.state, bool(each.lag)) for each in await app.runner.progress()} == {
        projection.name: ("paused", True) if projection is TASKS else ("running", False) for projection in PROJECTIONS
    }
    await control.pause(app.models, TASKS, paused=False)
    await app.runner.catch_up_all()
    assert "Later" in {row.name for row in await rows_of(app.readers, TaskRow)}


async def test_a_retired_generation_is_not_dropped_under_a_reader(app: App, settings: Settings) -> None:
    """Who has begun to read it may read on, for as long as it takes."""
    _, project = await planned(app)
    async with reading(app.readers) as read:
        first = await list_tasks(read, project)
        await rebuilt(app)
        await app.runner.upkeep(NOW)
        assert ("tasks_1" in await tables_there(settings)) is not settings.embedded
        assert await list_tasks(read, project) == first
    await app.runner.upkeep(NOW)
    assert "tasks_1" not in await tables_there(settings)
    assert len(await generations_of(app, TASKS)) == 1


async def test_a_retired_generation_stays_for_a_while(app: App, settings: Settings) -> None:
    """A reader may have looked up its name and not come to its table yet."""
    await planned(app)
    await rebuilt(app)
    await app.runner.upkeep()
    assert "tasks_1" in await tables_there(settings)


async def test_tables_that_the_runner_makes_are_guarded_like_the_first(app: App, settings: Settings) -> None:
    """The audit trail of every generation refuses changes, also those of its owner."""
    await planned(app)
    await rebuilt(app)
    changes = ["UPDATE audit_2 SET reason = 'none'", "DELETE FROM audit_2"]
    if settings.embedded:
        changes += [f"INSERT OR REPLACE INTO audit_{n} SELECT * FROM audit_2 WHERE position = 1" for n in (1, 2)]
    for change in changes:
        with pytest.raises(Exception, match="immutable"):
            await as_owner(settings, change, "SELECT 1", read_file=True)
    if not settings.embedded:
        async with postgresql(settings, application=True) as connection:
            for statement in ("TRUNCATE audit_2", "DROP TABLE tasks_2", "UPDATE audit_2 SET reason = 'none'"):
                with pytest.raises(Exception, match=r"permission denied|must be owner"):
                    await connection.execute(statement)


async def test_who_may_not_make_tables_says_so(postgresql_settings: Settings) -> None:
    """A worker without the owner's rights keeps why where operators see it, and projects on."""
    async with open_app(postgresql_settings, nobody_woken) as app:
        await planned(app)
        await control.rebuild(app.models, TASKS)
        await Runner(app.log, app.models, PROJECTIONS, app.models).build()
        (active, wanted) = await generations_of(app, TASKS)
        assert (active.state, wanted.state) == ("running", "wanted")
        assert "PROJECTORY_OWNER_DATABASE_URL" in (wanted.error or "")
        await app.runner.build()
        assert [(each.generation, each.error) for each in await generations_of(app, TASKS)] == [(2, None)]


async def test_nobody_reads_what_is_not_level(app: App) -> None:
    """Where no generation is active yet a reader is told so, and gets no half of the rows."""
    await planned(app)
    async with app.models.begin() as connection:
        await connection.execute(text("UPDATE generations SET state = 'building' WHERE projection = 'tasks'"))
    async with reading(app.readers) as read:
        with pytest.raises(BuildingError):
            await list_tasks(read, UUID(int=1))
    await app.runner.build()
    async with reading(app.readers) as read:
        assert (await read.execute(select(read[TaskRow]))).all()


async def test_a_rebuild_of_a_poisoned_project_is_switched_to_as_it_was(app: App) -> None:
    """What waits before waits after, at the same event; what did not wait before keeps its rows."""
    ann, project = await planned(app)
    task = await ann.task(project)
    await ann.do(UpdateTask(project=project, task=task, notes="poison"))

    def poisoned(text: str) -> Runner:
        def apply(recorded: RecordedEvent, rows: Rows) -> None:
            TASKS.apply(recorded, rows)
            if any(row["notes"] == text for row in rows.all(TaskRow)):
                raise ValueError(text)

        return Runner(app.log, app.models, [replace(TASKS, apply=apply)], app.runner._owner)

    await app.runner.catch_up()
    await control.rebuild(app.models, TASKS)
    await poisoned("poison").build()
    before, after = (1, True, "running"), (2, False, "faulted")
    assert [(each.generation, each.active, each.state) for each in await generations_of(app, TASKS)] == [before, after]
    await control.retry(app.models, TASKS)
    await app.runner.catch_up_all()
    assert [(each.generation, each.active, each.state) for each in await generations_of(app, TASKS)] == [
        (2, True, "running")
    ]
    await ann.do(UpdateTask(project=project, task=task, notes="worse"))
    await poisoned("worse").catch_up()
    await control.rebuild(app.models, TASKS)
    await poisoned("worse").build()
    (now,) = await generations_of(app, TASKS)
    assert (now.generation, now.state, len(now.faults)) == (3, "faulted", 1)


async def test_an_outage_is_no_fault_while_tables_are_made(postgresql_settings: Settings) -> None:
    """A migration that holds the tables delays a rebuild; nothing is left half made."""
    async with open_app(postgresql_settings, nobody_woken) as app:
        await planned(app)
        await control.rebuild(app.models, TASKS)
        await as_owner(postgresql_settings, "CREATE TABLE tasks_2 (id int)", "SELECT 1")
        with suppress(DBAPIError):
            await app.runner.build()
        assert [each.state for each in await generations_of(app, TASKS)] == ["running", "wanted"]
        await as_owner(postgresql_settings, "DROP TABLE tasks_2", "SELECT 1")
        await app.runner.build()
        assert [each.generation for each in await generations_of(app, TASKS)] == [2]
