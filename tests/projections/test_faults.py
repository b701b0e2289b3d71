"""What stops a projection and what does not: bad events, bad values, busy and broken databases."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from typing import Any, cast

import pytest
import structlog
from sqlalchemy import text

from src.commands.task import UpdateTask
from src.commands.user import RenameUser
from src.config import Settings
from src.database import postgresql_engine
from src.events import EventLog, LogUnavailableError, RecordedEvent
from src.events.task import TaskAdded, TaskUpdated
from src.events.user import UserRenamed
from src.projections import PROJECTIONS, Progress, Projection, Runner, control
from src.projections.audit import AUDIT
from src.projections.generations import prepare
from src.projections.rows import Rows
from src.projections.tasks import TASKS, TaskRow
from src.projections.users import USERS, UserRow
from src.wiring import App, open_app
from tests.acting import Actor, register
from tests.conftest import nobody_woken
from tests.databases import as_owner, postgresql
from tests.projections.lives import Life
from tests.projections.test_runner import poisoned
from tests.read_tables import dump, rebuilt, rows_of


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
    assert (stopped.state, [fault.event for fault in stopped.faults]) == ("faulted", [poison])
    assert (stopped.error or "").startswith(f"event {poison}: ")
    await control.retry(app.models, TASKS)
    await app.runner.catch_up_all()
    assert (await progress_of(app, TASKS)).state == "running"


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
        " (position, stream, version, type, schema, data, metadata, project, branch, effective_at, recorded_at)"
        f" SELECT {position}, 'task-x@main', 1, '{type_}', 1, '{data}', {metadata}, '{update.project}', 'main', {now}",
    )
    await ann.do(update.model_copy(update={"notes": "on"}))
    await app.runner.catch_up_all()
    for progress in await app.runner.progress():
        if progress.projection == "tasks" and type_ == "TaskUpdated":
            assert (progress.state, [fault.event for fault in progress.faults]) == ("faulted", [position])
            assert (progress.error or "").startswith(f"event {position}: ")
        else:
            assert (progress.state, progress.lag) == ("running", 0)
    repaired = f'{{"task":"{update.task}","notes":"repaired"}}'
    await _repair(settings, f"UPDATE events SET type = 'TaskUpdated', data = '{repaired}' WHERE position = {position}")
    await control.retry(app.models, TASKS)
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

    runner = Runner(app.log, app.models, PROJECTIONS, batch=10)
    passed = await runner.catch_up(replace(TASKS, settle=settle))
    assert passed == sum(event.project is not None for event in await app.log.read(0, 1000))
    assert settled <= 1 + 1 + passed // 10 + 1


async def test_two_runners_that_meet_a_bad_event_tell_the_same(app: App) -> None:
    """The error names the event that could not be applied, whoever comes second."""
    ann, update = await with_task(app)
    poison = (await ann.do(update)).position
    runners = [Runner(app.log, app.models, PROJECTIONS) for _ in range(4)]
    await asyncio.gather(*(runner.catch_up(poisoned("poison")) for runner in runners))
    stopped = await progress_of(app, TASKS)
    assert (stopped.state, stopped.error) == ("faulted", f"event {poison}: ValueError: poison")
    assert len(stopped.faults) == 1


async def test_a_project_that_waits_stays_where_it_is(app: App) -> None:
    """Waking changes nothing until somebody says retry; a retry without a fix stops at the same event."""
    ann, update = await with_task(app)
    poison = (await ann.do(update)).position
    await app.runner.catch_up(poisoned("poison"))
    before, rows = await progress_of(app, TASKS), await dump(app.readers)
    await ann.do(update.model_copy(update={"notes": "on"}))
    assert await app.runner.catch_up(TASKS) == 1  # the bucket passes it, for the other projects
    assert await dump(app.readers) == rows
    await control.retry(app.models, TASKS)
    await Runner(app.log, app.models, [poisoned("poison")]).upkeep()
    after = await progress_of(app, TASKS)
    assert (
        (after.state, after.error) == (before.state, before.error) == ("faulted", f"event {poison}: ValueError: poison")
    )


async def test_an_event_can_be_passed_over(app: App) -> None:
    """What waits at the event goes on behind it, once; another event is not passed over."""
    ann, update = await with_task(app)
    poison = (await ann.do(update)).position
    await ann.do(update.model_copy(update={"name": "After"}))
    await app.runner.catch_up(poisoned("poison"))
    await control.skip(app.models, TASKS, poison + 1)
    await app.runner.upkeep()
    assert (await progress_of(app, TASKS)).state == "faulted"
    await control.skip(app.models, TASKS, poison)
    await control.skip(app.models, TASKS, poison)
    await app.runner.upkeep()
    assert (await progress_of(app, TASKS)).state == "running"
    (row,) = await rows_of(app.readers, TaskRow)
    assert (row.name, row.notes) == ("After", "")


async def test_a_read_model_that_is_not_bucketed_waits_as_a_whole(app: App) -> None:
    """Users have one order: what comes behind the event waits too, until it is tried again or passed over."""
    ann = await register(app.commands)
    await app.runner.catch_up_all()
    poison = (await ann.do(RenameUser(user=ann.user, name="poison"))).position

    def apply(recorded: RecordedEvent, rows: Rows) -> None:
        if isinstance(recorded.event, UserRenamed):
            raise ValueError("poison")  # noqa: TRY004 - nothing about types
        USERS.apply(recorded, rows)

    await register(app.commands, "bob")
    await app.runner.catch_up(replace(USERS, apply=apply))
    stopped = await progress_of(app, USERS)
    assert (stopped.state, stopped.position) == ("faulted", poison - 1)
    assert [(fault.project, fault.event) for fault in stopped.faults] == [(None, poison)]
    assert len(await rows_of(app.readers, UserRow)) == 1
    assert await app.runner.catch_up(USERS) == 0
    await control.retry(app.models, USERS)
    await app.runner.catch_up_all()
    assert (await progress_of(app, USERS)).state == "running"
    assert len(await rows_of(app.readers, UserRow)) == 2
    assert await rebuilt(app) == await dump(app.readers)


# --- busy and broken ----------------------------------------------------------------------------------------------


async def test_what_another_worker_has_in_hand_is_passed_over(postgresql_settings: Settings) -> None:
    """Nobody waits for a bucket that is locked: the others go on, and it is found again when it is free."""
    async with open_app(postgresql_settings, nobody_woken) as app:
        ann, update = await with_task(app)
        await app.runner.catch_up_all()
        await ann.do(update)
        async with postgresql(postgresql_settings) as other, other.transaction():
            await other.execute("SELECT FROM checkpoints WHERE projection = 'tasks' FOR UPDATE")
            await app.runner.catch_up()
            assert {p.projection: p.lag for p in await app.runner.progress()} == {
                projection.name: int(projection is TASKS) for projection in PROJECTIONS
            }
        assert await app.runner.catch_up(TASKS) == 1


async def test_killed_connections_stop_no_projection(postgresql_settings: Settings) -> None:
    """Backends that end under a runner are an outage: it is told as such, and nothing is lost or applied twice."""
    async with open_app(postgresql_settings, nobody_woken) as app, postgresql(postgresql_settings) as owner:
        life = Life(app.commands, 6)
        await life.begin()
        await life.go_on(60)
        runner = Runner(app.log, app.models, PROJECTIONS, batch=3)
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
        assert await rebuilt(app) == followed


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
        running = asyncio.create_task(runner.catch_up())
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
        assert await _interrupted(Runner(app.log, app.models, PROJECTIONS, batch=10), 23) > 5
        await app.runner.catch_up_all()
        followed = await dump(app.readers)
        assert await rebuilt(app) == followed


async def test_a_cancelled_runner_lets_go_of_the_file(sqlite_settings: Settings) -> None:
    """Whoever is cancelled within a transaction leaves no lock behind, for others to wait for."""
    async with open_app(sqlite_settings, nobody_woken) as app:
        life = Life(app.commands, 7)
        await life.begin()
        await life.go_on(20)

        def write() -> None:
            with closing(sqlite3.connect(sqlite_settings.read_file, timeout=0.5, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")

        await _interrupted(Runner(app.log, app.models, PROJECTIONS, batch=10), 7, write)


async def test_a_new_projection_begins_at_the_beginning(app: App) -> None:
    """All that ever happened is behind it, and it is read once it is level."""
    await with_task(app)
    seen: list[RecordedEvent] = []

    def apply(recorded: RecordedEvent, _rows: Rows) -> None:
        seen.append(recorded)

    new = replace(TASKS, name="new", tables=(), apply=apply, needs=lambda _: (), settle=lambda _: None)
    head = await app.log.head()
    await prepare(app.runner._owner, [new], head)  # type: ignore[arg-type]
    runner = Runner(app.log, app.models, [new], app.runner._owner)
    (progress,) = await runner.progress()
    assert (progress.state, progress.active, progress.events, progress.lag) == ("building", False, 0, 5)
    assert await runner.catch_up() == 0
    assert await runner.build() == 5
    assert [recorded.type for recorded in seen] == ["TaskAdded", "TaskPlaced"]
    assert isinstance(seen[0].event, TaskAdded)
    (progress,) = await runner.progress()
    assert (progress.state, progress.active, progress.position, progress.lag) == ("running", True, head, 0)


async def test_what_is_beyond_the_end_of_the_log_stops_and_says_so(app: App) -> None:
    """After a restore of the log alone read models show what never happened: they are to be rebuilt."""
    await with_task(app)
    await app.runner.catch_up_all()
    head = await app.log.head()
    async with app.models.begin() as connection:
        await connection.execute(
            text("UPDATE checkpoints SET position = :position WHERE projection = 'tasks'"), {"position": head + 1}
        )
    await app.runner.upkeep()
    stopped = await progress_of(app, TASKS)
    assert (stopped.state, stopped.position) == ("faulted", head + 1)
    assert "restored without the read models" in (stopped.error or "")
    await control.rebuild(app.models, TASKS)
    await app.runner.catch_up_all()
    rebuilt_ = await progress_of(app, TASKS)
    assert (rebuilt_.generation, rebuilt_.state, rebuilt_.lag) == (2, "running", 0)


async def test_what_is_appended_while_the_end_is_looked_at_is_not_beyond_it(app: App) -> None:
    """Another worker may project what came after we looked."""
    ann, update = await with_task(app)
    await app.runner.catch_up_all()

    class Growing:
        """The log, of which the end is known before something happens that others project."""

        looked = False

        def __getattr__(self, name: str) -> Any:
            return getattr(app.log, name)

        async def head(self) -> int:
            head = await app.log.head()
            if not self.looked:
                self.looked = True
                await ann.do(update)
                await app.runner.catch_up()
            return head

    await Runner(cast("EventLog", Growing()), app.models, PROJECTIONS).upkeep()
    assert {progress.state for progress in await app.runner.progress()} == {"running"}
