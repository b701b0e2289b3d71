"""The floor: one prepared INSERT an event, each its own transaction, a connection a client, through asyncpg.

Nothing is checked, nothing is unique but the position, which is no order of commit: what one round trip with
one durable commit costs, and so what no log in this database can undercut without sharing commits.
"""

from collections.abc import Awaitable, Callable

import asyncpg

from .databases import ask, check_log
from .load import Load, Sample, drive
from .payload import DATA, METADATA, Streams

_TABLE = """
CREATE TABLE bare_events (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream uuid NOT NULL, version bigint NOT NULL, type text NOT NULL, data text NOT NULL, metadata text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
)"""
_INSERT = "INSERT INTO bare_events (stream, version, type, data, metadata) VALUES ($1, $2, $3, $4, $5)"


async def run(url: str, load: Load) -> Sample:
    """On an empty database; checked."""
    await ask(url, _TABLE)
    connections = [await asyncpg.connect(url) for _ in range(load.clients)]
    try:
        sample = await drive([await _client(connection) for connection in connections], load)
    finally:
        for connection in connections:
            await connection.close()
    await check_log(url, "bare_events", "stream", "version", "position", sample.done)
    return sample


async def _client(connection: asyncpg.Connection) -> Callable[[], Awaitable[None]]:
    streams, insert = Streams(), await connection.prepare(_INSERT)

    async def give() -> None:
        streams.next()
        await insert.fetch(streams.id, streams.version, "TaskUpdated", DATA, METADATA)

    return give
