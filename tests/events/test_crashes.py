"""Connections, processes and servers die while commands are given: what was acknowledged stands, exactly once."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from src import migrate
from src.commands.loop import Accepted
from src.commands.task import AddTask, UpdateTask
from src.config import Settings
from src.events import LogUnavailableError
from src.wiring import App, open_app
from tests.acting import Actor, context, register
from tests.conftest import nobody_woken, settings_for
from tests.databases import as_owner, postgresql
from tests.events.crew import carried, hire
from tests.events.test_concurrency import notes_in, placed_in
from tests.servers import PostgreSQL

APPEND_LOCK = 7308602195
WRITERS = 8


async def _insist(app: App, actor: Actor, command: AddTask | UpdateTask) -> Accepted:
    """Gives the command, and where it is in doubt again under its id, as a client does."""
    given = context(actor.user)
    while True:
        try:
            answer = await app.commands.execute(command, given)
        except LogUnavailableError:
            continue
        assert isinstance(answer, Accepted), answer
        return answer


async def _write_through(app: App, commands: int, every: int, disturb: Callable[[], Awaitable[None]]) -> None:
    """Writers change a task and add others; after so many acknowledged commands something bad happens."""
    ann = await register(app.commands, "ann")
    project = await ann.project()
    task = await ann.task(project)
    notes: list[str] = []
    added: list[UUID] = [task]

    async def write(writer: int) -> None:
        for number in range(commands):
            note, extra = f"{writer}/{number}", uuid7()
            await _insist(app, ann, UpdateTask(project=project, task=task, notes=note))
            notes.append(note)
            await _insist(app, ann, AddTask(project=project, task=extra, name="Dig"))
            added.append(extra)
            if len(added) % every == 0:
                await disturb()

    await asyncio.gather(*map(write, range(WRITERS)))
    assert len(notes) == WRITERS * commands
    assert Counter(await notes_in(app.log, task)) == Counter(notes)
    assert Counter(await placed_in(app.log, project)) == Counter(added)
    stored = await app.log.read(0, 100_000)
    assert [event.position for event in stored] == list(range(1, len(stored) + 1))


async def test_killed_connections_lose_and_double_nothing(postgresql_settings: Settings) -> None:
    """Backends are terminated again and again under load; commands in doubt are repeated under their ids."""
    kills = 0

    async def kill_all() -> None:
        nonlocal kills
        async with postgresql(postgresql_settings) as connection:
            kills += await connection.fetchval(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                "WHERE datname = current_database() AND application_name = 'projectory'"
            )

    async with open_app(postgresql_settings, nobody_woken) as app:
        await _write_through(app, 8, 16, kill_all)
    assert kills >= 4


@pytest.fixture
async def append_lock(postgresql_settings: Settings) -> AsyncIterator[Callable[[], Awaitable[int]]]:
    """Holds the lock that every append takes first; a call waits for a backend that waits for it, and ends it."""
    async with postgresql(postgresql_settings) as connection:
        await connection.execute(f"SELECT pg_advisory_lock({APPEND_LOCK})")

        async def kill() -> int:
            waits = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'"
            while not await connection.fetchval(f"SELECT count(*) {waits}"):
                pass
            killed = await connection.fetchval(f"SELECT count(pg_terminate_backend(pid, 5000)) {waits}")
            await connection.execute(f"SELECT pg_advisory_unlock({APPEND_LOCK})")
            return int(killed)

        yield kill


async def test_an_append_killed_half_way_is_done_once(
    postgresql_settings: Settings, append_lock: Callable[[], Awaitable[int]]
) -> None:
    """A backend that dies within the append leaves nothing; the command is repeated and accepted."""
    async with open_app(postgresql_settings, nobody_woken) as app:
        registering = asyncio.create_task(register(app.commands, "ann"))
        assert await append_lock() == 1
        await registering
        assert [event.type for event in await app.log.read(0, 10)] == [
            "NameReserved", "NameReserved", "UserRegistered", "RoleAssigned",
        ]  # fmt: skip


async def test_a_killed_server_keeps_what_was_acknowledged() -> None:
    """PostgreSQL is killed under load, twice, and started again: every acknowledged command is in the log once."""
    with PostgreSQL(fsync=True) as server:
        await server.create_database("crashing")
        settings = settings_for(server, "crashing")
        await migrate.upgrade(settings)
        crashes = 0

        async def crash() -> None:
            nonlocal crashes
            if crashes < 2:
                crashes += 1
                await asyncio.to_thread(server.kill)
                await asyncio.to_thread(server.start)

        async with open_app(settings, nobody_woken) as app:
            await _write_through(app, 8, 20, crash)
        assert crashes == 2


async def test_a_killed_process_leaves_whole_commands(sqlite_settings: Settings) -> None:
    """A process dies while it writes a SQLite file: each command stands as a whole or not at all."""
    async with open_app(sqlite_settings, nobody_woken) as app:
        ann = await register(app.commands, "ann")
        project = await ann.project()
        ids = {uuid7(): uuid7() for _ in range(150)}
        commands = [
            carried(ann.user, AddTask(project=project, task=task, name="Dig"), id_) for id_, task in ids.items()
        ]
        head = await app.log.head()
        async with hire(1) as crew:
            job = {"job": "give", "writers": 8, "commands": commands}
            writing = asyncio.create_task(crew.do(sqlite_settings, [job]))
            while await app.log.head() < head + 40:
                assert not writing.done()
            crew.send(signal.SIGKILL)
            with pytest.raises(AssertionError, match="the process ended"):
                await writing
        stored = await app.log.read(head, 10_000)
        assert 40 <= len(stored) < 300
        assert [event.type for event in stored] == ["TaskAdded", "TaskPlaced"] * (len(stored) // 2)
        assert await as_owner(sqlite_settings, "PRAGMA integrity_check") == [("ok",)]
        heads = "SELECT stream, max(version) FROM events GROUP BY stream EXCEPT SELECT stream, version FROM streams"
        assert await as_owner(sqlite_settings, heads) == []
        again = (ann.do(AddTask(project=project, task=task, name="Dig"), command_id=id_) for id_, task in ids.items())
        await asyncio.gather(*again)
        assert Counter(await placed_in(app.log, project)) == Counter(ids.values())
