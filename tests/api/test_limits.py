"""Limits of time and size, over a real socket: who is too slow or sends too much gets an answer, and costs little."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi.responses import StreamingResponse
from sqlalchemy import text

from src.api import connection as connections
from src.api.app import MAX_BODY
from src.api.connection import MOST_HEAD, MOST_URL
from src.config import Settings
from src.testing.http import problem

from .following import Live, listening
from .world import make_world

PATIENCE_SECONDS = 10
SLOW = 1.0
GET = b"GET /healthz HTTP/1.1\r\nHost: test\r\n"
POST = b"POST /api/v1/projects HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"


class Client:
    """A connection on which every byte is ours."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def send(self, data: bytes) -> None:
        """Sends; where the other side has hung up already that shows when it is read."""
        self._writer.write(data)
        try:
            await self._writer.drain()
        except ConnectionError:
            return

    async def answer(self) -> httpx.Response:
        """One answer, which must come soon."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            head = await self._reader.readuntil(b"\r\n\r\n")
            first, *lines = head.decode().split("\r\n")[:-2]
            headers = [(name, value) for name, _, value in (line.partition(": ") for line in lines)]
            body = await self._reader.readexactly(int(dict(headers)["content-length"]))
        return httpx.Response(int(first.split()[1]), headers=headers, content=body)

    async def refused(self, status: int, code: str) -> httpx.Response:
        """The answer, which must be this problem, and after which the connection is closed."""
        answer = await self.answer()
        problem(answer, status, code)
        assert answer.headers["connection"] == "close"
        assert answer.headers["x-content-type-options"] == "nosniff"
        await self.closed()
        return answer

    async def closed(self) -> None:
        """Returns when the other side has hung up."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            try:
                assert await self._reader.read() == b""
            except ConnectionError:
                return


@asynccontextmanager
async def connected(live: Live) -> AsyncIterator[Client]:
    """A client of the service."""
    reader, writer = await asyncio.open_connection(*live.address)
    try:
        yield Client(reader, writer)
    finally:
        writer.close()


@pytest.fixture
async def live(sqlite_settings: Settings) -> AsyncIterator[Live]:
    """The service, with a limit of time that a test can wait for."""
    async with listening(sqlite_settings.model_copy(update={"request_seconds": SLOW})) as live:
        yield live


async def with_token(live: Live) -> bytes:
    """The header of somebody who may make projects."""
    return f"Authorization: Bearer {(await live.person()).token}\r\n".encode()


# --- time ---------------------------------------------------------------------------------------------------------


async def test_a_request_that_takes_too_long_is_given_up(live: Live) -> None:
    """It is answered 503 with a code of its own; what it did is cancelled, and its own time-outs stay faults."""
    cancelled: list[str] = []

    async def endless() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append("endless")
            raise

    async def timed_out() -> None:
        raise TimeoutError

    live.api.add_api_route("/endless", endless)
    live.api.add_api_route("/timed-out", timed_out)
    answer = await live.client.get("/endless")
    told = problem(answer, 503, "TIME_LIMIT_EXCEEDED")
    assert ("Idempotency-Key" in told["detail"], answer.headers["retry-after"]) == (True, "1")
    assert cancelled == ["endless"]
    problem(await live.client.get("/timed-out"), 500, "INTERNAL_ERROR")


async def test_an_answer_that_has_begun_takes_as_long_as_it_likes(live: Live) -> None:
    """A download goes on beyond the limit, to its end."""

    async def download() -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(4):
                await asyncio.sleep(SLOW / 2)
                yield b"piece"

        return StreamingResponse(pieces())

    live.api.add_api_route("/download", download)
    assert (await live.client.get("/download")).text == "piece" * 4


async def test_a_command_that_was_given_up_is_done_once(settings: Settings) -> None:
    """Repeated under its key it is answered as if nothing had been; it may have stood already, or stands now."""
    async with listening(settings.model_copy(update={"request_seconds": 2})) as live:
        world = await make_world(live)
        append = live.app.log.append
        given, let = asyncio.Event(), asyncio.Event()

        async def held(commits: Any) -> Any:
            answers = await append(commits)
            given.set()
            await let.wait()
            return answers

        live.app.log.append = held  # type: ignore[method-assign] # the answer of the database is late
        key = {"Idempotency-Key": "once"}
        late = await world.owner.ask("POST", f"{world.path}/tasks", json={"name": "Rake"}, headers=key)
        problem(late, 503, "TIME_LIMIT_EXCEEDED")
        assert given.is_set()
        let.set()
        head = await live.app.log.head()
        again = await world.owner.ask("POST", f"{world.path}/tasks", json={"name": "Rake"}, headers=key)
        assert (again.status_code, again.json()["position"]) == (201, head)
        assert await live.app.log.head() == head


async def test_a_read_that_was_given_up_leaves_the_database_usable(settings: Settings) -> None:
    """However many reads are cancelled in the midst of a statement, the next one is answered."""
    slow = {
        "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 500000) SELECT max(i) FROM n",
        "postgresql": "SELECT pg_sleep(2)",
    }
    async with listening(settings.model_copy(update={"request_seconds": 0.2})) as live:

        async def read() -> None:
            async with live.app.readers.connect() as connection:
                await connection.exec_driver_sql(slow[live.app.readers.dialect.name])

        live.api.add_api_route("/slow", read)
        answers = await asyncio.gather(*(live.client.get("/slow") for _ in range(12)))
        assert {answer.status_code for answer in answers} == {503}
        for _ in range(12):
            async with live.app.readers.connect() as connection:
                assert await connection.scalar(text("SELECT 1")) == 1


async def test_a_head_that_does_not_arrive_is_answered_408(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """However steadily it drips; and a connection on which nothing comes is closed."""
    monkeypatch.setattr(connections, "HEAD_SECONDS", SLOW)
    async with connected(live) as dripping, connected(live) as silent:
        for byte in GET[:10]:
            await dripping.send(bytes([byte]))
            await asyncio.sleep(SLOW / 20)
        await dripping.refused(408, "REQUEST_TOO_SLOW")
        await silent.closed()


async def test_a_second_head_has_no_more_time(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes after an answer is held to the same, also empty lines, which are no request."""
    monkeypatch.setattr(connections, "HEAD_SECONDS", SLOW)
    for left in (b"GET /hea", b"\r\n"):
        async with connected(live) as client:
            await client.send(GET + b"\r\n")
            assert (await client.answer()).status_code == 200
            await client.send(left)
            await client.refused(408, "REQUEST_TOO_SLOW")


async def test_a_body_that_does_not_arrive_is_answered_408(live: Live) -> None:
    """However steadily it drips, told or chunked; nothing was done."""
    token, head = await with_token(live), await live.app.log.head()
    for rest in (b"Content-Length: 1000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n3e8\r\n"):
        async with connected(live) as client:
            await client.send(POST + token + rest)
            dripping = asyncio.create_task(drip(client))
            await client.refused(408, "REQUEST_TOO_SLOW")
            dripping.cancel()
    assert await live.app.log.head() == head


async def drip(client: Client) -> None:
    """A space now and then, for as long as it is taken."""
    while True:
        await client.send(b" ")
        await asyncio.sleep(SLOW / 10)


async def test_a_body_that_nobody_wants_holds_no_connection(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who was answered already and goes on sending slowly is cut off."""
    monkeypatch.setattr(connections, "LINGER_SECONDS", SLOW)
    async with connected(live) as client:
        await client.send(POST.replace(b"projects", b"nothing") + b"Content-Length: 1000000\r\n\r\n")
        problem(await client.answer(), 404, "ROUTE_UNKNOWN")
        dripping = asyncio.create_task(drip(client))
        await client.closed()
        dripping.cancel()


async def test_who_leaves_while_sending_is_no_fault(live: Live, capsys: pytest.CaptureFixture[str]) -> None:
    """A client that hangs up in the midst of its body leaves no error in the log."""
    token = await with_token(live)
    async with connected(live) as client:
        await client.send(POST + token + b"Content-Length: 1000\r\n\r\n{")
        while not live.server.server_state.tasks:
            await asyncio.sleep(0.01)
    while live.server.server_state.tasks or live.server.server_state.connections:
        await live.client.aclose()
        await asyncio.sleep(0.01)
    said = capsys.readouterr()
    assert ("client left" in said.out + said.err, "request failed" in said.out + said.err) == (True, False)


# --- size ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ended", [True, False])
async def test_headers_over_the_limit_are_answered_431(live: Live, ended: bool) -> None:
    """As one or as many, whether they end or not."""
    for headers in (b"X: " + b"x" * MOST_HEAD, b"X: y\r\n" * MOST_HEAD):
        async with connected(live) as client:
            await client.send(GET + headers + (b"\r\n\r\n" if ended else b""))
            await client.refused(431, "HEAD_TOO_LARGE")


@pytest.mark.parametrize("path", [b"/" + b"x" * MOST_URL, b"/api/v1/projects?after=" + b"x" * MOST_URL])
async def test_a_url_over_the_limit_is_answered_414(live: Live, path: bytes) -> None:
    """Path and query alike."""
    async with connected(live) as client:
        await client.send(b"GET " + path + b" HTTP/1.1\r\nHost: test\r\n\r\n")
        await client.refused(414, "URL_TOO_LONG")


async def test_what_is_within_the_limits_is_taken(live: Live) -> None:
    """A long URL, many headers, and several requests that come at once."""
    async with connected(live) as client:
        long = GET.replace(b"/healthz", b"/healthz?x=" + b"x" * (MOST_URL - 20))
        await client.send(long + b"X: " + b"x" * (MOST_HEAD - 10_000) + b"\r\n\r\n" + (GET + b"\r\n") * 20)
        assert [(await client.answer()).status_code for _ in range(21)] == [200] * 21


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET / HTTP/1.1\r\nX\x00: y\r\n\r\n",
        b"CONNECT host:443 HTTP/1.1\r\nHost: test\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
    ],
)
async def test_what_is_no_request_is_answered_400(live: Live, sent: bytes) -> None:
    """TLS, nonsense, and what two servers could understand differently."""
    async with connected(live) as client:
        await client.send(sent)
        await client.refused(400, "BAD_REQUEST")


async def test_a_body_over_the_limit_is_answered_413(live: Live) -> None:
    """Told or counted, at once: before all of it has come."""
    token = await with_token(live)
    for rest in (b"Content-Length: 999999999\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\nfffffff\r\n"):
        async with connected(live) as client:
            await client.send(POST + token + rest + b"x" * (MAX_BODY + 1))
            problem(await client.answer(), 413, "BODY_TOO_LARGE")


@pytest.mark.parametrize(
    "body",
    [b"[" * MAX_BODY, b'{"name":' * 100_000, b'{"name":' + b"[" * 5000 + b"]" * 5000 + b"}", b"9" * MAX_BODY],
    ids=["brackets", "objects", "closed", "digits"],
)
async def test_a_body_that_is_deep_or_vast_is_refused(live: Live, body: bytes) -> None:
    """The reader of JSON has an end to its levels and digits; the process lives on."""
    person = await live.person()
    headers = {"Content-Type": "application/json"}
    problem(await person.ask("POST", "projects", content=body, headers=headers), 422, "INVALID_REQUEST")


async def test_another_protocol_is_not_spoken(live: Live) -> None:
    """Who asks for WebSocket is answered as HTTP, with the same limits."""
    upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n"
    async with connected(live) as client:
        await client.send(GET + upgrade + b"\r\n")
        assert (await client.answer()).status_code == 200


async def test_connections_over_the_limit_are_answered_503(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are told to come again; those that are there go on, and a place that becomes free is given away."""
    monkeypatch.setattr(connections, "MOST_CONNECTIONS", 2)
    async with connected(live) as first:
        async with connected(live) as second:
            for client in (first, second):
                await client.send(GET + b"\r\n")
                assert (await client.answer()).status_code == 200
            async with connected(live) as third:
                await third.send(GET + b"\r\n")
                assert (await third.refused(503, "TOO_MANY_CONNECTIONS")).headers["retry-after"] == "1"
        while len(live.server.server_state.connections) > 1:
            await asyncio.sleep(0.01)
        async with connected(live) as fourth:
            await fourth.send(GET + b"\r\n")
            assert (await fourth.answer()).status_code == 200
