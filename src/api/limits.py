"""Limits of one request: how long it may take, how large its body may be, and how long that may be on its way."""

import asyncio

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .codes import ApiCode
from .problems import ProblemError, respond

_DIGITS = 18
_CLOSE = {"Connection": "close"}
_logger = structlog.get_logger(__name__)


class TimeLimit:
    """Gives a request up that has had no answer for so long since it arrived.

    An answer that has begun is left alone, so what follows and downloads may take as long as they like. To wait for
    the body does not count: that has a limit of its own.
    """

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        loop, timeout, begun = asyncio.get_running_loop(), asyncio.timeout(self._seconds), False

        def until(deadline: float | None) -> None:
            if not (begun or timeout.expired()):
                timeout.reschedule(deadline)

        async def arriving() -> Message:
            until(None)
            try:
                return await receive()
            finally:
                until(loop.time() + self._seconds)

        async def answer(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                until(None)
                begun = True
            await send(message)

        try:
            async with timeout:
                await self._app(scope, arriving, answer)
        except TimeoutError:
            if begun or not timeout.expired():
                raise
            _logger.warning("request given up", seconds=self._seconds)
            detail = (
                f"this took longer than {self._seconds:g} seconds and was given up. A command may stand all the same: "
                "repeat it under the same Idempotency-Key, or look first if it had none"
            )
            problem = ProblemError(ApiCode.TIME_LIMIT_EXCEEDED, detail, headers={"Retry-After": "1"})
            await respond(Request(scope), problem)(scope, receive, send)


class BodyLimit:
    """Refuses a body over a size, told or counted, before anything is parsed; and one that does not arrive in time."""

    def __init__(self, app: ASGIApp, most: int, seconds: float) -> None:
        self._app = app
        self._most = most
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length = dict(scope["headers"]).get(b"content-length", b"0")
        told = int(length[:_DIGITS]) if length.isdigit() else 0
        received, complete = 0, False
        deadline = asyncio.get_running_loop().time() + self._seconds

        async def counted() -> Message:
            nonlocal received, complete
            if complete:  # whoever waits now waits for the client to leave
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                detail = f"the body has to arrive within {self._seconds:g} seconds"
                raise HTTPException(408, detail, headers=_CLOSE) from None
            received += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if max(told, received) > self._most:
                raise HTTPException(413, f"a request body has at most {self._most} bytes")
            return message

        await self._app(scope, counted, send)
