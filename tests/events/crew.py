"""Writers in processes of their own, started once and given jobs by many tests.

One process reads all the code and splits into as many as are wanted: to read it takes longer than most tests.
"""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from src.commands.command import Command
from src.commands.registry import BY_COMMAND
from src.config import Settings

_ROOT = Path(__file__).parent.parent.parent
_PATIENCE = 60
_LONGEST_ANSWER = 1 << 24

Job = Mapping[str, Any]
PROCESSES = 4


def carried(actor: UUID, command: Command, command_id: UUID | None = None) -> dict[str, Any]:
    """A command as another process is given it."""
    fixed = {"command_id": str(command_id)} if command_id else {}
    fields = command.model_dump(mode="json", exclude_unset=True)
    return {"name": BY_COMMAND[type(command)].name, "fields": fields, "actor": str(actor), **fixed}


@dataclass(frozen=True)
class Writer:
    """A process of `tests.events.writer`, as it is seen from here."""

    pid: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, settings: Settings, job: Job) -> Any:
        """Gives it a job; its answer."""
        key = settings.master_key and settings.master_key.get_secret_value()
        self.writer.write(orjson.dumps({"database_url": settings.database_url, "master_key": key, **job}) + b"\n")
        line = b""
        with suppress(ConnectionError):
            line = await asyncio.wait_for(self.reader.readline(), _PATIENCE)
        assert line, "the process ended; its error output tells why"
        return orjson.loads(line)


class Crew:
    """Several of them."""

    def __init__(self, writers: Sequence[Writer]) -> None:
        self._writers = writers

    async def do(self, settings: Settings, jobs: Sequence[Job]) -> list[Any]:
        """Gives one job to each of as many processes, all at once; their answers, in the same order."""
        asked = zip(self._writers, jobs, strict=False)
        return list(await asyncio.gather(*(writer.ask(settings, job) for writer, job in asked)))

    def send(self, how: signal.Signals) -> None:
        """Sends the signal to all of them."""
        for writer in self._writers:
            os.kill(writer.pid, how)


@asynccontextmanager
async def hire(count: int) -> AsyncIterator[Crew]:
    """So many processes, which end with the block."""
    pairs = [socket.socketpair() for _ in range(count)]
    ends = [theirs.fileno() for _, theirs in pairs]
    command = (sys.executable, "-m", "tests.events.writer", *map(str, ends))
    process = await asyncio.create_subprocess_exec(*command, cwd=_ROOT, pass_fds=ends)
    writers: list[Writer] = []
    try:
        for ours, theirs in pairs:
            theirs.close()
            reader, writer = await asyncio.open_connection(sock=ours, limit=_LONGEST_ANSWER)
            writers.append(Writer(int(await asyncio.wait_for(reader.readline(), _PATIENCE)), reader, writer))
        yield Crew(writers)
    finally:
        for each in writers:
            each.writer.close()
            with suppress(ConnectionError):
                await each.writer.wait_closed()
        await process.wait()
