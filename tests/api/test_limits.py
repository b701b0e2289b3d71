"""Limits of time and size, over a real socket: who is too slow or sends too much gets an answer, and costs little."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi.responses import StreamingResponse
from sqlalchemy import text

from src.api import connection as connections
from src.config import Settings
from src.testing.http import problem

from .clients import GET, POST, SLOW, Client, connected, with_token
from .following import Live, listening
from .world import make_world

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
