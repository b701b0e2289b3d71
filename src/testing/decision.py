"""A command and what is decided: events, a refusal, or nothing."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from uuid import UUID

from uuid_utils.compat import uuid7

from ..commands.aggregate import Ref
from ..commands.codes import Code
from ..commands.command import Command
from ..commands.loop import Accepted, CommandLoop
from ..commands.result import Failure
from ..events import Event, StreamLog
from ..events.keyring import Keyring
from ..events.notice import NoticeEvent
from .acting import accepted, context, refused
from .differences import same
from .memory import KEYRING, NOW, MemoryLog

S = TypeVar("S")
Play = Callable[[StreamLog, Keyring, CommandLoop], Awaitable[None]]


@dataclass(frozen=True)
class Decision:
    """Commands on top of what was given: several are decided as one, all or none.

    Whatever is decided is asked for again under the same command id: the answer is the same, and nothing happens.
    """

    play: Play
    commands: tuple[Command, ...]
    by: UUID
    circumstances: Mapping[str, Any]
    wish: bool = False

    def idempotent(self) -> "Decision":
        """Also: the same wish under another command id finds it so already."""
        return replace(self, wish=True)

    async def then(self, *events: Event, warnings: Iterable[str] = ()) -> Accepted:
        """Accepted with exactly these events, personal fields in plain text, and with warnings of these codes."""
        answer, happened, _ = await self._decide()
        stands = accepted(answer)
        same("events", events, happened)
        same("warnings", list(warnings), [warning.code for warning in stands.warnings])
        return stands

    async def nothing(self, *, warnings: Iterable[str] = ()) -> Accepted:
        """Accepted without any event: it is so already."""
        return await self.then(warnings=warnings)

    async def refused(self, code: Code, **details: Any) -> Failure:
        """Refused with this code, and with these among the facts behind it."""
        answer, happened, _ = await self._decide()
        refusal = refused(answer)
        same("refusal", [code.value], [refusal.code.value])
        same("details", [details], [{name: refusal.details.get(name) for name in details}])
        same("events", [], [event for event in happened if not isinstance(event, NoticeEvent)])
        return refusal

    async def answer(self) -> Accepted | Failure:
        """The answer, whatever it is."""
        answer, _, _ = await self._decide()
        return answer

    async def state(self, ref: Ref[S]) -> S:
        """The state of an aggregate after the command, which must be accepted."""
        answer, _, commands = await self._decide()
        accepted(answer)
        return await commands.session(context(self.by)).load(ref)

    async def _decide(self) -> tuple[Accepted | Failure, list[Event], CommandLoop]:
        log = MemoryLog()
        commands = CommandLoop(log, KEYRING)
        await self.play(log, KEYRING, commands)
        before = len(log.recorded)
        circumstances = context(self.by, **{"now": NOW, **self.circumstances})
        answer = await commands.execute_all(self.commands, circumstances)
        after = len(log.recorded)
        same("answer to a repeat", [answer], [await commands.execute_all(self.commands, circumstances)])
        if self.wish:
            again = await commands.execute_all(self.commands, replace(circumstances, command_id=uuid7()))
            if isinstance(again, Failure) or again.changed:
                raise AssertionError(f"the same wish again is not quiet: {again}")
        same("events of a repeat", [], [recorded.event for recorded in log.recorded[after:]])
        await commands.close()
        return answer, await KEYRING.reveal(each.event for each in log.recorded[before:after]), commands
