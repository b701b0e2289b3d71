"""What stops a projection and what does not: bad events, bad values, busy and broken databases."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from typing import Any

import pytest
import structlog
from sqlalchemy import text

from src.commands.task import UpdateTask
from src.config import Settings
from src.database import postgresql_engine
from src.events import LogUnavailableError, RecordedEvent
from src.events.task import TaskAdded, TaskUpdated
from src.projections import PROJECTIONS, Projection, Runner
from src.projections.audit import AUDIT
from src.projections.checkpoints import Progress
from src.projections.rows import Rows
from src.projections.tasks import TASKS, TaskRow
from src.wiring import App, open_app
from tests.acting import Actor, register
from tests.conftest import nobody_woken
from tests.databases import as_owner, postgresql
from tests.projections.lives import Life
from tests.projections.test_runner import poisoned, rebuilt
from tests.read_tables import dump


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """What is logged is not rendered: to draw a traceback takes longer than a test."""
    with structlog.testing.capture_logs():
        yield


async def progress_of(app: App, projection: Projection) -> Progress:
    """Where it stands."""
    return {each.projection: each for each in await app.runner.progress()}[projection.name]


async def with_task(app: App) -> tuple[Actor, UpdateTask]:
    """A planner, and an update of her task that anybody would fail to project."""
    ann = await register(app.commands)
    project = await ann.project()
    return ann, UpdateTask(project=project, task=await ann.task(project), notes="poison")


def spoiling(row: dict[str, Any]) -> Projection:
    """The tasks, by a version that puts values into a row which the database does not take."""

    def apply(recorded: RecordedEvent, rows: Rows) -> None:
        TASKS.apply(recorded, rows)
        if isinstance(recorded.event, TaskUpdated):
            rows.change(TaskRow, recorded.event.task, **row)

    return replace(TASKS, apply=apply)


# --- events that cannot be applied --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "row", [{"percent_complete": 101}, {"name": None}, {"name": object()}, {"duration_tenths": 2**70}]
)
async def test_a_row_that_the_database_refuses_stops_its_projection(app: App, row: dict[str, Any]) -> None:
    """A value that breaks a constraint or has a wrong type is a fault of the projection, not an outage."""
    ann, update = await with_task(app)
    poison = (await ann.do(update)).position
    await app.runner.catch_up(spoiling(row))
    stopped = await progress_of(app, TASKS)
    assert (stopped.state, stopped.position) == ("faulted", poison - 1)
    assert (stopped.error or "").startswith(f"event {poison}: ")
    await app.runner.retry(TASKS)
    await app.runner.catch_up(TASKS)
    assert (await progress_of(app, TASKS)).lag == 0


@pytest.mark.parametrize(
    "type_, data",
    [("TaskVanished", "{}"), ("TaskUpdated", "{"), ("TaskUpdated", '{"task":"00000000-0000-0000-0000-00000000000f"}')],
)
async def test_a_damaged_event_stops_who_has_to_read_it(app: App, settings: Settings, type_: str, data: str) -> None:
    """Whoever follows its type stops before it; the audit trail and all others go on; repaired, it is applied."""
    ann, update = await with_task(app)
    position = (await ann.do(update)).position + 1
    now = "recorded_at, recorded_at FROM events WHERE position = 1"
    metadata = f"(SELECT metadata FROM events WHERE position = {position - 1})"
    await as_owner(
        settings,
        "INSERT INTO events"
        " (position, stream, version, type, schema, data, metadata, branch, effective_at, recorded_at)"
        f" SELECT {position}, 'task-x@main', 1, '{type_}', 1, '{data}', {metadata}, 'main', {now}",
    )
    await ann.do(update.model_copy(update={"notes": "on"}))
    await app.runner.catch_up_all()
    for progress in await app.runner.progress():
        if progress.projection == "tasks" and type_ == "TaskUpdated":
            assert (progress.state, progress.position) == ("faulted", position - 1)
            assert (progress.error or "").startswith(f"event {position}: ")
        else:
            assert (progress.state, progress.lag) == ("running", 0)
    repaired = f'{{"task":"{update.task}","notes":"repaired"}}'
    await _repair(settings, f"UPDATE events SET type = 'TaskUpdated', data = '{repaired}' WHERE position = {position}")
    await app.runner.retry(TASKS)
    await app.runner.catch_up_all()
    assert (await progress_of(app, TASKS)).lag == 0
    assert [row for row in (await dump(app.readers))["tasks"] if "on" in row]


async def _repair(settings: Settings, statement: str) -> None:
    """What an owner does who means it: without the triggers."""
    if settings.embedded:
        await as_owner(settings, "DROP TRIGGER events_refuse_update", statement)
    else:
        await as_owner(settings, "SET session_replication_role = replica", statement)


async def test_what_is_bad_together_and_good_alone_costs_one_batch(app: App) -> None:
    """Where the events of a failed batch can be applied one by one, the next ones go in batches again."""
    ann, update = await with_task(app)
    for number in range(60):
        await ann.do(update.model_copy(update={"notes": f"{number}"}))
    settled, failures = 0, iter([ValueError("once")])

    def settle(rows: Rows) -> None:
        nonlocal settled
        settled += 1
        if error := next(failures, None):
            raise error
        TASKS.settle(rows)

    runner = Runner(app.log, app.runner._engine, PROJECTIONS, batch=10)
    passed = await runner.catch_up(replace(TASKS, settle=settle))
    head = await app.log.head()
    assert passed == head
    assert settled <= 1 + 10 + (head - 10) // 10 + 1


async def test_two_runners_that_meet_a_bad_event_tell_the_same(app: App) -> None:
    """The error names the event that could not be applied, whoever comes second."""
    ann, update = await with_task(app)
    poison = (await ann.do(update)).position
    runners = [Runner(app.log, app.runner._engine, PROJECTIONS) for _ in range(4)]
    await asyncio.gather(*(runner.catch_up(poisoned("poison")) for runner in runners))
    stopped = await progress_of(app, TASKS)
    assert (stopped.state, stopped.position) == ("faulted", poison - 1)
    assert stopped.error == f"event {poison}: ValueError: poison"


async def test_a_runner_that_can_goes_past_one_that_cannot(app: App) -> None:
    """Two versions of a projection at once: what the newer one has applied, the older one does not stop at."""
    ann, update = await with_task(app)
    await ann.do(update)

    def apply(recorded: RecordedEvent, rows: Rows) -> None:
        raise ValueError("too old")

    class Overtaking(Runner):
        """Lets another runner apply the event between its failure and the note of it."""

        async def _fault(self, *args: Any, **kwargs: Any) -> None:
            await app.runner.catch_up(TASKS)
            await super()._fault(*args, **kwargs)

    await Overtaking(app.log, app.runner._engine, PROJECTIONS).catch_up(replace(TASKS, apply=apply))
    progress = await progress_of(app, TASKS)
    assert (progress.state, progress.lag, progress.error) == ("running", 0, None)


async def test_a_stopped_projection_stays_where_it_is(app: App) -> None:
    """Waking it changes nothing until somebody says retry; a retry without a fix stops at the same event."""
    ann, update = await with_task(app)
    poison = (await ann.do(update)).position
    await app.runner.catch_up(poisoned("poison"))
    before = await progress_of(app, TASKS)
    await ann.do(update.model_copy(update={"notes": "on"}))
    assert await app.runner.catch_up(TASKS) == 0
    assert (await progress_of(app, TASKS)).position == poison - 1
    await app.runner.retry(TASKS)
    assert (await progress_of(app, TASKS)).state == "running"
    await app.runner.catch_up(poisoned("poison"))
    after = await progress_of(app, TASKS)
    assert (after.state, after.position, after.error) == (before.state, before.position, before.error)


# --- busy and broken ----------------------------------------------------------------------------------------------


async def test_a_runner_that_waits_too_long_for_its_turn_stops_nothing(
    postgresql_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch of another worker that takes long is no fault: the turn is tried again later."""
    monkeypatch.setattr("src.projections.runner._TURN_SECONDS", 0.1)
    async with open_app(postgresql_settings, nobody_woken) as app:
        ann, update = await with_task(app)
        await app.runner.catch_up_all()
        await ann.do(update)
        async with postgresql(postgresql_settings) as other, other.transaction():
            await other.execute("SELECT FROM checkpoints WHERE projection = 'tasks' FOR UPDATE")
            with pytest.raises(LogUnavailableError):
                await app.runner.catch_up(TASKS)
        assert (await progress_of(app, TASKS)).state == "running"
        assert await app.runner.catch_up(TASKS) == 1


async def test_killed_connections_stop_no_projection(postgresql_settings: Settings) -> None:
    """Backends that end under a runner are an outage: it is told as such, and nothing is lost or applied twice."""
    async with open_app(postgresql_settings, nobody_woken) as app, postgresql(postgresql_settings) as owner:
        life = Life(app.commands, 6)
        await life.begin()
        await life.go_on(60)
        runner = Runner(app.log, app.runner._engine, PROJECTIONS, batch=3)
        kills, level = 0, False

        async def kill() -> None:
            nonlocal kills
            seen = 0
            while kills < 20 and not level:
                passed = await owner.fetchval("SELECT coalesce(sum(position), 0) FROM checkpoints")
                if passed > seen:  # or nothing would ever come to its end
                    seen, kills = passed, kills + 1
                    await owner.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND application_name = 'projectory'"
                    )

        killing = asyncio.create_task(kill())
        while not level:
            try:
                level = await runner.catch_up_all() == 0
            except LogUnavailableError:
                continue
        await killing
        assert kills > 3
        assert {(progress.state, progress.lag) for progress in await runner.progress()} == {("running", 0)}
        followed = await dump(app.readers)
        assert await rebuilt(postgresql_settings, app, 1000) == followed


async def test_a_server_that_is_not_there_is_an_outage(postgresql_settings: Settings) -> None:
    """Nobody listens: the runner says so in one way, whatever the driver says."""
    async with open_app(postgresql_settings, nobody_woken) as app:
        await with_task(app)
        nowhere = postgresql_engine(postgresql_settings.url.set(port=9))
        with pytest.raises(LogUnavailableError):
            await Runner(app.log, nowhere, PROJECTIONS).catch_up(AUDIT)
        await nowhere.dispose()


async def test_a_runner_without_a_free_connection_is_an_outage(postgresql_settings: Settings) -> None:
    """Waiting for a connection of an exhausted pool ends like any other outage."""
    async with open_app(postgresql_settings, nobody_woken) as app:
        await with_task(app)
        engine = postgresql_engine(postgresql_settings.url)
        engine.pool._timeout = 0.05  # type: ignore[attr-defined]
        held = [await engine.connect() for _ in range(20)]
        for connection in held:
            await connection.execute(text("SELECT 1"))
        with pytest.raises(LogUnavailableError):
            await Runner(app.log, engine, PROJECTIONS).catch_up(AUDIT)
        for connection in held:
            await connection.close()
        await engine.dispose()


async def _interrupted(runner: Runner, step: int, between: Callable[[], None] = lambda: None) -> int:
    """Runs and cancels, a little later each time, until a run gets to its end; how often it did not."""
    for steps in range(1, 5_000, step):
        running = asyncio.create_task(runner.catch_up_all())
        for _ in range(steps):
            await asyncio.sleep(0)
        if running.done():
            return steps // step
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        between()
    raise AssertionError("no run came to its end")


async def test_a_runner_stopped_anywhere_goes_on_from_there(postgresql_settings: Settings) -> None:
    """Cancelled again and again, between batches and within them, it ends with the rows of a quiet run."""
    async with open_app(postgresql_settings, nobody_woken) as app:
        life = Life(app.commands, 7)
        await life.begin()
        await life.go_on(20)
        assert await _interrupted(Runner(app.log, app.runner._engine, PROJECTIONS, batch=10), 23) > 5
        await app.runner.catch_up_all()
        followed = await dump(app.readers)
        assert await rebuilt(postgresql_settings, app, 1000) == followed


async def test_a_cancelled_runner_lets_go_of_the_file(sqlite_settings: Settings) -> None:
    """Whoever is cancelled within a transaction leaves no lock behind, for others to wait for."""
    async with open_app(sqlite_settings, nobody_woken) as app:
        life = Life(app.commands, 7)
        await life.begin()
        await life.go_on(20)

        def write() -> None:
            with closing(sqlite3.connect(sqlite_settings.read_file, timeout=0.5, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")

        await _interrupted(Runner(app.log, app.runner._engine, PROJECTIONS, batch=10), 7, write)


async def test_a_new_projection_begins_at_the_beginning(app: App) -> None:
    """It has no checkpoint yet: all that ever happened is behind it."""
    await with_task(app)
    progress = await progress_of(app, TASKS)
    assert (progress.position, progress.lag, progress.state, progress.updated_at) == (
        0,
        await app.log.head(),
        "running",
        None,
    )
    seen: list[RecordedEvent] = []

    def apply(recorded: RecordedEvent, _rows: Rows) -> None:
        seen.append(recorded)

    assert (
        await app.runner.catch_up(replace(TASKS, name="new", apply=apply, needs=lambda _: ())) == await app.log.head()
    )
    assert [recorded.type for recorded in seen] == ["TaskAdded", "TaskPlaced"]
    assert isinstance(seen[0].event, TaskAdded)
