"""The runner: each event counts once, whatever stops it and however often it is woken."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from src.commands.task import UpdateTask
from src.config import Settings
from src.events import RecordedEvent
from src.events.task import TaskUpdated
from src.projections import PROJECTIONS, Projection, Runner, control
from src.projections.links import LINKS
from src.projections.rows import Rows
from src.projections.tasks import TASKS
from src.wiring import App, open_app
from tests.acting import register
from tests.conftest import nobody_woken
from tests.histories import edit
from tests.read_tables import dump, rebuilt


async def history(app: App) -> None:
    """Three projects that were edited at once."""
    ann = await register(app.commands)
    projects = [await ann.project(f"Project {n}") for n in range(3)]
    await asyncio.gather(*(edit(ann, project, seed, 40) for seed, project in enumerate(projects)))


async def test_a_rebuild_gives_the_rows_of_following_event_by_event(app: App) -> None:
    """One event at a time, some, or a thousand: the rows are the same."""
    await history(app)
    await Runner(app.log, app.models, PROJECTIONS, batch=1).catch_up_all()
    followed = await dump(app.readers)
    assert len(followed["tasks"]) > 20
    assert len(followed["audit"]) == await app.log.head()
    for batch in (7, 1000):
        assert await rebuilt(app, batch) == followed


async def test_a_deleted_read_file_grows_again(sqlite_settings: Settings) -> None:
    """The file of the read models is made, migrated and filled from the log."""
    async with open_app(sqlite_settings, nobody_woken) as app:
        await history(app)
        await app.runner.catch_up_all()
        before = await dump(app.readers)
    for file in sqlite_settings.read_file.parent.glob(f"{sqlite_settings.read_file.name}*"):
        file.unlink()
    async with open_app(sqlite_settings, nobody_woken) as app:
        await app.runner.catch_up_all()
        assert await dump(app.readers) == before


async def test_runners_at_once_apply_nothing_twice(app: App) -> None:
    """Several runners on the same projections end where one would."""
    await history(app)
    runners = [Runner(app.log, app.models, PROJECTIONS, batch=5) for _ in range(4)]
    passed = await asyncio.gather(*(runner.catch_up_all() for runner in runners))
    told = await app.runner.progress()
    assert sum(passed) == sum(progress.events for progress in told)
    head = await app.log.head()
    of_projects = sum(event.project is not None for event in await app.log.read(0, head))
    assert {progress.projection: progress.events for progress in told} == {
        projection.name: of_projects if projection.bucketed else head for projection in PROJECTIONS
    }
    assert len((await dump(app.readers))["audit"]) == await app.log.head()


async def test_waking_for_nothing_changes_nothing(app: App) -> None:
    """A projection that is level passes nothing."""
    await history(app)
    await app.runner.catch_up_all()
    before = await dump(app.readers)
    assert await app.runner.catch_up_all() == 0
    assert await dump(app.readers) == before


async def test_what_stops_between_rows_and_checkpoint_leaves_neither(app: App) -> None:
    """Rows and checkpoint are one transaction: a crash before its end undoes both."""

    class Crash(BaseException):
        """As sudden as a signal."""

    def crashing(rows: Rows) -> None:
        TASKS.settle(rows)
        raise Crash

    await history(app)
    before = await dump(app.readers)
    with pytest.raises(Crash):
        await app.runner.catch_up(replace(TASKS, settle=crashing))
    assert await dump(app.readers) == before


def poisoned(text: str) -> Projection:
    """The tasks, by a version that cannot apply one event."""

    def apply(recorded: RecordedEvent, rows: Rows) -> None:
        if isinstance(recorded.event, TaskUpdated) and recorded.event.notes == text:
            raise ValueError(text)
        TASKS.apply(recorded, rows)

    return replace(TASKS, apply=apply)


async def test_a_project_waits_at_what_cannot_be_applied_and_no_other_does(app: App) -> None:
    """The error is kept with its trace, what came before is there, others go on; after a fix retry completes."""
    await history(app)
    bob = await register(app.commands, "bob")
    project = await bob.project()
    beside = await bob.project("Beside", project=UUID(int=project.int ^ (1 << 20)))  # of the same bucket
    task = await bob.task(project)
    poison = (await bob.do(UpdateTask(project=project, task=task, notes="poison"))).position
    await edit(bob, project, 9, 20)
    await edit(bob, beside, 10, 20)
    await app.runner.catch_up(poisoned("poison"))
    await app.runner.catch_up(LINKS)
    tasks, links = [p for p in await app.runner.progress() if p.projection in ("tasks", "links")]
    assert (tasks.state, tasks.lag, tasks.error) == ("faulted", 0, f"event {poison}: ValueError: poison")
    (fault,) = tasks.faults
    assert (fault.project, fault.event, fault.type, fault.state) == (project, poison, "TaskUpdated", "faulted")
    assert "raise ValueError(text)" in fault.trace
    assert (links.state, links.lag) == ("running", 0)
    stopped = await dump(app.readers)
    assert [row for row in stopped["tasks"] if row[0] == str(task)]

    assert await app.runner.catch_up(TASKS) == 0
    await control.retry(app.models, TASKS, UUID(int=1))
    await app.runner.catch_up_all()
    assert (await dump(app.readers))["tasks"] == stopped["tasks"]
    await control.retry(app.models, TASKS)
    await app.runner.catch_up_all()
    assert all((progress.lag, progress.state) == (0, "running") for progress in await app.runner.progress())
    rows = await dump(app.readers)
    assert rows["tasks"] != stopped["tasks"]
    fresh = await rebuilt(app)
    assert rows == fresh
    others = {str(project), str(task)}
    assert [row for row in stopped["tasks"] if not others & set(row)] == [
        row for row in fresh["tasks"] if not others & set(row)
    ]
