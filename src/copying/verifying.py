"""Whether a log is sound: positions, versions, times, heads, and that every event can be read."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from ..events import RecordedEvent, chain
from ..events.codec import UndecodableEventError, canonical_json
from ..events.log import branch_of
from ..events.tables import EVENTS
from .errors import DamagedLogError
from .rows import Row, Tables, recorded

Progress = Callable[[int], object]
LIMIT = 100
"""So many problems are named; that there are more is told."""

_VERSIONS = """
SELECT position, stream, version, previous, before FROM (
    SELECT position, stream, version,
           coalesce(lag(version) OVER (PARTITION BY stream ORDER BY version), 0) AS previous,
           coalesce(lag(position) OVER (PARTITION BY stream ORDER BY version), 0) AS before
    FROM events
) AS numbered
WHERE version <> previous + 1 OR before > position
ORDER BY position LIMIT $1
"""
"""In the order of an index: what is remembered is one row, however many streams there are."""
_HEADS = """
SELECT e.stream, e.version, s.version
FROM (SELECT stream, max(version) AS version FROM events GROUP BY stream) AS e
LEFT JOIN streams AS s ON s.stream = e.stream
WHERE s.version IS NULL OR s.version <> e.version
LIMIT $1
"""
_EMPTY = """
SELECT s.stream, s.version FROM streams AS s
WHERE NOT EXISTS (SELECT 1 FROM events AS e WHERE e.stream = s.stream)
LIMIT $1
"""
_BEYOND = "SELECT position, command_id FROM outcomes WHERE position > $1 ORDER BY position LIMIT $2"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that does not hold, and where."""

    position: int | None
    stream: str | None
    what: str

    def __str__(self) -> str:
        where = "" if self.position is None else f"position {self.position}, "
        return f"{where}{self.stream}: {self.what}" if self.stream else f"{where}{self.what}"


@dataclass
class Findings:
    """What there is and what is wrong with it. `link` is that of the last event, see events/chain.py."""

    events: int = 0
    head: int = 0
    link: bytes = chain.START
    problems: list[Problem] = field(default_factory=list)
    more: bool = False

    def add(self, position: int | None, stream: str | None, what: str) -> None:
        if len(self.problems) < LIMIT:
            self.problems.append(Problem(position, _shown(stream) if stream else None, _shown(what)))
        else:
            self.more = True


async def head_of(tables: Tables) -> int:
    """The last position, 0 when the log is empty."""
    ((head,),) = await tables.ask("SELECT coalesce(max(position), 0) FROM events")
    return int(head)


async def verify(tables: Tables, progress: Progress = lambda _: None, *, decoding: bool = True) -> Findings:
    """Reads the whole log, twice; what it finds. Without `decoding` what the events say is not looked at."""
    found = Findings()
    last = 0
    async for page in tables.rows(EVENTS):
        for row in page:
            last = _look_at(row, last, found, decoding=decoding)
        progress(found.events)
    async for problem in _apart(tables, found.head):
        found.add(*problem)
    return found


def _look_at(row: Row, last: int, found: Findings, *, decoding: bool) -> int:
    """Looks at the next event; the latest time so far."""
    values: Any = row
    position, stream, recorded_at = values[0], values[1], values[10]
    missing = position - found.head - 1
    if missing:
        which = f"position {position - 1} is" if missing == 1 else f"positions {found.head + 1} to {position - 1} are"
        found.add(position, None, f"{which} missing before it")
    found.head, found.events = position, found.events + 1
    try:
        event = recorded(row)
        found.link = chain.link(found.link, event)
        later = recorded_at >= last
    except (ValueError, TypeError, OverflowError, AttributeError) as error:
        found.add(position, str(stream), f"its columns hold what they cannot: {error}")
        return last
    if not later:
        found.add(position, stream, "it was recorded before the event ahead of it")
    if "@" not in stream or event.branch != branch_of(stream):
        found.add(position, stream, f"its branch is {event.branch!r}, which its stream does not say")
    if decoding:
        for what in _unreadable(event):
            found.add(position, stream, what)
    return int(max(last, recorded_at))


def _shown(text: str) -> str:
    """What can be printed, of what may be damaged."""
    return text.encode(errors="backslashreplace").decode()


def _unreadable(event: RecordedEvent) -> Iterator[str]:
    try:
        _ = event.event
    except UndecodableEventError as error:
        yield str(error)
    for name, text in (("data", event.data), ("metadata", event.metadata)):
        try:
            canonical = canonical_json(orjson.loads(text)) == text
        except (ValueError, TypeError):
            canonical = False
        if not canonical:
            yield f"its {name} is no canonical JSON"


async def refuse_torn(tables: Tables) -> None:
    """Raises DamagedLogError where streams lack events that they had: what is copied would look whole."""
    problems = [str(Problem(*each)) async for each in _apart(tables, await head_of(tables))]
    if problems:
        raise DamagedLogError("this is no sound log", problems[:10])


async def _apart(tables: Tables, head: int) -> AsyncIterator[tuple[int | None, str | None, str]]:
    """What cannot be seen from one event and the one before."""
    limit = LIMIT + 1
    for position, stream, version, previous, before in await tables.ask(_VERSIONS, limit):
        if version != previous + 1:
            yield position, stream, f"version {version} follows version {previous}"
        else:
            yield position, stream, f"version {version} comes before version {previous}, at position {before}"
    for stream, version, told in await tables.ask(_HEADS, limit):
        yield None, stream, f"its head says {f'version {told}' if told else 'nothing'} and its events version {version}"
    for stream, version in await tables.ask(_EMPTY, limit):
        yield None, stream, f"its head says version {version} and it has no event: the log may be cut off"
    for position, id_ in await tables.ask(_BEYOND, head, limit):
        yield position, None, f"command {id_} was answered with it, and it is not there: the log may be cut off"
