"""Writers in processes of their own: each takes jobs, one JSON line each, and answers each with one.

Its databases stay open from job to job, as those of a service do.
"""

import asyncio
import logging
import os
import random
import socket
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, closing, suppress
from typing import Any
from uuid import UUID

import orjson
import structlog

from src.commands.loop import Accepted
from src.commands.notices import Notices
from src.commands.registry import BY_NAME
from src.config import Settings
from src.database import open_database
from src.events import EventLog
from src.events.log import Appended, Commit
from src.events.sqlite_log import connect
from src.testing.waking import nobody_woken
from src.wiring import App, open_app
from tests.acting import context
from tests.databases import postgresql
from tests.events.committing import call_append, commit

Notices.minute = 86_400.0
"""As in the tests' own process: or counts of refusals would come, on the minute, between the events of another test."""


async def give(app: App, _settings: Settings, writers: int, commands: list[dict[str, Any]]) -> list[Any]:
    """Gives the commands, so many at once; each is answered with its position and ids, or why it was refused."""
    waiting = list(enumerate(commands))[::-1]
    answers: list[Any] = [None] * len(commands)

    async def write() -> None:
        while waiting:
            number, given = waiting.pop()
            command = BY_NAME[given["name"]].command.model_validate(given["fields"])
            fixed = {"command_id": UUID(given["command_id"])} if "command_id" in given else {}
            answer = await app.commands.execute(command, context(UUID(given["actor"]), **fixed))
            answers[number] = (
                [answer.position, answer.ids] if isinstance(answer, Accepted) else [answer.code.value, answer.message]
            )

    await asyncio.gather(*(write() for _ in range(writers)))
    return answers


async def churn(_app: App, settings: Settings, writers: int, streams: list[str], commits: int, seed: int) -> list[str]:
    """Appends to streams that others append to as well, some on old versions, some rolled back; what stood."""
    stood: list[str] = []

    async def write(chance: random.Random) -> None:
        database, log = open_database(settings)
        for _ in range(commits):
            wanted = await _some_commit(log, chance, streams)
            if chance.random() < 0.2:
                await _rolled_back(settings, wanted)
            elif isinstance((await log.append([wanted]))[0], Appended):
                stood.extend(event.data for event in wanted.events)
        await log.close()
        await database.dispose()

    await asyncio.gather(*(write(random.Random(seed * 100 + number)) for number in range(writers)))
    return stood


async def _some_commit(log: EventLog, chance: random.Random, streams: list[str]) -> Commit:
    stream = chance.choice(streams)
    version = len(await log.read_streams({stream: 0}))
    if chance.random() < 0.2:
        version = max(0, version - 1)
    return commit({stream: version}, count=chance.randint(1, 3))


async def _rolled_back(settings: Settings, wanted: Commit) -> None:
    """Takes positions as an append does, and gives them up."""
    if settings.embedded:
        with closing(connect(settings.log_file)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(
                "INSERT INTO events (position, stream, version, type, schema, data, metadata, branch, effective_at,"
                " recorded_at) SELECT max(position) + 1, 'lost', max(position), 'Lost', 1, '{}', '{}', 'main', 0, 0"
                " FROM events"
            )
            connection.execute("ROLLBACK")
    else:
        async with postgresql(settings, application=True) as connection:
            transaction = connection.transaction()
            await transaction.start()
            await call_append(connection, wanted)
            await transaction.rollback()


JOBS: dict[str, Callable[..., Awaitable[list[Any]]]] = {"give": give, "churn": churn}


async def work(end: int) -> None:
    """Tells its process id, and does jobs until there are no more."""
    reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=end), limit=1 << 24)
    writer.write(f"{os.getpid()}\n".encode())
    apps: dict[str, App] = {}
    async with AsyncExitStack() as stack:
        while line := await reader.readline():
            job = orjson.loads(line)
            settings = Settings(database_url=job.pop("database_url"), master_key=job.pop("master_key"))
            if settings.database_url not in apps:
                apps[settings.database_url] = await stack.enter_async_context(open_app(settings, nobody_woken))
            answer = await JOBS[job.pop("job")](apps[settings.database_url], settings, **job)
            writer.write(orjson.dumps(answer) + b"\n")
    writer.close()


def split(ends: list[int]) -> None:
    """Becomes one process for each end of a connection, and waits for all of them."""
    for end in ends:
        if os.fork() == 0:
            for other in ends:
                if other != end:
                    with suppress(OSError):
                        os.close(other)
            asyncio.run(work(end))
            return
        os.close(end)
    for _ in ends:
        os.wait()


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    split([int(end) for end in sys.argv[1:]])
