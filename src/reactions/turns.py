"""One turn of a reaction or a schedule, from its checkpoint on."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime
from itertools import count

import orjson
import structlog

from ..commands.codes import Code
from ..commands.command import Command
from ..commands.loop import Accepted, CommandLoop
from ..commands.result import Failure
from ..events import EventLog, LogUnavailableError, RecordedEvent
from .checkpoints import Checkpoint, Checkpoints
from .reaction import Reaction, Schedule, derived

BATCH = 1_000
TURN_SECONDS = 5.0
"""Who has much to do lets the others go on after this, and is taken up again."""
_PATIENCE_SECONDS = 300.0
"""What has not come to an end after this has failed."""

_logger = structlog.get_logger(__name__)


class RefusedError(Exception):
    """A scheduled command was refused."""


@dataclass(frozen=True)
class Turns:
    """What turns need. Nothing of the database is held while a reaction acts."""

    log: EventLog
    commands: CommandLoop
    checkpoints: Checkpoints
    stopping: asyncio.Event

    async def follow(self, reaction: Reaction, checkpoint: Checkpoint) -> None:
        """Goes through the log in order, as far as the turn lasts, and up to an event that fails."""
        name, position, types = reaction.name, checkpoint.position, reaction.follows()
        until = asyncio.get_running_loop().time() + TURN_SECONDS
        while recorded := await self.log.read(position, BATCH):
            for event in recorded:
                if event.type not in types:
                    continue
                if error := await self._react(reaction, event):
                    attempts = checkpoint.attempts + 1 if position == checkpoint.position else 1
                    await self.checkpoints.failed(name, position, event.position - 1, attempts, error)
                    return
                if not await self.checkpoints.move(name, position, event.position) or self._over(until):
                    return
                position = event.position
            end = recorded[-1].position  # over what does not matter in one step
            if position < end and not await self.checkpoints.move(name, position, end):
                return
            position = end
            if self._over(until):
                return

    async def tick(self, schedule: Schedule, checkpoint: Checkpoint, now: datetime) -> None:
        """Gives the command of the present tick, if there is one to be given."""
        name, position, number = schedule.name, checkpoint.position, schedule.end(0, now)
        if error := await _error_of(self._give(schedule, number), name):
            await self.checkpoints.failed(name, position, position, checkpoint.attempts + 1, error)
        else:
            await self.checkpoints.move(name, position, number)

    async def _react(self, reaction: Reaction, recorded: RecordedEvent) -> str | None:
        correlation_id, ordinals = orjson.loads(recorded.metadata).get("correlation_id"), count(1)
        cause = f"event {recorded.position}"

        async def act(command: Command) -> Accepted | Failure:
            place = (reaction.name, recorded.position, next(ordinals))
            return await self.commands.execute(command, derived(*place, correlation_id=correlation_id, cause=cause))

        with structlog.contextvars.bound_contextvars(correlation_id=correlation_id):
            error = await _error_of(reaction.react(recorded, act), reaction.name)
        return error and f"{cause}: {error}"

    async def _give(self, schedule: Schedule, number: int) -> None:
        command = await schedule.command(schedule.time(number))
        if command is None:
            return
        context = derived(schedule.name, number, cause=f"schedule {schedule.name}")
        answer = await self.commands.execute(command, context)
        # Another process, with other settings, may have given it otherwise: once is once.
        if isinstance(answer, Failure) and answer.code is not Code.COMMAND_ID_REUSED:
            raise RefusedError(f"{answer.code}: {answer.message}")

    def _over(self, until: float) -> bool:
        return self.stopping.is_set() or asyncio.get_running_loop().time() > until


async def _error_of(work: Awaitable[None], name: str) -> str | None:
    """What went wrong in words, if something did. An outage of the log is nobody's fault, and is raised."""
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await work
    except LogUnavailableError:
        raise
    except Exception as error:
        _logger.exception("reaction failed", reaction=name)
        return f"{type(error).__name__}: {error}"
    return None
