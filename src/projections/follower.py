"""Keeps read models up to date inside a process: for the embedded service, which has no workers."""

import asyncio

import structlog

from ..events import LogUnavailableError
from .runner import Runner

SWEEP_SECONDS = 1.0
"""How long an event that another process wrote may wait: nobody wakes us for it."""

_logger = structlog.get_logger(__name__)


class Follower:
    """Runs all projections whenever it is woken, and once a second in any case."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    def wake(self) -> None:
        """There is news in the log. Costs nothing and cannot fail."""
        self._news.set()

    def start(self) -> None:
        self._task = asyncio.create_task(self._follow(), name="follower")

    async def stop(self) -> None:
        """Ends after the batches under way: a transaction that is cut off keeps SQLite's lock for a while."""
        self._stopping = True
        self.wake()
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _follow(self) -> None:
        while not self._stopping:
            self._news.clear()  # before the log is read: news from here on wakes again
            try:
                await self._runner.catch_up_all()
            except LogUnavailableError as error:
                _logger.warning("log not available, projections wait", error=str(error))
            except Exception:
                _logger.exception("projections failed, they are tried again")
            try:
                await asyncio.wait_for(self._news.wait(), SWEEP_SECONDS)
            except TimeoutError:
                continue
