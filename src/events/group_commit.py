"""Group commit: commits that arrive while an append is under way go together in the next one."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import stamina
import structlog

from .log import Answer, Appender, Commit, LogUnavailableError

MAX_COMMITS = 256
MAX_EVENTS = 4_096
RETRY_SECONDS = 15.0

_logger = structlog.get_logger(__name__)


@dataclass
class _Waiting:
    commit: Commit
    answer: asyncio.Future[Answer]


@dataclass
class _Group:
    """Commits that may share one append: none writes what another reads, none repeats a command id."""

    members: list[_Waiting] = field(default_factory=list)
    events: int = 0
    reads: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)
    commands: set[tuple[UUID, UUID]] = field(default_factory=set)

    def take(self, waiting: _Waiting) -> bool:
        commit = waiting.commit
        command = (commit.actor, commit.command_id)
        if self.members and (
            self.events + len(commit.events) > MAX_EVENTS
            or len(self.members) >= MAX_COMMITS
            or command in self.commands
            or not self.writes.isdisjoint(commit.reads)
            or not self.reads.isdisjoint(commit.writes)
        ):
            return False
        self.members.append(waiting)
        self.events += len(commit.events)
        self.reads.update(commit.reads)
        self.writes.update(commit.writes)
        self.commands.add(command)
        return True


class GroupCommit:
    """Gathers the commits of one process into appends, one under way at a time.

    An append that got no answer is repeated under the same command ids until `RETRY_SECONDS` have passed: what
    was committed unseen is answered as Repeated, with the outcome that stands. After that the commits fail
    with LogUnavailableError, and it is not known whether they stand.
    """

    def __init__(self, appender: Appender) -> None:
        self._appender = appender
        self._queue: deque[_Waiting] = deque()
        self._worker: asyncio.Task[None] | None = None

    async def append(self, commit: Commit) -> Answer:
        waiting = _Waiting(commit, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work(), name="group-commit")
        return await waiting.answer

    async def close(self) -> None:
        """Waits until all that was taken has been answered."""
        if self._worker is not None:
            await asyncio.wait([self._worker])

    async def _work(self) -> None:
        while self._queue:
            await self._settle(self._next_group().members)

    async def _settle(self, members: list[_Waiting]) -> None:
        """Answers every member; an error that nobody expected is answered to the one commit that causes it."""
        try:
            answers = await self._append([waiting.commit for waiting in members])
        except BaseException as error:
            if isinstance(error, Exception) and not isinstance(error, LogUnavailableError) and len(members) > 1:
                for waiting in members:
                    await self._settle([waiting])
                return
            for waiting in members:
                if not waiting.answer.done():
                    waiting.answer.set_exception(error)
            if not isinstance(error, Exception):
                raise
            return
        for waiting, answer in zip(members, answers, strict=True):
            if not waiting.answer.done():
                waiting.answer.set_result(answer)

    def _next_group(self) -> _Group:
        """The oldest commit and those behind it that may go with it; the others keep their order."""
        group, left = _Group(), deque[_Waiting]()
        while self._queue and len(group.members) < MAX_COMMITS:
            waiting = self._queue.popleft()
            if not waiting.answer.cancelled() and not group.take(waiting):
                left.append(waiting)
        self._queue.extendleft(reversed(left))
        return group

    async def _append(self, commits: Sequence[Commit]) -> Sequence[Answer]:
        try:
            return await self._appender.append(commits)
        except LogUnavailableError as error:
            _logger.warning("append got no answer, is repeated", error=str(error))
        answers: Sequence[Answer] = ()
        async for attempt in stamina.retry_context(
            on=LogUnavailableError, attempts=None, timeout=RETRY_SECONDS, wait_initial=0.02, wait_max=1.0
        ):
            with attempt:
                answers = await self._appender.append(commits)
        return answers
