"""A projection as a value: which events it follows, which rows it needs, and what it makes of them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..events import Event, RecordedEvent
from ..events.catalogue import BY_MODEL
from .rows import Need, ReadModel, Rows


def nothing(_rows: Rows) -> None:
    """For projections that have nothing left to do at the end of a batch."""


@dataclass(frozen=True)
class Projection:
    """`needs` names the rows that `apply` will look at; `settle` derives, once a batch, what follows from all.

    All are given events of the followed types only; `events` None means all types. A projection that comes to
    mean something else takes a new version.
    """

    name: str
    version: int
    tables: tuple[type[ReadModel], ...]
    events: tuple[type[Event], ...] | None
    needs: Callable[[RecordedEvent], Iterable[Need]]
    apply: Callable[[RecordedEvent, Rows], None]
    settle: Callable[[Rows], None] = nothing

    def follows(self) -> frozenset[str] | None:
        """The stored types of its events; None for all."""
        return None if self.events is None else frozenset(BY_MODEL[event].name for event in self.events)
