"""The states of aggregates: folded from their streams, cached, and brought up to date event by event.

A cached state may be old. That costs a retry, never an error: the append checks every version that was read.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from cachetools import LRUCache

from ..events import Event, RecordedEvent, StreamLog
from ..events.keyring import Keyring
from .aggregate import Ref

CACHED_STREAMS = 50_000


class Known(NamedTuple):
    """A state, the version of the stream that it was folded from, and the latest effective time in that."""

    version: int
    state: Any
    latest: datetime | None = None


class States:
    """The states of all aggregates, as this process knows them."""

    def __init__(self, log: StreamLog, keyring: Keyring, capacity: int = CACHED_STREAMS) -> None:
        self._log = log
        self._keyring = keyring
        self._cache: LRUCache[str, Known] = LRUCache(capacity)
        self._stale: set[str] = set()

    async def get(self, refs: Sequence[Ref[Any]]) -> list[Known]:
        """The state of each, from the cache where it is not known to be old; one read for all the others."""
        known = {ref.stream: self._cache.get(ref.stream) for ref in refs}
        missing = {ref.stream: ref for ref in refs if known[ref.stream] is None or ref.stream in self._stale}
        if missing:
            await self._catch_up(missing, known)
        return [known[ref.stream] or Known(0, ref.aggregate.initial) for ref in refs]

    def moved(self, streams: Iterable[str]) -> None:
        """These streams have newer versions than those cached."""
        self._stale.update(streams)

    def advance(self, states: Iterable[tuple[str, int, Known]]) -> None:
        """Takes over what a commit made of (stream, version before, state after), where nothing newer is known."""
        for stream, before, known in states:
            cached = self._cache.get(stream)
            if stream not in self._stale and (before == 0 if cached is None else cached.version == before):
                self._cache[stream] = known

    async def _catch_up(self, missing: dict[str, Ref[Any]], known: dict[str, Known | None]) -> None:
        base = {s: known[s] or Known(0, ref.aggregate.initial) for s, ref in missing.items()}
        recorded = await self._log.read_streams({stream: base[stream].version for stream in missing})
        for stream, version, event, at in await self._revealed(recorded):
            before, evolve = base[stream], missing[stream].aggregate.evolve
            base[stream] = Known(version, evolve(before.state, event, version), later(before.latest, at))
        for stream, fresh in base.items():
            self._stale.discard(stream)
            cached = self._cache.get(stream)
            if fresh.version and (cached is None or cached.version <= fresh.version):
                self._cache[stream] = fresh
        known.update(base)

    async def _revealed(self, recorded: Sequence[RecordedEvent]) -> list[tuple[str, int, Event, datetime]]:
        events = await self._keyring.reveal(r.event for r in recorded)
        return [(r.stream, r.version, event, r.effective_at) for r, event in zip(recorded, events, strict=True)]


def later(one: datetime | None, other: datetime) -> datetime:
    """The later of two times, of which the first may not be known."""
    return other if one is None else max(one, other)
