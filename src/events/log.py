"""The event log as the rest of the house sees it: what is appended, what is answered, what is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Protocol
from uuid import UUID

from .codec import decode
from .event import Event

MAIN = "main"
SYSTEM = UUID("00000000-0000-7000-8000-000000000001")
"""The service itself, as an actor: it registers the first users. No token is ever made for it."""
ANONYMOUS = UUID("00000000-0000-7000-8000-000000000002")
"""Nobody who was recognised, as the actor of what is noticed: sign-ins that failed. No command may act as it."""
BUCKETS = 64
WHOLE = -1
"""Stands in the place of a bucket for the whole log."""


def stream_name(category: str, id_: UUID | str, branch: str = MAIN) -> str:
    """The name of an aggregate's stream; the branch is part of it from the first event on."""
    return f"{category}-{id_}@{branch}"


def bucket_of(project: UUID) -> int:
    """The bucket of a project, by the last bits of its id; the index of the events says the same."""
    return project.int % BUCKETS


def branch_of(stream: str) -> str:
    return stream.rpartition("@")[2]


def position_at(moment: str) -> str:
    """SQL for the position of the last event recorded at the moment (a parameter) or before.

    Recorded times never fall, so half of what is left falls away with each look; no index is needed.
    """
    return f"""
        WITH RECURSIVE within (low, high) AS (
            SELECT CAST(0 AS bigint), coalesce(max(position), 0) FROM events
            UNION ALL
            SELECT CASE WHEN e.recorded_at <= {moment} THEN e.position ELSE w.low END,
                   CASE WHEN e.recorded_at <= {moment} THEN w.high ELSE e.position - 1 END
            FROM within w JOIN events e ON e.position = (w.low + w.high + 1) / 2 WHERE w.low < w.high
        )
        SELECT low FROM within WHERE low = high
    """  # noqa: S608 - the name of a parameter


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event ready to be stored. `effective_at` None means: when it is recorded."""

    stream: str
    version: int
    type: str
    schema: int
    data: str
    metadata: str
    project: UUID | None
    effective_at: datetime | None


@dataclass(frozen=True)
class RecordedEvent:
    """An event as the log holds it. Positions have no gaps and are the order of commit."""

    position: int
    stream: str
    version: int
    type: str
    schema: int
    data: str
    metadata: str
    project: UUID | None
    branch: str
    effective_at: datetime
    recorded_at: datetime

    @cached_property
    def event(self) -> Event:
        """The decoded event, its personal fields still sealed; raises UndecodableEventError."""
        return decode(self.type, self.schema, self.data)


@dataclass(frozen=True)
class Commit:
    """One command's decision: everything that it read, with the versions, and what is to be written.

    `reads` holds every stream that is written too, with the version before. `outcome` is what a repeat of
    the command is answered; None means that a repeat is decided afresh.
    """

    actor: UUID
    command_id: UUID
    digest: bytes
    outcome: str | None
    reads: Mapping[str, int]
    events: Sequence[NewEvent]

    @cached_property
    def writes(self) -> frozenset[str]:
        return frozenset(event.stream for event in self.events)


@dataclass(frozen=True, slots=True)
class Appended:
    """The commit stands. With no events, `position` is the end of the log when its reads were verified."""

    position: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Moved:
    """A stream that the decision read has moved since: nothing of the commit was written."""

    streams: frozenset[str]


@dataclass(frozen=True, slots=True)
class Repeated:
    """This actor has used the command id before; `digest` tells whether for the same content."""

    digest: bytes
    outcome: str
    position: int
    recorded_at: datetime


Answer = Appended | Moved | Repeated


class LogUnavailableError(Exception):
    """The database cannot be reached or did not answer; what was asked may be asked again."""


@dataclass(frozen=True, slots=True)
class Pending:
    """Events that wait: how many, and when the first of them was recorded."""

    events: int
    since: datetime | None


class Appender(Protocol):
    """Takes commits, each atomic on its own, in the order given."""

    async def append(self, commits: Sequence[Commit]) -> Sequence[Answer]: ...


class StreamLog(Appender, Protocol):
    """What decisions are taken on and appended to."""

    async def read_streams(self, after: Mapping[str, int]) -> Sequence[RecordedEvent]:
        """The events of each stream above the version given for it, in the order of the log."""
        ...


class EventLog(StreamLog, Protocol):
    """An append-only log of events with one order over all streams."""

    async def read(self, after: int, limit: int) -> Sequence[RecordedEvent]:
        """The events at the positions after+1 … after+limit, as far as they exist."""
        ...

    async def read_buckets(self, after: Mapping[int, int], limit: int) -> Sequence[RecordedEvent]:
        """Of each bucket up to `limit` events above the position given for it, all in the order of the log."""
        ...

    async def read_project(self, project: UUID, after: int, limit: int) -> Sequence[RecordedEvent]:
        """Up to `limit` events of the project above the position."""
        ...

    async def read_stream(self, stream: str, after: int, limit: int) -> Sequence[RecordedEvent]:
        """Up to `limit` events of the stream above the version."""
        ...

    async def read_positions(self, positions: Sequence[int]) -> Sequence[RecordedEvent]:
        """The events at these positions, in the order of the log."""
        ...

    async def position_at(self, moment: datetime) -> int:
        """The position of the last event that was recorded at the moment or before; 0 when there is none."""
        ...

    async def head(self) -> int:
        """The last position, 0 when the log is empty."""
        ...

    async def heads(self) -> Mapping[int, int]:
        """The last position in each bucket that has events, and of the log under WHOLE."""
        ...

    async def pending(self, after: Mapping[int, int]) -> Mapping[int, Pending]:
        """What each bucket, or the log under WHOLE, has above the position given for it."""
        ...

    async def close(self) -> None: ...
