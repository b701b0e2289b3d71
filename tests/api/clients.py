"""Clients that speak HTTP by hand, over a socket, to a service of the test's own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from src.config import Settings
from src.testing.http import problem

from .following import Live, listening

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
