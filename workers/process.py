"""What a worker process holds: the application on the event loop of its actors, and the sweep."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import redis.asyncio
import structlog
from dramatiq.asyncio import EventLoopThread, get_event_loop_thread
from dramatiq.middleware import Middleware, MiddlewareError

from src.config import Settings
from src.projections import BY_NAME
from src.wiring import App, Wake, open_app

from .broker import mark

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SWEEP_SECONDS = 2.0
"""How long news may wait whose wake-up was lost."""

_logger = structlog.get_logger(__name__)


@asynccontextmanager
async def _nobody(_settings: Settings) -> "AsyncIterator[Wake]":
    """A worker wakes nobody: it is the one who is woken."""
    yield lambda: None


class Process(Middleware):
    """Opens the application after the fork, in the loop that the actors run in, and closes it there.

    It stands behind AsyncIO in the list of middleware, which starts the loop before us and stops it after us.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stack: AsyncExitStack | None = None
        self._app: App | None = None
        self._redis: Any = None

    def before_worker_boot(self, _broker: Any, _worker: Any) -> None:
        try:
            _loop_thread().run_coroutine(self._open())
        except Exception as error:
            raise MiddlewareError(f"the worker cannot start: {error}") from error

    def after_worker_shutdown(self, _broker: Any, _worker: Any) -> None:
        _loop_thread().run_coroutine(self._close())

    async def catch_up(self, projection: str) -> None:
        """What a wake-up asks for. The mark goes before the log is read: news from then on wakes again."""
        assert self._app is not None  # noqa: S101 - messages come after the boot
        try:
            await self._redis.delete(mark(projection))
        except redis.RedisError as error:
            _logger.warning("the mark of a wake-up stays until it ends by itself", error=str(error))
        await self._app.runner.catch_up(BY_NAME[projection])

    async def _open(self) -> None:
        assert self._settings.redis_url is not None  # noqa: S101 - the broker has seen it
        self._stack = AsyncExitStack()
        self._app = await self._stack.enter_async_context(open_app(self._settings, _nobody))
        self._redis = redis.asyncio.Redis.from_url(self._settings.redis_url.get_secret_value(), socket_timeout=2)
        self._stack.push_async_callback(self._redis.aclose)
        self._app.reactor.start()  # until the application is closed
        sweep = asyncio.create_task(self._sweep(self._app), name="sweep")
        self._stack.push_async_callback(_cancelled, sweep)

    async def _close(self) -> None:
        if self._stack is not None:
            await self._stack.aclose()

    async def _sweep(self, app: App) -> None:
        """Finds what lost messages left behind. Needs no Redis."""
        while True:
            try:
                await app.runner.catch_up_all()
            except Exception as error:  # noqa: BLE001 - the next sweep tries again
                _logger.warning("sweep failed, the next one tries again", error=str(error))
            await asyncio.sleep(SWEEP_SECONDS)


def _loop_thread() -> EventLoopThread:
    thread = get_event_loop_thread()
    assert thread is not None  # noqa: S101 - AsyncIO has started it
    return thread


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
