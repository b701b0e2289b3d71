"""The log on PostgreSQL: one server function appends, plain statements read; asyncpg is driven directly.

A round trip through the SQLAlchemy layers costs about as much again as the append itself, so the pool and
its settings are SQLAlchemy's and the statements are asyncpg's. Each is its own transaction.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import stamina
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from .log import (
    BUCKETS,
    WHOLE,
    Answer,
    Appended,
    Commit,
    LogUnavailableError,
    Moved,
    Pending,
    RecordedEvent,
    Repeated,
    branch_of,
    bucket_of,
    position_at,
)

_APPEND = """
SELECT * FROM append_commits($1::uuid[], $2::uuid[], $3::bytea[], $4::text[],
    $5::integer[], $6::text[], $7::bigint[],
    $8::integer[], $9::text[], $10::bigint[], $11::text[], $12::integer[], $13::text[], $14::text[],
    $15::uuid[], $16::text[], $17::timestamptz[])
"""
_COLUMNS = "position, stream, version, type, schema, data, metadata, project, branch, effective_at, recorded_at"
_READ = f"SELECT {_COLUMNS} FROM events WHERE position > $1 AND position <= $1 + $2 ORDER BY position"  # noqa: S608 - constants
_READ_STREAMS = f"""
SELECT {_COLUMNS} FROM unnest($1::text[], $2::bigint[]) AS wanted (name, after)
CROSS JOIN LATERAL (SELECT * FROM events e WHERE e.stream = wanted.name AND e.version > wanted.after) e
ORDER BY position
"""  # noqa: S608 - constants
_BUCKET = "(get_byte(uuid_send(e.project), 15) & 63)"
"""As the index has it."""
_READ_BUCKETS = f"""
SELECT {_COLUMNS} FROM unnest($1::integer[], $2::bigint[]) AS wanted (bucket, after)
CROSS JOIN LATERAL (
    SELECT * FROM events e
    WHERE e.project IS NOT NULL AND {_BUCKET} = wanted.bucket AND e.position > wanted.after
    ORDER BY {_BUCKET}, e.position LIMIT $3
) e
ORDER BY position
"""  # noqa: S608 - constants
_READ_PROJECT = f"""
SELECT {_COLUMNS} FROM events e
WHERE e.project = $1 AND {_BUCKET} = $2 AND e.position > $3 ORDER BY {_BUCKET}, e.position LIMIT $4
"""  # noqa: S608 - constants
_READ_STREAM = f"SELECT {_COLUMNS} FROM events WHERE stream = $1 AND version > $2 ORDER BY version LIMIT $3"  # noqa: S608 - constants
_READ_POSITIONS = f"SELECT {_COLUMNS} FROM events WHERE position = ANY ($1) ORDER BY position"  # noqa: S608 - constants
_POSITION_AT = position_at("$1")
_HEADS = f"""
SELECT {WHOLE}, coalesce(max(position), 0) FROM events
UNION ALL
SELECT bucket, e.position FROM generate_series(0, {BUCKETS - 1}) AS bucket
CROSS JOIN LATERAL (
    SELECT e.position FROM events e WHERE e.project IS NOT NULL AND {_BUCKET} = bucket
    ORDER BY {_BUCKET} DESC, e.position DESC LIMIT 1
) e
"""  # noqa: S608 - constants
_PENDING = f"""
SELECT wanted.bucket, e.count, e.since FROM unnest($1::integer[], $2::bigint[]) AS wanted (bucket, after)
CROSS JOIN LATERAL (
    SELECT count(*), min(recorded_at) AS since FROM events e
    WHERE e.project IS NOT NULL AND {_BUCKET} = wanted.bucket AND e.position > wanted.after
) e WHERE wanted.bucket >= 0
UNION ALL
SELECT wanted.bucket, greatest(h.head - wanted.after, 0),
    (SELECT e.recorded_at FROM events e WHERE e.position = wanted.after + 1)
FROM unnest($1::integer[], $2::bigint[]) AS wanted (bucket, after),
    (SELECT coalesce(max(position), 0) AS head FROM events) h
WHERE wanted.bucket = {WHOLE}
"""  # noqa: S608 - constants
_HEAD = "SELECT coalesce(max(position), 0) FROM events"

_UNAVAILABLE = (
    OSError,
    TimeoutError,
    PoolTimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # of a connection that was ended while it was idle: "another operation is in progress"
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
)
"""Safe to ask again: nothing was done, or it was done under a command id that tells so."""


_retried = stamina.retry(on=LogUnavailableError, attempts=None, timeout=5.0, wait_initial=0.02, wait_max=0.5)
"""For reads. An append is repeated by the group commit, which knows how to tell what had been done."""


_ANSWER_SECONDS = 10.0
"""A server that is silent for so long has failed: nobody waits behind it for ever."""


class PostgreSQLLog:
    """The event log in a PostgreSQL database; see migrations/log/sql for the append."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._writer: AsyncConnection | None = None
        self._driver: Any = None

    async def append(self, commits: Sequence[Commit]) -> Sequence[Answer]:
        """One call, one transaction, one round trip. Not to be called again before it has answered."""
        arguments = _arguments(commits)
        try:
            if self._writer is None:
                self._writer = await self._engine.connect()
                self._driver = (await self._writer.get_raw_connection()).driver_connection
            rows = await self._driver.fetch(_APPEND, *arguments, timeout=_ANSWER_SECONDS)
        except BaseException as error:
            await self._drop_writer()
            if isinstance(error, (*_UNAVAILABLE, DBAPIError)) and not isinstance(error, ValueError):
                raise LogUnavailableError(str(error) or type(error).__name__) from error
            raise
        answers: list[Answer | None] = [None] * len(commits)
        for row in rows:
            answers[row["commit_no"] - 1] = _answer(row)
        return [answer for answer in answers if answer is not None]

    async def read(self, after: int, limit: int) -> Sequence[RecordedEvent]:
        return await self._events(_READ, after, limit)

    async def read_streams(self, after: Mapping[str, int]) -> Sequence[RecordedEvent]:
        return await self._events(_READ_STREAMS, list(after), list(after.values()))

    async def read_buckets(self, after: Mapping[int, int], limit: int) -> Sequence[RecordedEvent]:
        return await self._events(_READ_BUCKETS, list(after), list(after.values()), limit)

    async def read_project(self, project: UUID, after: int, limit: int) -> Sequence[RecordedEvent]:
        return await self._events(_READ_PROJECT, project, bucket_of(project), after, limit)

    async def read_stream(self, stream: str, after: int, limit: int) -> Sequence[RecordedEvent]:
        return await self._events(_READ_STREAM, stream, after, limit)

    async def read_positions(self, positions: Sequence[int]) -> Sequence[RecordedEvent]:
        return await self._events(_READ_POSITIONS, list(positions))

    @_retried
    async def position_at(self, moment: datetime) -> int:
        async with self._reader() as connection:
            return int(await connection.fetchval(_POSITION_AT, moment, timeout=_ANSWER_SECONDS))

    @_retried
    async def heads(self) -> Mapping[int, int]:
        async with self._reader() as connection:
            return dict(await connection.fetch(_HEADS, timeout=_ANSWER_SECONDS))

    @_retried
    async def pending(self, after: Mapping[int, int]) -> Mapping[int, Pending]:
        async with self._reader() as connection:
            rows = await connection.fetch(_PENDING, list(after), list(after.values()), timeout=_ANSWER_SECONDS)
            return {bucket: Pending(count, since) for bucket, count, since in rows}

    @_retried
    async def head(self) -> int:
        async with self._reader() as connection:
            return int(await connection.fetchval(_HEAD, timeout=_ANSWER_SECONDS))

    async def close(self) -> None:
        await self._drop_writer()

    @_retried
    async def _events(self, sql: str, *arguments: Any) -> Sequence[RecordedEvent]:
        async with self._reader() as connection:
            return [RecordedEvent(*row) for row in await connection.fetch(sql, *arguments, timeout=_ANSWER_SECONDS)]

    async def _drop_writer(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            await writer.invalidate()
            await writer.close()

    @asynccontextmanager
    async def _reader(self) -> AsyncIterator[Any]:
        try:
            async with self._engine.connect() as connection:
                yield (await connection.get_raw_connection()).driver_connection
        except (*_UNAVAILABLE, DBAPIError) as error:
            raise LogUnavailableError(str(error) or type(error).__name__) from error


def _arguments(commits: Sequence[Commit]) -> tuple[list[Any], ...]:
    """The commits as the parallel arrays that the server function takes."""
    reads = [(no, stream, version) for no, c in enumerate(commits, 1) for stream, version in c.reads.items()]
    events = [(no, event) for no, c in enumerate(commits, 1) for event in c.events]
    return (
        [c.actor for c in commits],
        [c.command_id for c in commits],
        [c.digest for c in commits],
        [c.outcome for c in commits],
        [no for no, _, _ in reads],
        [stream for _, stream, _ in reads],
        [version for _, _, version in reads],
        [no for no, _ in events],
        [e.stream for _, e in events],
        [e.version for _, e in events],
        [e.type for _, e in events],
        [e.schema for _, e in events],
        [e.data for _, e in events],
        [e.metadata for _, e in events],
        [e.project for _, e in events],
        [branch_of(e.stream) for _, e in events],
        [e.effective_at for _, e in events],
    )


def _answer(row: Any) -> Answer:
    match row["status"]:
        case "appended":
            return Appended(row["at_position"], row["at_time"])
        case "moved":
            return Moved(frozenset(row["moved_streams"]))
        case _:
            return Repeated(row["stored_digest"], row["stored_outcome"], row["at_position"], row["at_time"])
