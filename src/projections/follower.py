"""Keeps read models up to date inside a process: woken when there is news, and by itself now and then."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from ..events import LogUnavailableError
from .runner import Runner

SWEEP_SECONDS = 1.0
"""How long news may wait of which nobody told us, such as what another process wrote."""

_logger = structlog.get_logger(__name__)


class Follower:
    """Runs the projections whenever it is woken, and sweeps; builds new generations beside, in a task of its own."""

    def __init__(self, runner: Runner, sweep_seconds: float = SWEEP_SECONDS) -> None:
        self._runner = runner
        self._seconds = sweep_seconds
        self._news = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False
        self._stop = asyncio.Event()

    def wake(self) -> None:
        """There is news in the log. Costs nothing and cannot fail."""
        self._news.set()

    def start(self) -> None:
        self._tasks = [
            asyncio.create_task(self._follow(), name="follower"),
            asyncio.create_task(self._build(), name="builder"),
        ]

    async def stop(self) -> None:
        """Ends after the batches under way: a transaction that is cut off keeps its locks for a while."""
        self._stopping = True
        self._stop.set()
        self.wake()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _follow(self) -> None:
        while not self._stopping:
            self._news.clear()  # before the log is read: news from here on wakes again
            await self._trying(self._runner.catch_up)
            await _until(self._news, self._seconds)

    async def _build(self) -> None:
        while not self._stopping:
            await self._trying(self._runner.upkeep)
            await self._trying(self._runner.build)
            await _until(self._stop, self._seconds)

    async def _trying(self, work: Callable[[], Awaitable[object]]) -> None:
        try:
            await work()
        except LogUnavailableError as error:
            _logger.warning("log not available, projections wait", error=str(error))
        except Exception:
            _logger.exception("projections failed, they are tried again")


async def _until(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
