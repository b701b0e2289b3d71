"""Commits for tests of the log itself, which looks at streams and versions and never into the data."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid4, uuid7

from src.events import stream_name
from src.events.log import Appended, Commit, EventLog, NewEvent
from src.events.postgresql_log import _APPEND, _arguments

ACTOR = uuid4()


def new_stream() -> str:
    """The name of a stream that nobody has written yet."""
    return stream_name("test", uuid4())


def commit(
    writes: Mapping[str, int], reads: Mapping[str, int] | None = None, *, count: int = 1, **fields: Any
) -> Commit:
    """Writes `count` events to each stream on top of the version given for it, and reads others at theirs."""
    effective_at: datetime | None = fields.pop("effective_at", None)
    project: UUID | None = fields.pop("project", None)
    metadata: str = fields.pop("metadata", "{}")
    events = [
        NewEvent(stream, version + n, "TasksUnlinked", 1, f'{{"link":"{uuid4()}"}}', metadata, project, effective_at)
        for stream, version in writes.items()
        for n in range(1, count + 1)
    ]
    given: dict[str, Any] = {"actor": ACTOR, "command_id": uuid7(), "digest": b"content", "outcome": "{}"}
    return Commit(**(given | fields), reads={**(reads or {}), **writes}, events=events)


async def appended(log: EventLog, wanted: Commit) -> Appended:
    """Appends it alone; it must stand."""
    (answer,) = await log.append([wanted])
    assert isinstance(answer, Appended), answer
    return answer


async def call_append(connection: Any, *commits: Commit) -> list[Any]:
    """The append as the server function answers it, on a PostgreSQL connection of the test's own."""
    rows: list[Any] = await connection.fetch(_APPEND, *_arguments(commits))
    return rows
