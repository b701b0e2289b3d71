"""Looks into a log: one event, the events of a stream, the names of streams."""

from collections.abc import Sequence
from contextlib import aclosing
from datetime import datetime
from typing import NamedTuple

from ..events import RecordedEvent, chain
from ..events.instant import from_micros
from ..events.tables import EVENTS
from .rows import Tables, columns_of, recorded
from .verifying import Progress

_EVENT = f"SELECT {columns_of(EVENTS)} FROM events WHERE position = $1"  # noqa: S608 - our own names
_STREAM = f"""
SELECT {columns_of(EVENTS)} FROM events WHERE stream = $1 AND version > $2 ORDER BY version LIMIT $3
"""  # noqa: S608 - our own names
_STREAMS = """
SELECT s.stream, s.version, e.position, e.recorded_at FROM (
    SELECT stream, version FROM streams WHERE substr(stream, 1, $1) = $2 AND stream {bytes} > $3
    ORDER BY stream {bytes} LIMIT $4
) AS s
LEFT JOIN events AS e ON e.stream = s.stream AND e.version = s.version
ORDER BY s.stream {bytes}
"""
"""By the bytes of the names, the same on both databases. No index of PostgreSQL has that order: a page costs a look at
every head, which is for operators and no others."""


class Stream(NamedTuple):
    """A stream, with the last event that its head tells of: nothing, where the log has none such."""

    stream: str
    version: int
    position: int | None
    recorded_at: datetime | None


async def event_at(tables: Tables, position: int) -> RecordedEvent | None:
    found = await tables.ask(_EVENT, position)
    return recorded(found[0]) if found else None


async def link_at(tables: Tables, position: int, progress: Progress) -> bytes:
    """The link of the event, for which all before it are read."""
    link, done = chain.START, 0
    async with aclosing(tables.rows(EVENTS)) as pages:
        async for page in pages:
            for row in page:
                event = recorded(row)
                link = chain.link(link, event)
                if event.position >= position:
                    return link
            done += len(page)
            progress(done)
    return link


async def stream_events(tables: Tables, stream: str, after: int, limit: int) -> Sequence[RecordedEvent]:
    """Events of the stream above the version."""
    return [recorded(row) for row in await tables.ask(_STREAM, stream, after, limit)]


async def streams_after(tables: Tables, prefix: str, after: str, limit: int) -> Sequence[Stream]:
    """Streams whose names begin so, in the order of their bytes, from behind that name on."""
    found = await tables.ask(_STREAMS.format(bytes=tables.by_bytes), len(prefix), prefix, after, limit)
    return [
        Stream(name, version, position, None if at is None else from_micros(at))
        for name, version, position, at in found
    ]


async def complete(tables: Tables, beginning: str, limit: int = 10) -> Sequence[str]:
    """The stream of that name or, if there is none, those whose names begin so."""
    if await tables.ask("SELECT 1 FROM streams WHERE stream = $1", beginning):
        return [beginning]
    return [each.stream for each in await streams_after(tables, beginning, "", limit)]
