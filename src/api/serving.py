"""The server: uvicorn, and what it needs for answers that have no end."""

import resource
import socket

import structlog
import uvicorn
from fastapi import FastAPI

from ..config import Settings
from .connection import MOST_CONNECTIONS, Connection
from .feed import Feed

GRACE_SECONDS = 3
_OTHER_FILES = 200
"""Connections to databases, files, and those who come while all places are taken."""

_logger = structlog.get_logger(__name__)


class Server(uvicorn.Server):
    """Lets followers go before it waits for the answers under way."""

    def __init__(self, api: FastAPI, settings: Settings) -> None:
        config = uvicorn.Config(
            api,
            http=Connection,
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            # Whoever may say where a request comes from decides what the audit trail says.
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=list(settings.trusted_proxies),
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        super().__init__(config)
        self._api = api

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        _allow_files(MOST_CONNECTIONS + _OTHER_FILES)
        super().run(sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        feed: Feed = self._api.state.feed
        feed.end()
        await super().shutdown(sockets)


def _allow_files(wanted: int) -> None:
    """Shells and supervisors often allow 1,024, which is a default and no limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    if allowed < wanted:
        _logger.warning("few files may be open: connections may be refused", allowed=allowed, wanted=wanted)
