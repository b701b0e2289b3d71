"""Waking the workers from a process that executes commands: never delays a command, never fails one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from redis import RedisError

from src.config import Settings
from src.wiring import Wake

from .broker import connect as connect_redis
from .broker import make_broker, wake
from .context import told

_PAUSE_SECONDS = 1.0
"""Before trying again after a failure: a busy service would fill the log."""

_logger = structlog.get_logger(__name__)


class RedisWake:
    """Sends one wake-up for many commands, beside the event loop. It carries the context of the last of them."""

    def __init__(self, settings: Settings) -> None:
        self._broker = make_broker(connect_redis(settings))
        self._news = False
        self._context: dict[str, str] = {}
        self._sending: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    def __call__(self) -> None:
        self._news = True
        self._context = told()
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send(), name="wake")

    async def close(self) -> None:
        self._closing.set()
        if self._sending is not None:
            await asyncio.wait([self._sending])
        self._broker.client.close()

    async def _send(self) -> None:
        while self._news:
            self._news = False
            try:
                await asyncio.to_thread(wake, self._broker, self._context)
            except (RedisError, OSError) as error:
                _logger.warning("no wake-up sent, the workers' sweep will find the news", error=str(error))
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._closing.wait(), _PAUSE_SECONDS)


@asynccontextmanager
async def connect(settings: Settings) -> AsyncIterator[Wake]:
    """What the application is opened with, so that its commands wake the workers."""
    waker = RedisWake(settings)
    try:
        yield waker
    finally:
        await waker.close()
