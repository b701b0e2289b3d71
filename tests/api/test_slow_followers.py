"""Followers who read slowly or not at all: they cost little, hold nobody up, and are cut off in the end."""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import UUID

import pytest

from src.api import connection as connections
from src.commands.task import UpdateTask
from src.config import Settings
from src.testing.http import a_token
from src.wiring import open_app
from tests.acting import Actor, register
from tests.cli.running import CommandLine, Starter
from tests.conftest import nobody_woken

from .following import PATIENCE_SECONDS, follow, listening
from .world import make_world

BIG = "x" * 31_000


@contextmanager
def deaf(address: tuple[str, int], project: str, token: str) -> Iterator[socket.socket]:
    """Somebody who asks for everything and reads nothing."""
    with socket.socket() as connection:
        connection.connect(address)
        head = f"GET /api/v1/projects/{project}/events?after=0 HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {token}"
        connection.sendall(f"{head}\r\n\r\n".encode())
        yield connection


async def write(ann: Actor, project: UUID, task: UUID, megabytes: int) -> None:
    """Events of so much text."""
    for _ in range(megabytes):
        changes = [UpdateTask(project=project, task=task, notes=f"{n % 2}{BIG}") for n in range(32)]
        await ann.commands.execute_all(changes, ann.context())


async def test_who_takes_nothing_is_cut_off(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection is closed and the place given back; who reads beside it hears everything at once meanwhile."""
    monkeypatch.setattr(connections, "PATIENCE_SECONDS", 0.5)
    async with listening(settings) as live:
        world = await make_world(live)
        ann, project = Actor(live.app.commands, world.owner.user), UUID(world.project)
        await write(ann, project, UUID(world.tasks[0]), 8)
        with deaf(live.address, world.project, world.viewer.token) as connection:
            await live.left(1)
            async with follow(world.editor, world.project) as listener:
                while len(live.feed._followers) == 2:
                    began = time.monotonic()
                    await ann.task(project, "Beside")
                    for _ in range(2):
                        await listener.next()
                    assert time.monotonic() - began < 2
                await live.left(1)
            await live.left(0)
            await live.client.aclose()
            while live.server.server_state.connections:
                await asyncio.sleep(0.01)
            assert len(b"".join(iter(lambda: connection.recv(1_000_000), b""))) < 8_000_000


async def test_who_reads_slowly_is_not_cut_off(sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who takes a little now and then hears everything, however long it takes."""
    monkeypatch.setattr(connections, "PATIENCE_SECONDS", 0.3)
    async with listening(sqlite_settings) as live:
        world = await make_world(live)
        await write(Actor(live.app.commands, world.owner.user), UUID(world.project), UUID(world.tasks[0]), 8)
        head = await live.app.log.head()
        with deaf(live.address, world.project, world.viewer.token) as connection:
            connection.setblocking(False)
            loop, heard, began = asyncio.get_running_loop(), b"", time.monotonic()
            while f"id: {head}\n".encode() not in heard[-100_000:]:
                piece = await asyncio.wait_for(loop.sock_recv(connection, 200_000), PATIENCE_SECONDS)
                assert piece
                heard += piece
                await asyncio.sleep(0.02)
            assert time.monotonic() - began > connections.PATIENCE_SECONDS
            await live.left(1)


async def test_who_takes_nothing_costs_little(sqlite_settings: Settings, starter: Starter, tmp_path: Path) -> None:
    """Twenty who read nothing of 12 MB each leave the process as it was, but for some buffers; it answers and ends."""
    async with open_app(sqlite_settings, nobody_woken) as app:
        ann = await register(app.commands)
        project = await ann.project()
        await write(ann, project, await ann.task(project), 12)
        token = await a_token(app, ann.user)
    command_line = CommandLine(starter, tmp_path, {"PROJECTORY_DATABASE_URL": sqlite_settings.database_url})
    with command_line.serving("serve", "--port", "0") as service, ExitStack() as stack:
        host, _, port = service.address.removeprefix("http://").partition(":")
        before = resident(service.process.pid)
        for _ in range(20):
            connection = stack.enter_context(deaf((host, int(port)), str(project), token))
            assert connection.recv(100).startswith(b"HTTP/1.1 200")
        grown = [0]
        while len(grown) < 20 or grown[-1] > grown[-10]:
            await asyncio.sleep(0.05)
            grown.append(resident(service.process.pid) - before)
        assert max(grown) < 80
        service.wait()
        assert service.stop(5) < 5


def resident(process: int) -> int:
    """The megabytes of memory that a process holds."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) // 1024
