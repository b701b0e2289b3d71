"""The log and the keys in memory: enough to take decisions on, and gone with the test."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from ..events import RecordedEvent
from ..events.key_store import Wrapped
from ..events.keyring import Keyring
from ..events.log import Answer, Appended, Commit, Moved, Repeated, branch_of

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
"""The time of whatever happens in a test that names no other."""


class MemoryLog:
    """What commands are decided on and appended to, by the rules of the log. All of it happened at `NOW`."""

    def __init__(self) -> None:
        self.recorded: list[RecordedEvent] = []
        self._versions: dict[str, int] = {}
        self._outcomes: dict[tuple[UUID, UUID], Repeated] = {}

    async def append(self, commits: Sequence[Commit]) -> Sequence[Answer]:
        return [self._append(commit) for commit in commits]

    async def read_streams(self, after: Mapping[str, int]) -> Sequence[RecordedEvent]:
        """The events of each stream above the version given for it, in the order of the log."""
        return [each for each in self.recorded if each.version > after.get(each.stream, each.version)]

    def _append(self, commit: Commit) -> Answer:
        command = (commit.actor, commit.command_id)
        if repeated := self._outcomes.get(command):
            return repeated
        moved = {stream for stream, version in commit.reads.items() if self._versions.get(stream, 0) != version}
        if moved:
            return Moved(frozenset(moved))
        for new in commit.events:
            self._versions[new.stream] = new.version
            self.recorded.append(
                RecordedEvent(
                    position=len(self.recorded) + 1,
                    stream=new.stream,
                    version=new.version,
                    type=new.type,
                    schema=new.schema,
                    data=new.data,
                    metadata=new.metadata,
                    project=new.project,
                    branch=branch_of(new.stream),
                    effective_at=new.effective_at or NOW,
                    recorded_at=NOW,
                )
            )
        if commit.outcome is not None:
            self._outcomes[command] = Repeated(commit.digest, commit.outcome, len(self.recorded), NOW)
        return Appended(len(self.recorded), NOW)


class MemoryKeys:
    """Wrapped keys in a dict; in the place of a destroyed one nothing."""

    def __init__(self) -> None:
        self.keys: dict[str, bytes] = {}

    async def add(self, id_: str, wrapped: bytes) -> None:
        self.keys.setdefault(id_, wrapped)

    async def find(self, ids: Iterable[str]) -> dict[str, bytes]:
        return {id_: wrapped for id_ in ids if (wrapped := self.keys.get(id_))}

    async def destroy(self, id_: str) -> None:
        self.keys[id_] = b""

    async def discard(self, id_: str) -> None:
        """Nothing is swept here."""

    async def after(self, id_: str, limit: int) -> Sequence[Wrapped]:
        ids = sorted(each for each, wrapped in self.keys.items() if each > id_ and wrapped)
        return [Wrapped(each, self.keys[each]) for each in ids[:limit]]

    async def replace(self, old: Sequence[Wrapped], new: Sequence[Wrapped]) -> int:
        unchanged = [is_ for was, is_ in zip(old, new, strict=True) if self.keys.get(was.id) == was.box]
        self.keys |= dict(unchanged)
        return len(unchanged)

    async def overwrite(self) -> None:
        """Nothing of it is in a file."""


KEYRING = Keyring(MemoryKeys(), bytes(32))
"""One for all tests of a process, so that a name is reserved under the same name in each."""


async def reservation(kind: str, value: str, *scope: UUID) -> str:
    """The name under which a value that must be unique is reserved, in tests of commands and projections."""
    return await KEYRING.reservation(kind, value, *scope)
