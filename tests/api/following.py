"""Following a project over a socket, from a server in this process, as a client of the standard does it."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import httpx

from src.api import create_app
from src.api.feed import Feed
from src.api.serving import Server
from src.config import Settings
from src.events import RecordedEvent
from src.testing.http import Person, Service
from src.wiring import App, ConnectWake
from tests.conftest import nobody_woken

PATIENCE_SECONDS = 10


class Message(NamedTuple):
    """What a client hands on: the event's name, its data, and the id behind which it would resume now."""

    event: str
    data: Any
    id: str


@dataclass
class Listener:
    """One connection. What has no data is not handed on, but its id counts, as the standard says."""

    answer: httpx.Response
    last: str = ""
    retry: int = 0
    comments: list[str] = field(default_factory=list)
    _messages: AsyncIterator[Message] | None = None

    async def next(self) -> Message:
        """The next message, which must come soon; raises StopAsyncIteration at the end of the answer."""
        if self._messages is None:
            self._messages = self._read()
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await anext(self._messages)

    async def take(self, count: int) -> list[Message]:
        """So many messages."""
        return [await self.next() for _ in range(count)]

    async def rest(self) -> list[Message]:
        """All up to the end of the answer, which must come soon."""
        found = []
        while True:
            try:
                found.append(await self.next())
            except StopAsyncIteration:
                return found

    async def _read(self) -> AsyncIterator[Message]:
        buffer = b""
        async for piece in self.answer.aiter_bytes():
            *blocks, buffer = (buffer + piece).split(b"\n\n")
            for block in blocks:
                if message := self._understood(block.decode()):
                    yield message

    def _understood(self, block: str) -> Message | None:
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        if "" in fields:
            self.comments.append(fields.pop(""))
        self.last = fields.get("id", self.last)
        self.retry = int(fields.get("retry", self.retry))
        return Message(fields["event"], json.loads(fields["data"]), self.last) if "data" in fields else None


@asynccontextmanager
async def follow(person: Person, project: str, last: object = None, **params: Any) -> AsyncIterator[Listener]:
    """Somebody's connection to a project, which must be granted; `last` is sent as Last-Event-ID."""
    headers = {"Authorization": f"Bearer {person.token}"} | ({} if last is None else {"Last-Event-ID": str(last)})
    url = f"/api/v1/projects/{project}/events"
    async with person.client.stream("GET", url, headers=headers, params=params) as answer:
        assert answer.status_code == 200, await answer.aread()
        yield Listener(answer)


@dataclass(frozen=True)
class Live(Service):
    """The API on a socket."""

    server: Server

    @property
    def feed(self) -> Feed:
        feed: Feed = self.api.state.feed
        return feed

    @property
    def address(self) -> tuple[str, int]:
        return self.client.base_url.host, self.client.base_url.port or 0

    async def left(self, followers: int) -> None:
        """Returns once there are so many followers."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.feed._followers) != followers:
                await asyncio.sleep(0.01)


@asynccontextmanager
async def listening(settings: Settings, connect_wake: ConnectWake = nobody_woken) -> AsyncIterator[Live]:
    """The service, from when it listens until it has shut down. No read model is kept unless that is asked for."""
    api = create_app(settings, connect_wake)
    server = Server(api, settings)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        running = asyncio.create_task(server._serve([listener]))  # without its signal handlers
        url = "http://{}:{}".format(*listener.getsockname())
        async with httpx.AsyncClient(base_url=url, timeout=30, limits=httpx.Limits(max_connections=None)) as client:
            while not server.started and not running.done():
                await asyncio.sleep(0.01)
            try:
                yield Live(api, api.state.app, client, server)
            finally:
                server.should_exit = True
                await running


async def logged(app: App, project: str, after: int = 0) -> list[RecordedEvent]:
    """All events of the project above the position, read in another way: from the whole log."""
    events = await app.log.read(0, await app.log.head())
    return [event for event in events if str(event.project) == project and event.position > after]
