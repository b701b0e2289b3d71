"""The log on SQLite: one connection and one thread write, another pair reads; the sqlite3 module is driven directly.

One BEGIN IMMEDIATE transaction an append makes it the only writer, of this process or another, so positions
and recorded times are given in the order of commit, as on PostgreSQL.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from .instant import from_micros, to_micros
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

T = TypeVar("T")

_COLUMNS = "position, stream, version, type, schema, data, metadata, project, branch, effective_at, recorded_at"
_INSERT = f"INSERT INTO events ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?)"  # noqa: S608 - constants
_BUCKET = (
    "(instr('0123456789abcdef', substr(project, 36, 1)) - 1 + "
    "(instr('0123456789abcdef', substr(project, 35, 1)) - 1) % 4 * 16)"
)
"""As the index has it."""
_OF_BUCKET = f"FROM events WHERE project IS NOT NULL AND {_BUCKET} = ? AND position > ?"
_READ_BUCKET = f"SELECT {_COLUMNS} {_OF_BUCKET} ORDER BY position LIMIT ?"
_READ_PROJECT = f"SELECT {_COLUMNS} {_OF_BUCKET} AND project = ? ORDER BY position LIMIT ?"
_READ_STREAM = f"SELECT {_COLUMNS} FROM events WHERE stream = ? AND version > ? ORDER BY version LIMIT ?"  # noqa: S608 - constants
_POSITION_AT = position_at("?1")
_LAST = "SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1"


def connect(path: Path, *, busy_seconds: float = 30) -> sqlite3.Connection:
    """A connection that loses nothing that was committed and leaves nothing of what was deleted."""
    connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


class SQLiteLog:
    """The event log in a SQLite file."""

    def __init__(self, path: Path) -> None:
        self._write = ConnectionThread(path)
        self._read = ConnectionThread(path)

    async def append(self, commits: Sequence[Commit]) -> Sequence[Answer]:
        return await self._write.run(lambda connection: _append(connection, commits))

    async def read(self, after: int, limit: int) -> Sequence[RecordedEvent]:
        sql = f"SELECT {_COLUMNS} FROM events WHERE position > ? AND position <= ? ORDER BY position"  # noqa: S608 - constants
        return await self._events(sql, [(after, after + limit)])

    async def read_streams(self, after: Mapping[str, int]) -> Sequence[RecordedEvent]:
        sql = f"SELECT {_COLUMNS} FROM events WHERE stream = ? AND version > ?"  # noqa: S608 - constants
        return await self._events(sql, after.items())

    async def read_buckets(self, after: Mapping[int, int], limit: int) -> Sequence[RecordedEvent]:
        return await self._events(_READ_BUCKET, ((bucket, position, limit) for bucket, position in after.items()))

    async def read_project(self, project: UUID, after: int, limit: int) -> Sequence[RecordedEvent]:
        return await self._events(_READ_PROJECT, [(bucket_of(project), after, str(project), limit)])

    async def read_stream(self, stream: str, after: int, limit: int) -> Sequence[RecordedEvent]:
        return await self._events(_READ_STREAM, [(stream, after, limit)])

    async def read_positions(self, positions: Sequence[int]) -> Sequence[RecordedEvent]:
        sql = f"SELECT {_COLUMNS} FROM events WHERE position = ?"  # noqa: S608 - constants
        return await self._events(sql, ((position,) for position in positions))

    async def position_at(self, moment: datetime) -> int:
        wanted = (to_micros(moment),)
        return await self._read.run(lambda connection: int(connection.execute(_POSITION_AT, wanted).fetchone()[0]))

    async def head(self) -> int:
        return await self._read.run(lambda connection: _last(connection)[0])

    async def heads(self) -> Mapping[int, int]:
        sql = f"SELECT max(position) {_OF_BUCKET}"

        def read(connection: sqlite3.Connection) -> dict[int, int]:
            found = {bucket: connection.execute(sql, (bucket, 0)).fetchone()[0] for bucket in range(BUCKETS)}
            found[WHOLE] = _last(connection)[0]
            return {bucket: position for bucket, position in found.items() if position is not None}

        return await self._read.run(read)

    async def pending(self, after: Mapping[int, int]) -> Mapping[int, Pending]:
        whole, bucket_ = "FROM events WHERE position > ?", _OF_BUCKET

        def count(connection: sqlite3.Connection, bucket: int, position: int) -> Pending:
            of, wanted = (whole, (position,)) if bucket == WHOLE else (bucket_, (bucket, position))
            events, since = connection.execute(f"SELECT count(*), min(recorded_at) {of}", wanted).fetchone()
            return Pending(events, None if since is None else from_micros(since))

        return await self._read.run(lambda connection: {b: count(connection, b, p) for b, p in after.items()})

    async def _events(self, sql: str, wanted: Iterable[tuple[Any, ...]]) -> Sequence[RecordedEvent]:
        """What all these questions find, in the order of the log."""

        def read(connection: sqlite3.Connection) -> list[RecordedEvent]:
            connection.execute("BEGIN")  # one snapshot for all
            try:
                rows = [row for parameters in wanted for row in connection.execute(sql, parameters)]
            finally:
                connection.execute("COMMIT")
            return [_recorded(row) for row in sorted(rows)]

        return await self._read.run(read)

    async def close(self) -> None:
        await self._write.close()
        await self._read.close()


class ConnectionThread:
    """A connection and the one thread that uses it."""

    def __init__(self, path: Path, connect: Callable[[Path], sqlite3.Connection] = connect) -> None:
        self._path, self._connect = path, connect
        self._connection: sqlite3.Connection | None = None
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="sqlite-log")

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._guarded, work)

    def _guarded(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            if self._connection is None:
                self._connection = self._connect(self._path)
            return work(self._connection)
        except sqlite3.OperationalError as error:
            raise LogUnavailableError(str(error)) from error

    async def close(self) -> None:
        def close() -> None:
            if self._connection is not None:
                self._connection.close()

        await asyncio.get_running_loop().run_in_executor(self._executor, close)
        self._executor.shutdown()


def _append(connection: sqlite3.Connection, commits: Sequence[Commit]) -> list[Answer]:
    with closing(connection.cursor()) as cursor:
        cursor.execute("BEGIN IMMEDIATE")
        try:
            head, last = _last(cursor)
            moment = max(to_micros(datetime.now(UTC)), last)
            answers: list[Answer] = []
            for commit in commits:
                answer = _append_one(cursor, commit, head, moment)
                answers.append(answer)
                if isinstance(answer, Appended) and commit.events:
                    head = answer.position
            cursor.execute("COMMIT")
        except BaseException:
            cursor.execute("ROLLBACK")
            raise
    return answers


def _append_one(cursor: sqlite3.Cursor, commit: Commit, head: int, moment: int) -> Answer:
    key = (str(commit.actor), str(commit.command_id))
    stored = cursor.execute(
        "SELECT digest, outcome, position, recorded_at FROM outcomes WHERE actor = ? AND command_id = ?", key
    ).fetchone()
    if stored is not None:
        digest, outcome, position, recorded_at = stored
        return Repeated(digest, outcome, position, from_micros(recorded_at))
    versions = {
        stream: (cursor.execute("SELECT version FROM streams WHERE stream = ?", (stream,)).fetchone() or (0,))[0]
        for stream in commit.reads
    }
    moved = frozenset(stream for stream, version in commit.reads.items() if versions[stream] != version)
    if moved:
        return Moved(moved)
    heads: dict[str, int] = {}
    for position, event in enumerate(commit.events, head + 1):
        effective = moment if event.effective_at is None else to_micros(event.effective_at)
        project = None if event.project is None else str(event.project)
        cursor.execute(
            _INSERT,
            (position, event.stream, event.version, event.type, event.schema, event.data, event.metadata,
             project, branch_of(event.stream), effective, moment),
        )  # fmt: skip
        heads[event.stream] = event.version
    cursor.executemany(
        "INSERT INTO streams (stream, version) VALUES (?, ?) "
        "ON CONFLICT (stream) DO UPDATE SET version = excluded.version",
        heads.items(),
    )
    position = head + len(commit.events)
    if commit.outcome is not None:
        cursor.execute(
            "INSERT INTO outcomes (actor, command_id, digest, outcome, position, recorded_at) VALUES (?,?,?,?,?,?)",
            (*key, commit.digest, commit.outcome, position, moment),
        )
    return Appended(position, from_micros(moment))


def _last(source: sqlite3.Connection | sqlite3.Cursor) -> tuple[int, int]:
    return source.execute(_LAST).fetchone() or (0, 0)


def _recorded(row: tuple[Any, ...]) -> RecordedEvent:
    position, stream, version, type_, schema, data, metadata, project, branch, effective_at, recorded_at = row
    return RecordedEvent(
        position, stream, version, type_, schema, data, metadata, project and UUID(project), branch,
        from_micros(effective_at), from_micros(recorded_at),
    )  # fmt: skip
