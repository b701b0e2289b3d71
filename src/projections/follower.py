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
        self._stopping = asyncio.Event()

    def wake(self) -> None:
        """There is news in the log. Costs nothing and cannot fail."""
        self._news.set()

    def start(self) -> None:
        self._tasks = [
            asyncio.create_task(self._follow(), name="follower"),
            asyncio.create_task(self._build(), name="builder"),
        ]

    def halt(self) -> None:
        """Begins nothing more. Batches under way are ended: cut off, they would keep their locks for a while."""
        if not self._stopping.is_set():  # cancelled a second time, a batch that is being ended would be cut off
            self._stopping.set()
            for task in self._tasks:
                task.cancel()

    async def stop(self) -> None:
        """Halts, and waits for the batches under way."""
        self.halt()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _follow(self) -> None:
        while not self._stopping.is_set():
            self._news.clear()  # before the log is read: news from here on wakes again
            await self._trying(self._runner.catch_up)
            await _until(self._news, self._seconds)

    async def _build(self) -> None:
        while not self._stopping.is_set():
            await self._trying(self._runner.upkeep)
            await self._trying(self._runner.build)
            await _until(self._stopping, self._seconds)

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
