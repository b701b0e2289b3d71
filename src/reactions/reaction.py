"""Reactions and schedules as values, and the circumstances in which the service gives commands for them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

from ..commands.command import SYSTEM, Command, Context
from ..commands.loop import Accepted
from ..commands.result import Failure
from ..events import Event, RecordedEvent
from ..events.catalogue import BY_MODEL

Act = Callable[[Command], Awaitable[Accepted | Failure]]
"""Gives a command as the service itself. Given again for the same event, it is answered the same and does nothing."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAMESPACE = UUID("6f0d3f56-3f7e-5b0e-9c55-5f1b7c7c2a10")


@dataclass(frozen=True)
class Reaction:
    """Follows events of some types, each at least once and in order, and is never rebuilt.

    `react` takes no moment and no chance into its commands, only what the event says: a repeat must give the same.
    With no checkpoint yet it starts at the first event, or at the present end of the log.
    """

    name: str
    events: tuple[type[Event], ...]
    react: Callable[[RecordedEvent, Act], Awaitable[None]]
    from_end: bool = False

    def follows(self) -> frozenset[str]:
        """The stored types of its events."""
        return frozenset(BY_MODEL[event].name for event in self.events)

    def end(self, head: int, _now: datetime) -> int:
        """The position at which nothing is left to do."""
        return head

    def beginning(self, head: int, _now: datetime) -> int:
        """The position when there is no checkpoint yet."""
        return head if self.from_end else 0


@dataclass(frozen=True)
class Schedule:
    """Gives a command once in every period over all processes, when there is reason to.

    `command` is told the time of the tick, the same in every process; None means that nothing is to be done. Ticks
    that nobody was there for are not made up.
    """

    name: str
    every: timedelta
    command: Callable[[datetime], Awaitable[Command | None]]

    def end(self, _head: int, now: datetime) -> int:
        """The number of the present tick."""
        return (now - _EPOCH) // self.every

    def beginning(self, head: int, now: datetime) -> int:
        """The tick before: the first one is done at once."""
        return self.end(head, now) - 1

    def time(self, tick: int) -> datetime:
        return _EPOCH + tick * self.every


Job = Reaction | Schedule


def derived(*place: str | int, correlation_id: str | None = None, cause: str) -> Context:
    """The service's own circumstances for the command of that place, the same whenever it is given."""
    command_id = uuid5(_NAMESPACE, "/".join(map(str, place)))
    return Context(
        actor=SYSTEM,
        command_id=command_id,
        new_id=uuid5(command_id, "new"),
        now=datetime.now(UTC),
        correlation_id=correlation_id or str(command_id),
        causation_id=cause,
    )
