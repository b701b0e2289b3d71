"""One correlation id from the request to the last log line and event that it caused."""

import re
import time
from typing import Any

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uuid_utils.compat import uuid7

from .problems import fault

HEADER = b"x-correlation-id"
_ACCEPTED = re.compile(rb"[A-Za-z0-9._:-]{1,100}")
_logger = structlog.get_logger(__name__)


class Correlation:
    """Takes the caller's X-Correlation-ID or makes one, binds it to the log context and gives it back.

    A fault of the service is logged and answered here, so that it has the id as well.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given: bytes = dict(scope["headers"]).get(HEADER, b"")
        id_ = given.decode() if _ACCEPTED.fullmatch(given) else str(uuid7())
        scope.setdefault("state", {})["correlation_id"] = id_
        path = scope.get("raw_path", b"").decode("ascii", "replace")  # still quoted: a log line stays one line
        started, status = time.perf_counter(), 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers: list[Any] = message.setdefault("headers", [])
                headers.append((HEADER, id_.encode()))
            await send(message)

        with structlog.contextvars.bound_contextvars(correlation_id=id_):
            try:
                await self._app(scope, receive, answer)
            except ClientDisconnect:
                _logger.info("client left while it sent its body", method=scope["method"], path=path)
                return
            except Exception:
                _logger.exception("request failed", method=scope["method"], path=path)
                if status:
                    raise  # the answer has begun: all that is left is to cut it off
                await fault(Request(scope))(scope, receive, answer)
            _logger.info(
                "request",
                method=scope["method"],
                path=path,
                status=status,
                milliseconds=round((time.perf_counter() - started) * 1000, 1),
            )
