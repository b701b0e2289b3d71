"""An aggregate as the command loop sees it: where its events are, and how they make its state."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from ..events import MAIN, stream_name

S = TypeVar("S")


@dataclass(frozen=True)
class Ref(Generic[S]):
    """One aggregate's stream."""

    aggregate: "Aggregate[S]"
    stream: str


@dataclass(frozen=True)
class Aggregate(Generic[S]):
    """A kind of aggregate. `evolve` folds (state, event, version of the event) and never refuses."""

    category: str
    initial: S
    evolve: Callable[[S, Any, int], S]

    def at(self, id_: UUID | str, branch: str = MAIN) -> Ref[S]:
        return Ref(self, stream_name(self.category, id_, branch))
