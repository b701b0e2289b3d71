"""What stops a projection and what does not: bad events, bad values, busy and broken databases."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import pytest
import structlog
from sqlalchemy import text

from src.commands.account import ChangeProfile
from src.config import Settings
from src.events import EventLog, RecordedEvent
from src.events.task import TaskAdded, TaskUpdated
from src.events.user import UserRenamed
from src.projections import BY_NAME, PROJECTIONS, Projection, Runner, control
from src.projections.generations import prepare
from src.projections.rows import Rows
from src.projections.tasks import TASKS, TaskRow
from src.projections.users import USERS, UserRow
from src.wiring import App
from tests.acting import register
from tests.databases import as_owner
from tests.projections.standing import progress_of, with_task
from tests.projections.test_runner import poisoned
from tests.read_tables import dump, rebuilt, rows_of


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """What is logged is not rendered: to draw a traceback takes longer than a test."""
    with structlog.testing.capture_logs():
        yield


def spoiling(row: dict[str, Any]) -> Projection:
    """The tasks, by a version that puts values into a row which the database does not take."""

    def apply(recorded: RecordedEvent, rows: Rows) -> None:
        TASKS.apply(recorded, rows)
        if isinstance(recorded.event, TaskUpdated):
            rows.change(TaskRow, recorded.event.task, **row)

    return replace(TASKS, apply=apply)


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
    "type_, data, stopped",
    [
        ("TaskVanished", "{}", set()),
        ("TaskUpdated", "{", {"tasks", "search", "activity"}),
        ("TaskUpdated", '{"task":"00000000-0000-0000-0000-00000000000f"}', {"tasks", "search"}),
    ],
)
async def test_a_damaged_event_stops_who_has_to_read_it(
    app: App, settings: Settings, type_: str, data: str, stopped: set[str]
) -> None:
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
        if progress.projection in stopped:
            assert (progress.state, [fault.event for fault in progress.faults]) == ("faulted", [position])
            assert (progress.error or "").startswith(f"event {position}: ")
        else:
            assert (progress.state, progress.lag) == ("running", 0)
    repaired = f'{{"task":"{update.task}","notes":"repaired"}}'
    await _repair(settings, f"UPDATE events SET type = 'TaskUpdated', data = '{repaired}' WHERE position = {position}")
    for projection in stopped:
        await control.retry(app.models, BY_NAME[projection])
    await app.runner.catch_up_all()
    assert not any(progress.lag for progress in await app.runner.progress())
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


async def test_an_error_that_no_database_takes_is_kept_as_far_as_it_can_be(app: App) -> None:
    """An error may quote what it could not take: zeros, halves of characters, a lot of it."""
    ann, update = await with_task(app)
    await ann.do(update)

    def apply(recorded: RecordedEvent, rows: Rows) -> None:
        TASKS.apply(recorded, rows)
        if isinstance(recorded.event, TaskUpdated):
            raise TypeError("\0\ud800" + "x" * 100_000)

    await app.runner.catch_up(replace(TASKS, apply=apply))
    (fault,) = (await progress_of(app, TASKS)).faults
    assert fault.error.startswith("TypeError: \N{REPLACEMENT CHARACTER}?xxx")
    assert len(fault.error) == 2_000


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
    poison = (await ann.do(ChangeProfile(user=ann.user, name="poison"))).position

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
