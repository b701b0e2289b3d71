"""Limits of size and number: what is over them is answered, and holds nothing up."""

import asyncio

import pytest

from src.api import connection as connections
from src.api.app import MAX_BODY
from src.api.connection import MOST_HEAD, MOST_URL
from src.testing.http import problem

from .clients import GET, POST, connected, with_token
from .following import Live


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
