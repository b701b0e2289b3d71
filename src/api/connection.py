"""A connection that neither keeps us waiting nor makes us keep more than a request may hold.

What is refused here is refused before there is a request: the answer is a problem document all the same.
"""

import asyncio
from typing import Any

import orjson
import structlog
from uuid_utils.compat import uuid7
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from .codes import ApiCode
from .headers import EVERYWHERE
from .middleware import HEADER
from .problems import MEDIA_TYPE, ProblemError, document

HEAD_SECONDS = 10.0
"""A head that has not arrived within so long does not arrive; nor does a first request."""
PATIENCE_SECONDS = 30.0
"""A reader who takes nothing for so long is cut off."""
LINGER_SECONDS = 2.0
"""Who is refused may send on for so long: to close at once would take the answer away from many a client."""
MOST_CONNECTIONS = 2_000
"""In one process: the followers, and as many others. Each costs a file; without a limit, files run out."""
MOST_HEAD, MOST_URL = 32 * 1024, 8 * 1024

_DETAILS: dict[ApiCode, str] = {
    ApiCode.BAD_REQUEST: "this is no HTTP request as it should be",
    ApiCode.REQUEST_TOO_SLOW: f"the head of a request has to arrive within {HEAD_SECONDS:.0f} seconds",
    ApiCode.URL_TOO_LONG: f"path and query have at most {MOST_URL} bytes",
    ApiCode.HEAD_TOO_LARGE: f"the headers have at most {MOST_HEAD} bytes",
    ApiCode.TOO_MANY_CONNECTIONS: f"this process has {MOST_CONNECTIONS} connections already; try again soon",
}
_UNAVAILABLE = 503
_logger = structlog.get_logger(__name__)


class _Refused(Exception):  # noqa: N818 - it ends the parsing, and is no error of ours
    pass


class Connection(HttpToolsProtocol):
    """Cut off when the other side takes nothing of what was written to it, or sends nothing of what it should.

    The server writes nothing more while a buffer is full, and reads nothing more while a body is not taken, so what
    a connection costs is bounded; without an end it would cost that for ever.
    """

    _reader: asyncio.TimerHandle | None = None  # who should take something
    _sender: asyncio.TimerHandle | None = None  # who should send something
    _in_head = True
    _head = 0
    _heads = 0
    _answered = 0
    _refusal: ApiCode | None = None
    _refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as the parent's
        super().connection_made(transport)
        self._expect(HEAD_SECONDS)
        if len(self.connections) > MOST_CONNECTIONS:
            self._refuse(ApiCode.TOO_MANY_CONNECTIONS)

    def connection_lost(self, exc: Exception | None) -> None:
        self._rest()
        self._unexpect()
        super().connection_lost(exc)

    # --- who sends ----------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        if self._in_head and self._sender is None:
            self._expect(HEAD_SECONDS)
        before = self._in_head, self._heads
        super().data_received(data)
        still = self._in_head and before == (True, self._heads)
        self._head = self._head + len(data) if still else 0
        if self._head > MOST_HEAD and not self._refused:
            self._refuse(ApiCode.HEAD_TOO_LARGE)

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > MOST_URL:
            self._stop(ApiCode.URL_TOO_LONG)

    def on_headers_complete(self) -> None:
        if sum(len(name) + len(value) for name, value in self.headers) > MOST_HEAD:
            self._stop(ApiCode.HEAD_TOO_LARGE)
        super().on_headers_complete()
        self._in_head, self._heads = False, self._heads + 1
        self._unexpect()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_head = True
        self._unexpect()
        if self._answered == self._heads:
            self._expect(HEAD_SECONDS)

    def on_response_complete(self) -> None:
        self._answered += 1
        super().on_response_complete()
        if not self._in_head:
            self._expect(LINGER_SECONDS)  # for what is left of a body that nobody wanted

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the parent's words say less
        self._refuse(self._refusal or ApiCode.BAD_REQUEST)

    def _unsupported_upgrade_warning(self) -> None:
        """The request is answered as if it had not asked for another protocol, as the standard has it."""

    def _stop(self, code: ApiCode) -> None:
        self._refusal = code
        raise _Refused

    def _expect(self, seconds: float) -> None:
        self._unexpect()
        self._sender = self.loop.call_later(seconds, self._overdue)

    def _unexpect(self) -> None:
        if self._sender is not None:
            self._sender.cancel()
            self._sender = None

    def _overdue(self) -> None:
        self._sender = None
        if self._head and not self._refused:
            self._refuse(ApiCode.REQUEST_TOO_SLOW)
        else:
            self.transport.close()

    def _refuse(self, code: ApiCode) -> None:
        """Answers by itself, and reads no more. An answer under way is cut off instead: another would mix with it."""
        self._refused = True
        self._unset_keepalive_if_required()
        id_ = str(uuid7())
        _logger.warning("connection refused", code=code, correlation_id=id_)
        if self.transport.is_closing() or self._answered < self._heads:
            self.transport.close()
            return
        self.transport.write(self._answer(ProblemError(code, _DETAILS[code]), id_))
        self.transport.write_eof()
        self._expect(LINGER_SECONDS)

    def _answer(self, problem: ProblemError, id_: str) -> bytes:
        body = orjson.dumps(document(problem, id_))
        headers: list[tuple[bytes, Any]] = [
            *self.server_state.default_headers,
            *EVERYWHERE,
            (HEADER, id_.encode()),
            (b"content-type", MEDIA_TYPE.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
            *([(b"retry-after", b"1")] if problem.status >= _UNAVAILABLE else []),
        ]
        lines = b"".join(b"%b: %b\r\n" % header for header in headers)
        return b"%b%b\r\n%b" % (STATUS_LINE[problem.status], lines, body)

    # --- who reads ----------------------------------------------------------------------------------------------

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._rest()

    def _watch(self) -> None:
        waiting = self.transport.get_write_buffer_size()
        self._reader = self.loop.call_later(PATIENCE_SECONDS, self._look, waiting)

    def _rest(self) -> None:
        if self._reader is not None:
            self._reader.cancel()

    def _look(self, before: int) -> None:
        if self.transport.get_write_buffer_size() < before:
            self._watch()  # slow, but it reads
            return
        _logger.warning("reader cut off: it takes nothing", bytes=before)
        self.transport.abort()  # to close would wait until all has been taken
