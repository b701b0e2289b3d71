"""Errors: always a problem document with a stable code, the correlation id, and nothing of the inside."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import structlog
from fastapi.responses import StreamingResponse
from sqlalchemy import make_url
from sqlalchemy.exc import IntegrityError

from src.config import Settings
from src.testing.http import Service, problem, served
from tests.servers import PostgreSQL

from .world import World, make_world

SECRET = "the launch code is 4711"


@pytest.mark.parametrize(
    "path", ["/", "/api", "/api/v1", "/api/v1/nothing", "/api/v1/projects/", "/%00", "/%FF/..;/", "//"]
)
async def test_an_unknown_route_is_a_problem(service: Service, path: str) -> None:
    """Any path that leads nowhere answers 404, also one that is right but for a slash."""
    for method in ("GET", "POST", "DELETE"):
        problem(await service.client.request(method, path), 404, "ROUTE_UNKNOWN")


async def test_another_method_is_told_which_there_are(still: World) -> None:
    """405 lists all methods that the path has."""
    for path, methods in (
        ("projects", "GET, POST"),
        (still.path, "GET, PATCH"),
        (f"{still.path}/tasks/{still.tasks[0]}", "DELETE, GET, PATCH"),
        (f"{still.path}/tasks/{still.tasks[0]}/move", "POST"),
        ("users/me", "GET"),
    ):
        for method in ("TRACE", "OPTIONS", "HEAD"):
            answer = await still.owner.ask(method, path)
            assert (answer.status_code, answer.headers["allow"]) == (405, methods)
            if method != "HEAD":
                problem(answer, 405, "METHOD_NOT_ALLOWED")


async def test_the_correlation_id_goes_all_the_way(world: World) -> None:
    """An id that the caller gives is in the answer, in the log and in the audit trail."""
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as entries:
        answer = await world.owner.ask(
            "PATCH",
            world.path,
            json={"name": "Renamed", "reason": "it grew"},
            headers={"X-Correlation-ID": b"order:4711", "User-Agent": "curl\x01/8 é".encode()},
        )
    assert answer.headers["x-correlation-id"] == "order:4711"
    told = {entry["event"]: entry for entry in entries}["request"]
    assert (told["correlation_id"], told["method"], told["status"]) == ("order:4711", "PATCH", 200)
    world.owner.seen = answer.json()["position"]
    entry = (await world.owner.get(f"{world.path}/audit", limit=1, result="accepted")).json()["items"][0]
    assert entry["correlation_id"] == "order:4711"
    assert (entry["actor"], entry["command"], entry["reason"]) == (str(world.owner.user), "RenameProject", "it grew")
    assert (entry["agent"], entry["address"]) == ("curl/8 Ã©", "127.0.0.1")


@pytest.mark.parametrize("given", ["", "x" * 101, "a b", "a\tb", "<script>", "é"])
async def test_a_correlation_id_that_could_harm_is_replaced(service: Service, given: str) -> None:
    """Any other than a short plain word is not taken over; each request gets one of its own."""
    headers = {b"X-Correlation-ID": given.encode()}
    ids = [(await service.client.get("/healthz", headers=headers)).headers["x-correlation-id"] for _ in range(2)]
    assert given not in ids
    assert len(set(ids)) == 2


async def test_refusals_carry_the_facts(still: World) -> None:
    """A refused command names its code, what is wrong in words, and the facts behind it."""
    first, second, _ = still.tasks
    answer = await still.owner.ask("POST", f"{still.path}/links", json={"predecessor": second, "successor": first})
    told = problem(answer, 409, "LINK_CYCLE")
    assert told["detail"] == "the link closes a cycle: 2 → 1 → 2"
    assert told["details"] == {"cycle": [second, first, second]}


async def test_many_faults_are_named_and_not_endless(still: World) -> None:
    """All faults of a body are named with where they are, up to a bounded number of bounded length."""
    bad = {"name": "", "duration": {"tenths": -1}, "position": 0}
    told = problem(await still.owner.ask("POST", f"{still.path}/tasks", json=bad), 422, "INVALID_REQUEST")
    where = [fault["where"] for fault in told["details"]["faults"]]
    assert sorted(where) == [["body", "duration", "tenths"], ["body", "name"], ["body", "position"]]
    many = {f"{'x' * 500}{number}": 1 for number in range(1000)}
    answer = await still.owner.ask("POST", f"{still.path}/tasks", json=many)
    details = problem(answer, 422, "INVALID_REQUEST")["details"]
    assert (details["count"], len(details["faults"])) == (1001, 20)
    assert len(answer.content) < 20_000


async def failing() -> None:
    """A route with a fault."""
    raise RuntimeError(SECRET)


async def breaking() -> StreamingResponse:
    """A route that fails when its answer has begun."""

    async def words() -> AsyncIterator[bytes]:
        yield b"once upon"
        await asyncio.sleep(0)
        raise RuntimeError(SECRET)

    return StreamingResponse(words())


async def clashing() -> None:
    """A route that sends the database what it should not."""
    raise IntegrityError("INSERT", {"name": SECRET}, Exception("UNIQUE"))


async def test_a_fault_is_logged_and_tells_nothing(sqlite_settings: Settings) -> None:
    """500 names the correlation id under which the fault was logged, and nothing of what happened inside."""
    async with served(sqlite_settings) as service:
        for path, route in (("/failing", failing), ("/clashing", clashing)):
            service.api.add_api_route(path, route)
            with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as entries:
                answer = await service.client.get(path, headers={"X-Correlation-ID": "abc"})
            told = problem(answer, 500, "INTERNAL_ERROR")
            assert told["instance"] == "abc"
            assert "4711" not in answer.text
            logged: dict[str, Any] = {entry["event"]: entry for entry in entries}
            assert (logged["request failed"]["correlation_id"], logged["request failed"]["path"]) == ("abc", path)
            assert logged["request"]["status"] == 500


async def test_an_answer_that_breaks_off_is_cut(sqlite_settings: Settings) -> None:
    """A fault after the answer has begun is logged, and the connection is cut rather than ended in order."""
    async with served(sqlite_settings) as service:
        service.api.add_api_route("/breaking", breaking)
        with structlog.testing.capture_logs() as entries, pytest.raises(RuntimeError):
            await service.client.get("/breaking")
        assert "request failed" in {entry["event"] for entry in entries}


async def test_an_outage_is_temporary(postgresql_server: PostgreSQL, postgresql_settings: Settings) -> None:
    """While the database is away reads and commands answer 503; then the command under the same key is done once."""
    database = make_url(postgresql_settings.database_url).database
    key, body = {"Idempotency-Key": "once"}, {"name": "Rake"}
    async with served(postgresql_settings) as service:
        world = await make_world(service)
        admin = await asyncpg.connect(postgresql_server.url)
        try:
            await admin.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS false')
            await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", database)
            for answer in await asyncio.gather(
                world.owner.ask("POST", f"{world.path}/tasks", json=body, headers=key),
                world.owner.ask("GET", world.path),
                service.client.get("/readyz"),
            ):
                assert problem(answer, 503, "UNAVAILABLE")["detail"]
                assert int(answer.headers["retry-after"]) >= 1
            assert (await service.client.get("/healthz")).status_code == 200
        finally:
            await admin.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS true')
            await admin.close()
        for _ in range(2):
            await world.owner.do("POST", f"{world.path}/tasks", body, idempotency_key="once")
        names = [task["name"] for page in await world.owner.pages(f"{world.path}/tasks") for task in page]
        assert names.count("Rake") == 1
