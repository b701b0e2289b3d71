"""Waking the workers from a process that executes commands: never delays a command, never fails one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from redis import RedisError

from src.config import Settings
from src.projections import PROJECTIONS
from src.wiring import Wake

from .broker import connect as connect_redis
from .broker import make_broker, wake

_logger = structlog.get_logger(__name__)


class RedisWake:
    """Sends the wake-ups of many commands together, beside the event loop."""

    def __init__(self, settings: Settings) -> None:
        self._broker = make_broker(connect_redis(settings))
        self._news = False
        self._sending: asyncio.Task[None] | None = None
        self._correlation_id: str | None = None

    def __call__(self) -> None:
        self._news = True
        self._correlation_id = structlog.contextvars.get_contextvars().get("correlation_id")
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send(), name="wake")

    async def close(self) -> None:
        if self._sending is not None:
            await asyncio.wait([self._sending])
        self._broker.client.close()

    async def _send(self) -> None:
        while self._news:
            self._news = False
            try:
                await asyncio.to_thread(self._send_all, self._correlation_id)
            except (RedisError, OSError) as error:
                _logger.warning("no wake-up sent, the workers' sweep will find the news", error=str(error))

    def _send_all(self, correlation_id: str | None) -> None:
        for projection in PROJECTIONS:
            wake(self._broker, projection.name, correlation_id)


@asynccontextmanager
async def connect(settings: Settings) -> AsyncIterator[Wake]:
    """What the application is opened with, so that its commands wake the workers."""
    waker = RedisWake(settings)
    try:
        yield waker
    finally:
        await waker.close()
