"""Brings into the log what is noticed though it changes nothing: refusals, sensitive reads, exports, failed sign-ins.

The first of its kind is stored before the answer is given; a refused command's goes with the outcome of the refusal.
Those that follow within the minute are counted in memory and stored as one event when the minute is over, or when the
process closes. So a flood costs a few events a minute; a crash loses the counts of the present minute.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar, Self
from uuid import UUID

import structlog
from uuid_utils.compat import uuid7

from ..events import ANONYMOUS, LogUnavailableError, Sealed, stream_name
from ..events.codec import encode
from ..events.group_commit import GroupCommit
from ..events.keyring import Keyring
from ..events.log import Commit, NewEvent
from ..events.notice import AuthenticationFailed, DataExported, NoticeEvent, RequestRefused, SensitiveDataRead
from .codes import Code
from .command import Context
from .project import PROJECT
from .states import States
from .tally import Entry, Kind, Tally
from .user import USER

_PATIENCE_SECONDS = 2.0
"""A refusal is answered after this though it is not stored yet: it will be."""
_CLOSING_SECONDS = 5.0
_EVENTS = 500
"""In one append."""

_logger = structlog.get_logger(__name__)


class Note:
    """One thing that is being noted, while the block runs. `first` of its kind in this minute, it is to be stored.

    Set `stands` when it happened, and the event is stored. Otherwise it is as if nothing had been.
    """

    __slots__ = ("_context", "_entry", "_kind", "_tally", "first", "stands")

    def __init__(self, tally: Tally, kind: Kind, context: Context) -> None:
        self._tally = tally
        self._kind = kind
        self._context = context
        self.stands = False

    def __enter__(self) -> Self:
        self._entry = self._tally.find(self._kind, self._context)
        self.first = not self._entry.stands and self._entry.writing is None
        if self.first:
            self._entry.writing = asyncio.Event()
        return self

    def __exit__(self, *_error: object) -> None:
        entry = self._entry
        if not self.first:
            if self.stands:
                self._tally.add(self._kind, self._context)  # a minute may have ended meanwhile
            return
        if entry.writing:
            entry.writing.set()
            entry.writing = None
        entry.stands = self.stands
        if not self.stands:
            self._tally.drop(entry)

    async def event(self, keyring: Keyring, states: States) -> NewEvent:
        """The event of the first."""
        self._entry.sealed = await _sealed(keyring, states, self._kind, self._context)
        return _new_event(self._entry, self._entry.kind.event, self._context)


class Notices:
    """What one process notices. One for each command loop, whose appends it shares."""

    minute: ClassVar = 60.0
    """Seconds, counted from the full one, so that all processes store their counts at one time."""

    def __init__(self, group: GroupCommit, keyring: Keyring, states: States, wake: Callable[[], None]) -> None:
        self._group = group
        self._keyring = keyring
        self._states = states
        self._wake = wake
        self._tally = Tally()
        self._held: deque[Commit] = deque()
        """What the log did not take when it was to be stored."""
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()

    async def refused(
        self, context: Context, what: str, code: str, project: UUID | None = None, permission: str | None = None
    ) -> None:
        """A query, or whatever else is no command, was refused. Never fails, and takes two seconds at most.

        A project is named if it is about one, whether it exists or not: its admins see who tries to get in.
        """
        await self._answered_anyhow(RequestRefused(what=what, code=code, permission=permission), context, project)

    async def authentication_failed(
        self, context: Context, account: str | None, user: UUID | None, method: str
    ) -> None:
        """Nobody was signed in; `account` is the name's reservation, never the name. Never fails, as above.

        A user who is no more is not named: where this came from is sealed with the user's key.
        """
        event = AuthenticationFailed(account=account, user=user, method=method)
        await self._answered_anyhow(event, replace(context, actor=ANONYMOUS, session=None), None)

    async def sensitive_read(
        self, context: Context, what: str, subject: UUID | None = None, project: UUID | None = None
    ) -> None:
        """Before the answer: LogUnavailableError means that there must be none. The project is one that exists."""
        await self._before_answer(SensitiveDataRead(what=what, subject=subject), context, project)

    async def exported(
        self, context: Context, what: str, subject: UUID | None = None, project: UUID | None = None
    ) -> None:
        """The same for what is taken out as a whole."""
        await self._before_answer(DataExported(what=what, subject=subject), context, project)

    def noting(self, event: NoticeEvent, context: Context, project: UUID | None) -> Note:
        """For who stores the first of its kind together with something else."""
        self._expect_end()
        return Note(self._tally, _kind(event, context, project), context)

    async def flush(self) -> None:
        """The minute is over: stores what was counted. Raises LogUnavailableError; then it is kept."""
        async with self._turn:
            await self._write_held()
            for entry in self._tally.unsealed():
                entry.sealed = await _sealed(self._keyring, self._states, entry.kind, entry.context)
            events = [_counted(entry) for entry in self._tally.take()]
            self._held.extend(_commit(*events[start : start + _EVENTS]) for start in range(0, len(events), _EVENTS))
            await self._write_held()

    async def close(self) -> None:
        """Stores what was counted so far."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        try:
            async with asyncio.timeout(_CLOSING_SECONDS):
                await asyncio.gather(*self._tasks)
                await self.flush()
        except Exception as error:  # noqa: BLE001 - the process ends, whatever is wrong
            held = sum(len(commit.events) for commit in self._held)
            _logger.error("notices are lost", counted=self._tally.counted, events=held, error=str(error))  # noqa: TRY400 - it is an outage, and the trace of one says nothing

    async def _before_answer(self, event: NoticeEvent, context: Context, project: UUID | None) -> None:
        while writing := self._tally.writing(_kind(event, context, project)):
            await writing.wait()  # nobody relies on a first one that may fail
        with self.noting(event, context, project) as note:
            if note.first:
                await self._write(_commit(await note.event(self._keyring, self._states)))
            note.stands = True

    async def _answered_anyhow(self, event: NoticeEvent, context: Context, project: UUID | None) -> None:
        task = asyncio.create_task(self._note(event, context, project), name="notice")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await asyncio.wait([task], timeout=_PATIENCE_SECONDS)

    async def _note(self, event: NoticeEvent, context: Context, project: UUID | None) -> None:
        try:
            there = project if project and await self._exists(project) else None
            with self.noting(event, context, there) as note:
                if note.first:
                    await self._write_or_hold(_commit(await note.event(self._keyring, self._states)))
                note.stands = True
        except Exception as error:  # noqa: BLE001 - the databases are away: it is counted, and stored when they are back
            _logger.warning("a notice is stored later", error=str(error))
            self._tally.add(_kind(event, context, None), context)
            self._expect_end()

    async def _exists(self, project: UUID) -> bool:
        (known,) = await self._states.get([PROJECT.at(project)])
        return known.version > 0

    async def _write_or_hold(self, commit: Commit) -> None:
        try:
            await self._write(commit)
        except LogUnavailableError as error:
            _logger.warning("a notice is stored later", error=str(error))
            self._held.append(commit)

    async def _write_held(self) -> None:
        while self._held:
            commit = self._held[0]
            try:
                await self._write(commit)
            except LogUnavailableError:
                raise
            except Exception:  # what the log will never take keeps nothing else back
                _logger.exception("notices are lost", events=[event.data for event in commit.events])
            self._held.popleft()

    async def _write(self, commit: Commit) -> None:
        """Once, however often: when its streams have moved, an append of which the answer was lost has done it."""
        await self._group.append(commit)
        self._wake()

    def _expect_end(self) -> None:
        """Sees to it that the minute ends, if anything is counted in it."""
        if self._timer is None:
            left = self.minute - time.time() % self.minute
            self._timer = asyncio.get_running_loop().call_later(left, self._minute_over)

    def _minute_over(self) -> None:
        self._timer = None
        task = asyncio.create_task(self._flush_or_wait(), name="notices")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _flush_or_wait(self) -> None:
        try:
            await self.flush()
        except Exception as error:  # noqa: BLE001 - the next minute tries again
            _logger.warning("notices wait", counted=self._tally.counted, error=str(error))
        if self._held or self._tally:
            self._expect_end()


def _kind(event: NoticeEvent, context: Context, project: UUID | None) -> Kind:
    return Kind(event, context.actor, context.session, context.address, project)


async def _sealed(keyring: Keyring, states: States, kind: Kind, context: Context) -> dict[str, Sealed]:
    """Where it came from, under the key of whom it is about: the user of an account, or who did it.

    Who was never registered has no key, and gets none: it would be an orphan. Who was erased has none any more.
    """
    match kind.event:
        case AuthenticationFailed(user=UUID() as user):
            subject = user
        case RequestRefused(code=Code.ACTOR_UNKNOWN) if not (await states.get([USER.at(kind.actor)]))[0].version:
            subject = ANONYMOUS
        case _:
            subject = kind.actor
    return await keyring.seal_values(subject, context.places())


def _counted(entry: Entry) -> NewEvent:
    """The event that stands for those that were counted."""
    event = entry.kind.event.model_copy(update={"count": entry.count, "since": entry.since})
    return _new_event(entry, event, replace(entry.context, command_id=uuid7()))


def _new_event(entry: Entry, event: NoticeEvent, context: Context) -> NewEvent:
    """In a stream of its own, so that it meets nobody."""
    name = "Authenticate" if isinstance(event, AuthenticationFailed) else event.what or "several"
    metadata = context.metadata(name, entry.sealed or {})
    return NewEvent(stream_name("notice", uuid7()), 1, *encode(event), metadata, entry.kind.project, None)


def _commit(*events: NewEvent) -> Commit:
    return Commit(ANONYMOUS, uuid7(), b"", None, {event.stream: 0 for event in events}, events)
