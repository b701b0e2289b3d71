"""A projection as a value: which events it follows, which rows it needs, and what it makes of them."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ..events import Event, RecordedEvent
from ..events.catalogue import BY_MODEL
from ..events.log import BUCKETS, WHOLE, bucket_of
from .read_model import ReadModel
from .rows import Need, Rows


def nothing(_rows: Rows) -> None:
    """For projections that have nothing left to do at the end of a batch."""


def none(_first: RecordedEvent) -> Iterable[Need]:
    """For projections of which no row follows from the one before it."""
    return ()


@dataclass(frozen=True)
class Derivation:
    """What follows from the rows of several projections together and takes long, such as a schedule.

    The projection only marks what is due, event by event; `derive` does what is marked in one of its generations, once
    for however many events. It may be called at any time, by any number of workers at once; cancelled, it ends what it
    has in hand. Raises LogUnavailableError.

    `complete` tells whether a new generation has all that those which are read (the last argument) have, so that
    readers may be sent there. `behind` gives a position that a generation has yet to leave before it is at the given
    one, for a project or for all, if there is one.
    """

    derive: Callable[[AsyncEngine, int], Awaitable[int]]
    complete: Callable[[AsyncConnection, int, Sequence[int]], Awaitable[bool]]
    behind: Callable[[AsyncConnection, int, int, UUID | None], Awaitable[int | None]]


@dataclass(frozen=True)
class Projection:
    """`needs` names the rows that `apply` will look at; `settle` derives, once a batch, what follows from all.

    `before` names rows that the first event of a batch looks at beside its own: one small fetch, however many follow.

    All are given events of the followed types only; `events` None means all types. A projection that comes to
    mean something else, or whose tables change, takes a new version. One that is `bucketed` keeps the rows of each
    project apart, so that its buckets can be filled side by side and a project can wait by itself.
    """

    name: str
    version: int
    tables: tuple[type[ReadModel], ...]
    events: tuple[type[Event], ...] | None
    needs: Callable[[RecordedEvent], Iterable[Need]]
    apply: Callable[[RecordedEvent, Rows], None]
    settle: Callable[[Rows], None] = nothing
    bucketed: bool = False
    derivation: Derivation | None = None
    before: Callable[[RecordedEvent], Iterable[Need]] = none

    @property
    def buckets(self) -> Sequence[int]:
        return range(BUCKETS) if self.bucketed else (WHOLE,)

    def bucket_of(self, recorded: RecordedEvent) -> int:
        return bucket_of(recorded.project) if self.bucketed and recorded.project else WHOLE

    @cached_property
    def _types(self) -> frozenset[str]:
        return frozenset(BY_MODEL[event].name for event in self.events or ())

    def follows(self, recorded: RecordedEvent) -> bool:
        return self.events is None or recorded.type in self._types

    async def project(self, recorded: Sequence[RecordedEvent], connection: AsyncConnection, generation: int) -> None:
        """Applies those of the events that it follows, in order, to the rows of a generation, and writes them."""
        rows = Rows(connection, generation)
        if await self.fold(recorded, rows):
            await rows.flush()

    async def fold(self, recorded: Sequence[RecordedEvent], rows: Rows, *, missing: bool = False) -> bool:
        """Applies those of the events that it follows, in order, to rows in memory; False: it follows none of them.

        `missing`: all rows there are have been fetched, and what an event is about may not be among them, as where some
        of those before it are left out. Then it changes nothing.
        """
        mine = [event for event in recorded if self.follows(event)]
        if mine:
            if not missing:
                await rows.fetch([*self.before(mine[0]), *(need for event in mine for need in self.needs(event))])
            for event in mine:
                with suppress(KeyError) if missing else nullcontext():
                    self.apply(event, rows)
                rows.keep(event.position)
            self.settle(rows)
            rows.derived()
        return bool(mine)
