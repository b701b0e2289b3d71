"""The server: uvicorn, and what it needs for answers that have no end."""

import asyncio
import socket

import structlog
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .feed import Feed

GRACE_SECONDS = 3
PATIENCE_SECONDS = 30.0
"""A reader who takes nothing for so long is cut off."""

_logger = structlog.get_logger(__name__)


class Connection(HttpToolsProtocol):
    """A connection that is cut off when the other side takes nothing of what was written to it.

    The server writes nothing more while a buffer is full, so what a connection costs is bounded; without an end it
    would cost that for ever.
    """

    _timer: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._rest()

    def connection_lost(self, exc: Exception | None) -> None:
        self._rest()
        super().connection_lost(exc)

    def _watch(self) -> None:
        waiting = self.transport.get_write_buffer_size()
        self._timer = self.loop.call_later(PATIENCE_SECONDS, self._look, waiting)

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _look(self, before: int) -> None:
        if self.transport.get_write_buffer_size() < before:
            self._watch()  # slow, but it reads
            return
        _logger.warning("reader cut off: it takes nothing", bytes=before)
        self.transport.abort()  # to close would wait until all has been taken


class Server(uvicorn.Server):
    """Lets followers go before it waits for the answers under way."""

    def __init__(self, api: FastAPI) -> None:
        config = uvicorn.Config(
            api, http=Connection, log_config=None, access_log=False, timeout_graceful_shutdown=GRACE_SECONDS
        )
        super().__init__(config)
        self._api = api

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        feed: Feed = self._api.state.feed
        feed.end()
        await super().shutdown(sockets)
