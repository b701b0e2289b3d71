"""One attempt at a decision: what it has read, with versions, and what it has decided so far."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar, overload
from uuid import UUID

from ..events import Event, StreamLog
from ..events.keyring import Keyring
from .aggregate import Ref
from .codes import Code
from .command import Command, Context
from .permissions import NOTHING
from .result import Failure, Success
from .states import Known, States, later

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")
E = TypeVar("E")

_IDENTITY = {"project", "task", "link", "user", "owner", "subtree", "links", "rank", "as_of"}
_IDENTITY |= {"name_reservation", "username_reservation", "email_reservation"}


@dataclass(frozen=True)
class Written:
    stream: str
    version: int
    event: Event
    command: Command
    project: UUID | None
    context: Context


class Session:
    """Loads states and remembers every version, so that the append can check all that was read.

    What one command of a bulk decides is folded into what the next one reads. One that is `fresh` takes no state from
    memory without a look at the log: for what is answered without an append, which would have looked.
    """

    def __init__(
        self, log: StreamLog, states: States, keyring: Keyring, context: Context, *, fresh: bool = False
    ) -> None:
        self._log = log
        self._states = states
        self._keyring = keyring
        self._context = context
        self._fresh = fresh
        self._known: dict[str, Known] = {}
        self._refs: dict[str, Ref[Any]] = {}
        self.granted = NOTHING
        """What the actor of the present command may do, by roles of the system, defined ones and in its project."""
        self.limited = False
        """Whether by an API key, which does nothing for its user as such."""
        self.reads: dict[str, int] = {}
        self.written: list[Written] = []

    @overload
    async def load(self, a: Ref[A], /) -> A: ...
    @overload
    async def load(self, a: Ref[A], b: Ref[B], /) -> tuple[A, B]: ...
    @overload
    async def load(self, a: Ref[A], b: Ref[B], c: Ref[C], /) -> tuple[A, B, C]: ...
    @overload
    async def load(self, a: Ref[A], b: Ref[B], c: Ref[C], d: Ref[D], /) -> tuple[A, B, C, D]: ...
    @overload
    async def load(self, a: Ref[A], b: Ref[B], c: Ref[C], d: Ref[D], e: Ref[E], /) -> tuple[A, B, C, D, E]: ...
    async def load(self, *refs: Ref[Any]) -> Any:
        """The state of each, all that is not here yet in one read."""
        states = await self.load_all(refs)
        return states[0] if len(refs) == 1 else tuple(states)

    async def load_all(self, refs: "tuple[Ref[A], ...] | list[Ref[A]]") -> list[A]:
        """The states of any number of aggregates of one kind, in one read."""
        missing = [ref for ref in refs if ref.stream not in self._known]
        if missing:
            if self._fresh:
                self._states.moved(ref.stream for ref in missing)
            for ref, known in zip(missing, await self._states.get(missing), strict=True):
                self._known[ref.stream] = known
                self._refs[ref.stream] = ref
                self.reads[ref.stream] = known.version
        return [self._known[ref.stream].state for ref in refs]

    async def reservation(self, kind: str, value: str, *scope: UUID) -> str:
        """The name under which a value that must be unique is reserved."""
        return await self._keyring.reservation(kind, value, *scope)

    def version(self, stream: str) -> int:
        """The version of a loaded stream, with what was decided here."""
        return self._known[stream].version

    def state(self, ref: Ref[A]) -> A:
        """A loaded state, with what was decided here."""
        state: A = self._known[ref.stream].state
        return state

    def apply(self, success: Success, command: Command, context: Context | None = None) -> None:
        """Folds what the command decided into the states, and keeps it for the append, as events of its project.

        `context` is that of the command, where it is not the session's.
        """
        project, context = _project(command, success), context or self._context
        for stream, event in success.events:
            version, state, latest = self._known[stream]
            state = self._refs[stream].aggregate.evolve(state, event, version + 1)
            self._known[stream] = Known(version + 1, state, later(latest, context.effective_at or context.now))
            self.written.append(Written(stream, version + 1, event, command, project, context))

    def backwards(self, success: Success, at: datetime) -> datetime | None:
        """The latest effective time in the streams that would be written, if it is after this one.

        Reservations tell who has a name now, which is no history.
        """
        known = [self._known[stream].latest for stream, _ in success.events if not stream.startswith("reservation-")]
        return max((latest for latest in known if latest is not None and latest > at), default=None)

    async def moved(self) -> bool:
        """Whether something that was read has changed since, so that another session would decide otherwise."""
        since = await self._log.read_streams(self.reads)
        self._states.moved(event.stream for event in since)
        return bool(since)

    def outcome(self, recorded_at: datetime) -> list[tuple[str, int, Known]]:
        """(stream, version before, state after) of all that was written, and recorded at this time."""
        now = {w.stream for w in self.written if w.context.effective_at is None}
        known = {w.stream: self._known[w.stream] for w in self.written}
        return [
            (stream, self.reads[stream], each._replace(latest=recorded_at) if stream in now else each)
            for stream, each in known.items()
        ]

    async def expect(self, ref: Ref[Any], revision: int, entity: UUID | str) -> Failure | None:
        """The refusal of a caller who has seen another revision of the entity than the present one."""
        expected = self._context.expected
        if expected is None or expected == revision:
            return None
        since = await self._log.read_streams({ref.stream: expected})
        about = [r.event.model_dump(mode="json", exclude_none=True) for r in since]
        fields = {n for e in about if str(entity) in _flat(e) for n, value in e.items() if value != str(entity)}
        fields -= _IDENTITY
        return Failure(
            Code.STALE_WRITE,
            f"this was changed since revision {expected}: it is at revision {revision} now; read it again and decide",
            {"expected": expected, "revision": revision, "changed": sorted(fields)},
        )


def _project(command: Command, success: Success) -> UUID | None:
    """The project that the command is about, also when it makes it."""
    project: UUID | None = getattr(command, "project", None)
    return project or (UUID(success.ids["project"]) if "project" in success.ids else None)


def _flat(fields: dict[str, Any]) -> set[Any]:
    return {
        v for value in fields.values() for v in (value if isinstance(value, list) else [value]) if isinstance(v, str)
    }
