"""Wake-ups: few, fast, and under the name of whoever caused them; and what happens while Redis is away."""

import asyncio
import random
import statistics
import time
from pathlib import Path
from typing import Any

import pytest
import structlog
from dramatiq.brokers.redis import RedisBroker
from opentelemetry import context as traces
from opentelemetry import trace
from pydantic import SecretStr

from src import migrate
from src.config import Settings
from src.wiring import App, open_app
from tests.acting import register
from tests.conftest import settings_for
from tests.servers import PostgreSQL, Redis
from tests.workers.processes import Workers, level
from workers.broker import MARK, QUEUE, connect, make_broker, wake
from workers.wake import RedisWake
from workers.wake import connect as connect_wake

WAKE_MILLISECONDS = 30


async def test_one_wake_up_is_pending_at_most(with_redis: Settings) -> None:
    """Many commands before a worker looks make one message, for all projections."""
    client = connect(with_redis)
    broker = make_broker(client)
    assert [wake(broker, {}) for _ in range(5)] == [True, False, False, False, False]
    assert broker.do_qsize(QUEUE) == 1
    client.close()


async def test_a_lost_message_blocks_others_for_seconds_only(with_redis: Settings) -> None:
    """The mark of a wake-up that nobody hears ends by itself."""
    client = connect(with_redis)
    wake(make_broker(client), {})
    assert 0 < client.pttl(MARK) <= 5_000
    client.close()


async def test_an_idle_worker_starts_at_once(waking: App, with_redis: Settings, workers: Workers) -> None:
    """From the sending to the actor it takes less than 30 ms, half of the times, after pauses of any length.

    Others use the machine as well: one of three series has to show it.
    """
    client = connect(with_redis)
    client.config_set("notify-keyspace-events", "Eg")
    medians: list[float] = []
    with client.pubsub() as listening:  # type: ignore[no-untyped-call]
        listening.subscribe("__keyevent@0__:del")  # the mark is taken away when the actor starts
        listening.get_message(timeout=1)
        while len(medians) < 3 and (not medians or min(medians) >= WAKE_MILLISECONDS):
            medians.append(statistics.median(await _wake_ups(make_broker(client), listening, times=30)))
    client.close()
    assert min(medians) < WAKE_MILLISECONDS, medians


async def _wake_ups(broker: RedisBroker, listening: Any, times: int) -> list[float]:
    """How many milliseconds each takes from the sending to the actor."""
    dice = random.Random(times)
    taken = []
    for _ in range(times):
        await asyncio.sleep(dice.uniform(0.1, 0.3))
        sent = time.perf_counter()
        assert wake(broker, {})
        while (heard := listening.get_message(timeout=5)) is None or heard["data"] != MARK.encode():
            assert time.perf_counter() - sent < 5
        taken.append((time.perf_counter() - sent) * 1000)
    return taken


async def test_ids_travel_to_the_worker(waking: App, with_redis: Settings, tmp_path: Path) -> None:
    """What a worker logs carries the correlation id and the trace of the command that woke it."""
    ann = await register(waking.commands)
    span = trace.SpanContext(0xABCDEF, 0x1234, is_remote=False, trace_flags=trace.TraceFlags(1))
    with Workers(with_redis, tmp_path / "workers.log", PROJECTORY_LOG_LEVEL="DEBUG") as workers:
        await workers.ready()
        await level(waking)
        await asyncio.sleep(0.1)
        here = traces.attach(trace.set_span_in_context(trace.NonRecordingSpan(span)))
        with structlog.contextvars.bound_contextvars(correlation_id="request-1"):
            await ann.project()
        traces.detach(here)
        await _written(workers, '"correlation_id": "request-1"', f'"trace_id": "{0xABCDEF:032x}"')


async def _written(workers: Workers, *parts: str) -> None:
    """Waits for a line of the log that has all of it."""
    async with asyncio.timeout(10):
        while not any(all(part in line for part in parts) for line in workers.log.splitlines()):
            await asyncio.sleep(0.02)


async def test_a_message_without_ids_is_a_wake_up_too(waking: App, with_redis: Settings, tmp_path: Path) -> None:
    """Nothing that a message carries is needed."""
    await register(waking.commands)
    with Workers(with_redis, tmp_path / "workers.log", PROJECTORY_LOG_LEVEL="DEBUG") as workers:
        await workers.ready()
        client = connect(with_redis)
        client.delete(MARK)
        assert wake(make_broker(client), {"traceparent": "nonsense"})
        await level(waking)
        client.close()
        assert "Traceback" not in workers.log


@pytest.mark.parametrize("leave, come_back", [("kill", "start"), ("freeze", "thaw")])
async def test_workers_outlive_redis(
    waking: App, with_redis: Settings, redis: Redis, workers: Workers, leave: str, come_back: str
) -> None:
    """While Redis is away the sweep goes on, and little is logged; when it is back they are woken again."""
    ann = await register(waking.commands)
    await level(waking)
    before = len(workers.log.splitlines())
    getattr(redis, leave)()
    away = time.monotonic()
    for n in range(3):
        await ann.project(f"Without Redis {n}")
        await level(waking)
    await asyncio.sleep(max(0, away + 6 - time.monotonic()))
    getattr(redis, come_back)()
    async with asyncio.timeout(10):
        await _taken(with_redis)
    assert not workers.ended()
    # Two processes, each with two queues: a line a second and a half.
    assert len(workers.log.splitlines()) - before < 2 * (time.monotonic() - away)


async def _taken(settings: Settings) -> None:
    """Sends a wake-up and waits until a worker takes it, and not until the mark ends by itself."""
    client = connect(settings)
    client.delete(MARK)
    wake(make_broker(client), {})
    client.persist(MARK)
    while client.exists(MARK):
        await asyncio.sleep(0.02)
    client.close()


async def test_without_redis_one_warning_a_second(with_redis: Settings, redis: Redis) -> None:
    """However many commands there are, they say once a second at most that nobody is woken; then it goes on."""
    redis.stop()
    waker = RedisWake(with_redis)
    with structlog.testing.capture_logs() as logged:
        ends = time.monotonic() + 2.5
        while time.monotonic() < ends:
            waker()
            await asyncio.sleep(0.001)
    assert 1 <= len(logged) <= 3
    redis.start()
    client = connect(with_redis)
    async with asyncio.timeout(5):
        while not client.exists(MARK):
            waker()
            await asyncio.sleep(0.02)
    client.close()
    await waker.close()


async def test_workers_outlive_the_database(redis: Redis, tmp_path: Path) -> None:
    """While PostgreSQL is away the workers wait, and say so; when it is back they go on."""
    with PostgreSQL(fsync=True) as server:
        await server.create_database("projectory")
        settings = settings_for(server, "projectory").model_copy(update={"redis_url": SecretStr(redis.url)})
        await migrate.upgrade(settings)
        with Workers(settings, tmp_path / "workers.log") as workers:
            await workers.ready()
            server.kill()
            await asyncio.sleep(3)
            server.start()
            async with open_app(settings, connect_wake) as app:
                await register(app.commands)
                await level(app)
            assert not workers.ended()
            assert "retry_scheduled" in workers.log or "projections wait" in workers.log
            assert len(workers.log.splitlines()) < 40  # three loops that say so, some times a second at most
