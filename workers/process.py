"""What a worker process holds: the application on the event loop of its actors, and the sweep."""

import asyncio
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import redis
import structlog
from dramatiq.asyncio import EventLoopThread, get_event_loop_thread, set_event_loop_thread
from dramatiq.middleware import AsyncIO, Middleware, MiddlewareError

from src.config import Settings, SettingsError
from src.database import DatabaseUnreachableError, SchemaError
from src.events import LogUnavailableError
from src.events.keyring import WrongMasterKeyError
from src.projections.follower import Follower
from src.wiring import App, Wake, open_app

from .broker import MARK

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SWEEP_SECONDS = 2.0
"""How long news may wait whose wake-up was lost."""

_ORPHAN_SECONDS = 1.0
_BOOT_SECONDS = 10.0
_CANNOT_START = 3

_logger = structlog.get_logger(__name__)


@asynccontextmanager
async def _nobody(_settings: Settings) -> "AsyncIterator[Wake]":
    """A worker wakes nobody: it is the one who is woken."""
    yield lambda: None


class EventLoop(AsyncIO):
    """Dramatiq's event loop, in a daemon thread: a process that ends by an exception would wait for it for ever."""

    def before_worker_boot(self, _broker: Any, _worker: Any) -> None:
        thread = EventLoopThread(self.logger)
        thread.daemon = True
        thread.start(timeout=_BOOT_SECONDS)
        set_event_loop_thread(thread)


class Process(Middleware):
    """Opens the application after the fork, in the loop that the actors run in, and closes it there.

    It stands behind EventLoop in the list of middleware, which starts the loop before us and stops it after us.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stack = AsyncExitStack()
        self._app: App | None = None
        self._master = os.getppid()
        self._follower: Follower | None = None
        self._under_way: set[asyncio.Task[Any]] = set()
        self._stopping = asyncio.Event()

    def before_worker_boot(self, _broker: Any, _worker: Any) -> None:
        try:
            _loop_thread().run_coroutine(self._open())
        except (SettingsError, SchemaError, DatabaseUnreachableError, WrongMasterKeyError) as error:
            _logger.critical("the worker cannot start", error=str(error))
            sys.exit(_CANNOT_START)
        except TimeoutError:
            _logger.critical("the worker cannot start", error=f"no answer from the database in {_BOOT_SECONDS:.0f} s")
            sys.exit(_CANNOT_START)
        except Exception as error:
            raise MiddlewareError("the worker cannot start") from error

    def after_worker_boot(self, _broker: Any, _worker: Any) -> None:
        _logger.info("worker ready")

    def before_process_message(self, broker: Any, _message: Any) -> None:
        """The mark goes before the log is read: news from then on wakes again."""
        try:
            broker.client.delete(MARK)
        except (redis.RedisError, OSError) as error:
            _logger.warning("the mark of a wake-up stays until it ends by itself", error=str(error))

    def before_worker_shutdown(self, _broker: Any, _worker: Any) -> None:
        _loop_thread().loop.call_soon_threadsafe(self._stop)

    def after_worker_shutdown(self, _broker: Any, _worker: Any) -> None:
        _loop_thread().run_coroutine(self._stack.aclose())
        _logger.info("worker stopped")

    async def catch_up(self) -> None:
        """What a wake-up asks for."""
        assert self._app is not None  # noqa: S101 - messages come after the boot
        await self._run("catch up", self._app.runner.catch_up)
        if self._follower is not None:
            self._follower.derive()

    async def _run(self, name: str, work: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        """Stopping ends the work where it can be ended; what fails is tried again by the next sweep."""
        if self._stopping.is_set():
            return
        task = asyncio.create_task(work(), name=name)
        self._under_way.add(task)
        try:
            await task
            _logger.debug("done", work=name)
        except asyncio.CancelledError:
            if not self._stopping.is_set():
                raise
        except LogUnavailableError as error:
            _logger.warning("log not available, the next sweep tries again", work=name, error=str(error))
        except Exception:
            _logger.exception("failed, the next sweep tries again", work=name)
        finally:
            self._under_way.discard(task)

    def _stop(self) -> None:
        """Catching up ends with the batch under way: a long history is for whoever runs next."""
        self._stopping.set()
        for task in self._under_way:
            task.cancel()
        if self._follower is not None:
            self._follower.halt()

    async def _open(self) -> None:
        async with asyncio.timeout(_BOOT_SECONDS):
            self._app = await self._stack.enter_async_context(open_app(self._settings, _nobody))
        self._follower = Follower(self._app.runner, SWEEP_SECONDS)
        self._follower.start()
        self._stack.push_async_callback(self._follower.stop)
        self._app.reactor.start()  # until the application is closed
        self._stack.push_async_callback(asyncio.wait, [asyncio.create_task(self._watch_master())])

    async def _watch_master(self) -> None:
        """Without its master a worker would run for ever, and nobody would know of it."""
        while not await self._stopped_within(_ORPHAN_SECONDS):
            if self._orphaned():
                _logger.critical("the master is gone, the worker ends")
                os.kill(os.getpid(), signal.SIGTERM)
                return

    async def _stopped_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)
        return self._stopping.is_set()

    def _orphaned(self) -> bool:
        """The parent changes at once; only a master that died before we looked needs multiprocessing's pipe to it."""
        master = multiprocessing.parent_process()
        return os.getppid() != self._master or (master is not None and not master.is_alive())


def _loop_thread() -> EventLoopThread:
    thread = get_event_loop_thread()
    assert thread is not None  # noqa: S101 - EventLoop has started it
    return thread
