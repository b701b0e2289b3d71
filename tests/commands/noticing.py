"""What was noticed, as the log has it, and an outage of the log."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import orjson
from uuid_utils.compat import uuid4

from src.events import LogUnavailableError, RecordedEvent, StreamLog
from src.events.catalogue import NOTICES
from src.events.codec import canonical_json
from src.events.keyring import Keyring
from src.events.log import Answer, Commit
from src.wiring import App


class FailingLog:
    """The real log. While `away` nobody gets an answer; what was `unseen` stands all the same."""

    def __init__(self, log: StreamLog) -> None:
        self.appends: list[list[Commit]] = []
        self.away = self.unseen = False
        self._log = log

    async def append(self, commits: Sequence[Commit]) -> Sequence[Answer]:
        self.appends.append(list(commits))
        answers = await self._log.append(commits) if self.unseen or not self.away else ()
        if self.away:
            raise LogUnavailableError("nobody there")
        return answers

    async def read_streams(self, after: Mapping[str, int]) -> Sequence[RecordedEvent]:
        return await self._log.read_streams(after)


async def noticed(app: App, since: int, actor: UUID | None = None) -> list[RecordedEvent]:
    """What was noticed after the position, of that actor if one is named."""
    recorded = await app.log.read(since, await app.log.head() - since + 1)
    by = [each for each in recorded if actor is None or orjson.loads(each.metadata)["actor"] == str(actor)]
    return [each for each in by if each.type in NOTICES]


def total(recorded: Sequence[RecordedEvent]) -> int:
    """How much these events stand for."""
    return sum(each.event.count for each in recorded)  # type: ignore[attr-defined]


async def where(keyring: Keyring, recorded: RecordedEvent) -> tuple[str | None, str | None, str]:
    """The address and the agent of an event, and whose key seals them."""
    metadata = orjson.loads(recorded.metadata)
    sealed = [(name, canonical_json(metadata[name])) for name in ("address", "agent") if name in metadata]
    keys = {metadata[name]["key"] for name in ("address", "agent") if name in metadata}
    address, agent = [*await keyring.read(sealed), None, None][:2]
    return address, agent, "".join(keys)


def an_address() -> str:
    """One that nobody had."""
    return f"test-{uuid4()}"
