"""Runs reactions and schedules: one process at a time, under a lease, with no transaction open while it acts.

Reactions are at least once: the checkpoint moves after an event was acted upon. The ids of their commands derive
from the event's position, so a repeat of an event does nothing twice. Those of a schedule derive from the tick.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from ..commands.loop import CommandLoop
from ..events import EventLog
from .checkpoints import Checkpoint, Checkpoints, Progress
from .lease import SECONDS, Lease
from .reaction import Job, Schedule
from .turns import TURN_SECONDS, Turns

LEASE = "reactions"
PAUSE_SECONDS = 1.0

_logger = structlog.get_logger(__name__)


class Reactor:
    """Any number of them, in any number of processes, may run at once."""

    def __init__(
        self,
        log: EventLog,
        commands: CommandLoop,
        engine: AsyncEngine,
        jobs: Sequence[Job],
        lease_seconds: float = SECONDS,
    ) -> None:
        self._jobs = {job.name: job for job in jobs}
        if len(self._jobs) < len(jobs):
            raise ValueError("two reactions or schedules have one name: they would share a checkpoint")
        self._log = log
        self._checkpoints = Checkpoints(engine)
        self._lease = Lease(engine, LEASE, lease_seconds)
        self._stopping = asyncio.Event()
        self._turns = Turns(log, commands, self._checkpoints, self._stopping)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Does what is due every second from now on."""
        self._task = asyncio.create_task(self._run(), name="reactor")

    async def stop(self) -> None:
        """Ends between two events, or within one that takes its time: that one will be repeated."""
        self._stopping.set()
        if self._task is not None:
            _, late = await asyncio.wait([self._task], timeout=TURN_SECONDS)
            for task in late:
                task.cancel()
                await asyncio.wait([task])

    async def run_due(self) -> bool:
        """Does what is due, unless another process is at it; whether anything was. Costs two reads when nothing is.

        One that fails does not keep the others. Outages are raised at the end, and LeaseLostError.
        """
        if not (await self._due())[0]:
            return False
        async with self._lease.held() as ours:
            if not ours:
                return False
            due, now = await self._due()  # another process may just have done it
            turns = (self._turn(checkpoint, now) for checkpoint in due)
            ended = await asyncio.gather(*turns, return_exceptions=True)
        for error in ended:
            if error is not None:
                raise error
        return bool(due)

    async def progress(self) -> list[Progress]:
        """Where each stands, and what stopped it."""
        found, now = await self._checkpoints.read()
        head = await self._log.head()
        told = []
        for name, job in self._jobs.items():
            at = found.get(name) or Checkpoint(name, job.beginning(head, now))
            lag = job.end(head, now) - at.position
            told.append(Progress(name, at.position, lag, at.attempts, at.error, at.updated_at))
        return told

    async def retry(self, name: str) -> None:
        """Lets one that failed try again at once."""
        await self._checkpoints.retry(name)

    async def _due(self) -> tuple[list[Checkpoint], datetime]:
        """The checkpoints behind which something waits that may be done now, and the moment."""
        found, now = await self._checkpoints.read()
        head = await self._log.head()
        due = []
        for name, job in self._jobs.items():
            at = found.get(name)
            if at is None:
                due.append(Checkpoint(name, job.beginning(head, now)))
            elif job.end(head, now) > at.position and at.may_go_on(now, for_ever=isinstance(job, Schedule)):
                due.append(at)
        return due, now

    async def _turn(self, at: Checkpoint, now: datetime) -> None:
        job = self._jobs[at.name]
        if at.updated_at is None:
            await self._checkpoints.begin(at)
        if isinstance(job, Schedule):
            await self._turns.tick(job, at, now)
        else:
            await self._turns.follow(job, at)

    async def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                await self.run_due()
            except Exception as error:  # noqa: BLE001 - the next round tries again
                _logger.warning("reactions wait", error=f"{type(error).__name__}: {error}")
            try:
                await asyncio.wait_for(self._stopping.wait(), PAUSE_SECONDS)
            except TimeoutError:
                continue
