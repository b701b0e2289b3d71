"""Keeps read models up to date inside a process: woken when there is news, and by itself now and then."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

from ..events import LogUnavailableError
from .runner import Runner

SWEEP_SECONDS = 1.0
"""How long news may wait of which nobody told us, such as what another process wrote."""

_REST = 3.0
"""After what was due is derived, nothing is for so many times as long: what changes meanwhile is derived once."""

_logger = structlog.get_logger(__name__)


class Follower:
    """Runs the projections whenever it is woken, and sweeps.

    What is derived from them, and new generations, are made beside, each in a task of its own: they take their time.
    """

    def __init__(self, runner: Runner, sweep_seconds: float = SWEEP_SECONDS) -> None:
        self._runner = runner
        self._seconds = sweep_seconds
        self._news = asyncio.Event()
        self._marked = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = asyncio.Event()

    def wake(self) -> None:
        """There is news in the log. Costs nothing and cannot fail."""
        self._news.set()

    def derive(self) -> None:
        """Events were applied, and may have marked something to be derived."""
        self._marked.set()

    def start(self) -> None:
        self._tasks = [
            asyncio.create_task(self._follow(), name="follower"),
            asyncio.create_task(self._derive(), name="deriver"),
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
            self.derive()
            await _until(self._news, self._seconds)

    async def _derive(self) -> None:
        while not self._stopping.is_set():
            self._marked.clear()  # before the marks are read
            begun = time.monotonic()
            await self._trying(self._runner.derive)
            await _until(self._stopping, min(self._seconds, _REST * (time.monotonic() - begun)))
            await _until(self._marked, self._seconds)

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
