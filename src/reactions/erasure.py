"""Whoever deleted their account is erased: the key goes, and what else is kept of them beside the log."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import structlog
from uuid_utils.compat import uuid7

from ..commands.account import RepeatErasure
from ..commands.command import SYSTEM, Context
from ..commands.loop import CommandLoop
from ..commands.result import Failure
from ..events import RecordedEvent
from ..events.erased import Erased, ErasedList
from ..events.keyring import Keyring
from ..events.user import AccountDeleted
from .reaction import Act, Reaction

Destroy = Callable[[UUID], Awaitable[None]]
"""Destroys something that is kept of a person. Once more does no harm."""

_AT_ONCE = 1_000

_logger = structlog.get_logger(__name__)


class ErasureRefusedError(Exception):
    """A restored account could not be deleted again."""


@dataclass(frozen=True)
class Erasure:
    """What is destroyed of a person: the key, and whatever others have handed in."""

    keyring: Keyring
    others: tuple[Destroy, ...] = ()

    async def of(self, user: UUID) -> None:
        await self.keyring.destroy(str(user))
        for destroy in self.others:
            await destroy(user)


def erasure(erase: Erasure, listed: ErasedList | None) -> Reaction:
    """The reaction. With a list, whoever was erased is put on it: last, so that nobody is on it who is not."""

    async def react(recorded: RecordedEvent, _act: Act) -> None:
        event = recorded.event
        assert isinstance(event, AccountDeleted)  # noqa: S101 - what it follows
        await erase.of(event.user)
        if listed is not None:
            await asyncio.to_thread(listed.add, Erased(event.user, recorded.recorded_at))

    return Reaction("erasure", (AccountDeleted,), react)


async def replay(listed: Iterable[Erased], erase: Erasure, commands: CommandLoop) -> int:
    """Erases again whoever came back with a restored database; how many. Once more does no harm.

    Who has a key still came back. The account is deleted first: the key is what tells that something is left to do.
    """
    users = list(dict.fromkeys(each.user for each in listed))
    count = 0
    for start in range(0, len(users), _AT_ONCE):
        some = users[start : start + _AT_ONCE]
        alive = await erase.keyring.store.find(map(str, some))
        for user in some:
            if str(user) in alive:
                await _again(user, commands)
                await erase.of(user)
                count += 1
    if count:
        _logger.warning("erased again after a restore", persons=count)
    return count


async def _again(user: UUID, commands: CommandLoop) -> None:
    id_ = uuid7()
    context = Context(SYSTEM, id_, uuid7(), datetime.now(UTC), str(id_), causation_id="list of erased persons")
    answer = await commands.execute(RepeatErasure(user=user), context)
    if isinstance(answer, Failure):
        raise ErasureRefusedError(f"the account {user} could not be deleted again: {answer.code}: {answer.message}")
