"""The command loop: authorise, load, decide, append, and again if something that was read has moved.

1. Commands that write one stream queue, within this process; other processes are met by retries.
2. The actor's rights and the aggregates are loaded; every version is remembered.
3. The decision is taken: events, or a refusal.
4. The append checks all versions and stores the events with the outcome, or says what moved.
5. What moved is read again and the decision taken afresh, a bounded number of times.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID
from weakref import WeakValueDictionary

import orjson
import structlog

from ..events import LogUnavailableError, StreamLog
from ..events.codec import canonical_json, encode
from ..events.group_commit import GroupCommit
from ..events.keyring import DIGESTS, Keyring
from ..events.log import Answer, Appended, Commit, Moved, NewEvent, Repeated
from ..events.notice import RequestRefused
from .authorise import Rights, rights_of
from .codes import Code
from .command import Command, Context, Given, digest, numbered
from .deciding import decide
from .notices import Notices
from .project import PROJECT
from .registry import BY_COMMAND
from .result import Failure, Result, Success, Warned
from .session import Session, Written
from .states import States

MAX_ATTEMPTS = 30
_PATIENT_ATTEMPTS = 3
_LONGEST_PAUSE = 0.1

_logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The command stands. A query that is given `position` waits until its read model has passed it.

    `tag` is the revision of what the command is about, as it is now; None where that has none.
    """

    position: int
    recorded_at: datetime
    changed: bool
    tag: str | None
    ids: dict[str, str]
    warnings: tuple[Warned, ...]


class TooBusyError(Exception):
    """Other processes kept changing what the command reads; nothing was done."""


class CommandLoop:
    """Executes commands against a log. One for each process and event loop."""

    def __init__(
        self, log: StreamLog, keyring: Keyring, wake: Callable[[], None] = lambda: None, *, attempts: int = MAX_ATTEMPTS
    ) -> None:
        self.states = States(log, keyring)
        self._log = log
        self._keyring = keyring
        self._wake = wake
        self._attempts = attempts
        self._group = GroupCommit(log)
        self.notices = Notices(self._group, keyring, self.states, wake)
        self._queues: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def execute(self, command: Command, context: Context) -> Accepted | Failure:
        """Raises LogUnavailableError when it is not known whether it was done, and TooBusyError when it was not."""
        return await self.execute_all([command], context)

    async def execute_all(
        self, commands: Sequence[Command], context: Context, *, said: Mapping[str, Any] | None = None
    ) -> Accepted | Failure:
        """All of them, in order, in one append, or none: a refusal names the first that was refused.

        No commands at all change nothing. `said` is what the caller said where the commands were made from that and
        from what there is: the same again is a repeat, though other commands would be made.
        """
        return await self.execute_each(numbered(commands, context), context, said=said)

    async def execute_each(
        self, given: Sequence[Given], context: Context, *, said: Mapping[str, Any] | None = None
    ) -> Accepted | Failure:
        """The same of commands that have circumstances of their own each, as what is imported from a past has.

        `context` is that of the append: its command id and its actor count, who is the actor of each command too.
        """
        named = [(BY_COMMAND[type(command)].name, command) for command, _ in given]
        fingerprint = digest(named, context, await self._keyring.ensure(DIGESTS), [own for _, own in given], said)
        queues = {BY_COMMAND[type(command)].queue(command, own) for command, own in given}
        for attempt in range(self._attempts):
            async with self._queued(queues):
                session = self.session(context)
                result, last = await self._decide(given, session)
                outcome = _outcome(result, session, given)
                commit = await self._commit(result, outcome, session, context, fingerprint)
                if isinstance(result, Failure) and last is not None:
                    answer = await self._refuse(commit, result, last, session, context)
                else:
                    answer = await self._group.append(commit)
                    if isinstance(answer, Appended):
                        self.states.advance(session.outcome(answer.recorded_at))
                        if commit.events:
                            self._wake()
            match answer:
                case Appended():
                    return _told(outcome, answer.position, answer.recorded_at)
                case Repeated():
                    if answer.digest != fingerprint:
                        return _reused(context)
                    self.states.moved(session.reads)  # by our own append, maybe, of which the answer was lost
                    return _told(answer.outcome, answer.position, answer.recorded_at)
                case Moved():
                    self.states.moved(answer.streams)
                    if attempt >= _PATIENT_ATTEMPTS:
                        queues |= answer.streams
            _logger.debug("decision retried", moved=sorted(answer.streams), attempt=attempt)
            await asyncio.sleep(random.uniform(0, min(_LONGEST_PAUSE, 0.002 * 2**attempt)))  # noqa: S311 - no secret
        raise TooBusyError(f"what the command reads was changed {self._attempts} times while it was decided; try again")

    def session(self, context: Context, *, fresh: bool = False) -> Session:
        """A session whose decisions are never appended: to try commands before they are given, or to look."""
        return Session(self._log, self.states, self._keyring, context, fresh=fresh)

    async def attempt(self, commands: Sequence[Command], context: Context) -> tuple[Result, Session]:
        """What the commands come to by the log as it is now, and the session with their events; nothing is appended."""
        session = self.session(context, fresh=True)
        result, _ = await self._decide(numbered(commands, context), session)
        return result, session

    async def rights(self, context: Context, project: UUID | None = None) -> Rights | Failure:
        """What the actor may do by the log as it is now, in a project if one is named: for who only asks."""
        return await rights_of(self.session(context, fresh=True), context, project)

    async def close(self) -> None:
        """Waits until all that was taken has been answered, and stores what was noticed."""
        await self.notices.close()
        await self._group.close()

    async def _decide(self, given: Sequence[Given], session: Session) -> tuple[Result, Command | None]:
        """What it comes to, and the command that was refused, if one was."""
        warnings: list[Warned] = []
        ids: dict[str, str] = {}
        for number, (command, own) in enumerate(given, 1):
            result = await decide(command, session, own)
            if isinstance(result, Failure):
                if len(given) == 1:
                    return result, command
                details = {**result.details, "command": number}
                return Failure(result.code, f"command {number} of {len(given)}: {result.message}", details), command
            session.apply(result, command, own)
            warnings.extend(result.warnings)
            ids.update(result.ids)
        return Success((), tuple(warnings), ids), None

    async def _refuse(
        self, commit: Commit, refusal: Failure, command: Command, session: Session, context: Context
    ) -> Answer:
        """Appends the outcome of a refusal; with it, for the first of its kind, the event that tells of it."""
        if refusal.code is Code.STALE_WRITE:  # two people edited: no rule was broken, and both go on
            return await self._group.append(commit)
        lacking = refusal.details.get("permission") if refusal.code is Code.FORBIDDEN else None
        what = _refused(BY_COMMAND[type(command)].name, refusal.code.value, lacking)
        with self.notices.noting(what, context, await _there(command, session)) as note:
            if note.first:
                event = await note.event(self._keyring, self.states)
                commit = replace(commit, reads={**commit.reads, event.stream: 0}, events=[event])
            answer = await self._group.append(commit)
            note.stands = isinstance(answer, Appended)
        if commit.events and note.stands:
            self._wake()
        return answer

    async def _commit(
        self,
        result: Result,
        outcome: str,
        session: Session,
        context: Context,
        fingerprint: bytes,
    ) -> Commit:
        events: list[NewEvent] = []
        if isinstance(result, Success):
            sealed = await self._keyring.seal_values(context.actor, context.places())
            said: dict[tuple[type[Command], int], str] = {}
            for each in session.written:
                kind, own = type(each.command), each.context
                if (kind, id(own)) not in said:
                    said[kind, id(own)] = own.metadata(BY_COMMAND[kind].name, sealed)
                events.append(await self._stored(each, said[kind, id(own)]))
        # A repeat of a command that was refused for the caller's own expectation is decided afresh.
        keep = not (isinstance(result, Failure) and result.code is Code.STALE_WRITE)
        kept = outcome if keep else None
        return Commit(context.actor, context.command_id, fingerprint, kept, dict(session.reads), events)

    async def _stored(self, written: Written, metadata: str) -> NewEvent:
        subject = getattr(written.event, "user", None)
        event = written.event
        if subject is not None:
            event = await self._keyring.seal(event, subject, first=written.version == 1)
        type_, schema, data = encode(event)
        return NewEvent(
            written.stream,
            written.version,
            type_,
            schema,
            data,
            metadata,
            written.project,
            written.context.effective_at,
        )

    @asynccontextmanager
    async def _queued(self, streams: set[str]) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            for stream in sorted(streams):  # always in one order, so that no two wait for each other
                lock = self._queues.setdefault(stream, asyncio.Lock())
                await stack.enter_async_context(lock)
            yield


@cache
def _refused(what: str, code: str, permission: str | None) -> RequestRefused:
    """One object for each of the few that there are: those of a flood are compared all the time."""
    return RequestRefused(what=what, code=code, permission=permission)


async def _there(command: Command, session: Session) -> UUID | None:
    """The project that the command is about, if there is one in the log: its admins see who was refused."""
    project: UUID | None = getattr(command, "project", None)
    if project is None:
        return None
    ref = PROJECT.at(project)
    if ref.stream not in session.reads:
        await session.load(ref)
    return project if session.reads[ref.stream] else None


def _outcome(result: Result, session: Session, given: Sequence[Given]) -> str:
    """What the caller is told, as it is stored."""
    if isinstance(result, Failure):
        return canonical_json({"refused": result.code.value, "message": result.message, "details": result.details})
    only = given[0] if len(given) == 1 else None
    return canonical_json(
        {
            "changed": bool(session.written),
            "ids": result.ids,
            "tag": BY_COMMAND[type(only[0])].tag(only[0], session, only[1]) if only else None,
            "warnings": [[warning.code, warning.message] for warning in result.warnings],
        }
    )


def _told(outcome: str, position: int, recorded_at: datetime) -> Accepted | Failure:
    """The answer to the caller, from the outcome as it is stored: a repeat reads the same."""
    told = orjson.loads(outcome)
    if "refused" in told:
        return Failure(Code(told["refused"]), told["message"], told["details"])
    warnings = tuple(Warned(*warning) for warning in told["warnings"])
    return Accepted(position, recorded_at, told["changed"], told["tag"], told["ids"], warnings)


def _reused(context: Context) -> Failure:
    return Failure(
        Code.COMMAND_ID_REUSED,
        f"the command id {context.command_id} was used for another content; give each command an id of its own",
    )


__all__ = ["Accepted", "CommandLoop", "LogUnavailableError", "TooBusyError"]
