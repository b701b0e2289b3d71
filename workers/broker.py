"""The broker, and what a wake-up is: a message that is pending at most once for each projection."""

import redis
from dramatiq import Message
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AsyncIO, Middleware, Retries, ShutdownNotifications, TimeLimit

from src.config import Settings, SettingsError

QUEUE = "projections"
ACTOR = "catch_up"
NAMESPACE = "projectory"
_MARK_MILLISECONDS = 5_000
_CONNECT_SECONDS, _ANSWER_SECONDS = 1, 2


def connect(settings: Settings) -> redis.Redis:
    """A client that gives up soon: whatever it is for can wait for the sweep."""
    if settings.redis_url is None:
        raise SettingsError("PROJECTORY_REDIS_URL is not set, and workers need Redis")
    return redis.Redis.from_url(
        settings.redis_url.get_secret_value(),
        socket_connect_timeout=_CONNECT_SECONDS,
        socket_timeout=_ANSWER_SECONDS,
    )


def make_broker(client: redis.Redis, *more: Middleware) -> RedisBroker:
    """A broker that misses a killed worker within seconds; the defaults take minutes."""
    middleware = [TimeLimit(), ShutdownNotifications(), Retries(max_retries=3, min_backoff=200), AsyncIO(), *more]
    broker = RedisBroker(
        client=client,
        middleware=middleware,
        namespace=NAMESPACE,
        heartbeat_timeout=15_000,
        maintenance_chance=100_000,
    )
    broker.declare_queue(QUEUE)
    return broker


def mark(projection: str) -> str:
    """The key that stands while a wake-up of the projection is pending."""
    return f"{NAMESPACE}:wake:{projection}"


def wake(broker: RedisBroker, projection: str, correlation_id: str | None) -> bool:
    """Sends a wake-up unless one is pending; whether it did. The mark ends by itself, should the message be lost."""
    if not broker.client.set(mark(projection), 1, nx=True, px=_MARK_MILLISECONDS):
        return False
    broker.enqueue(
        Message(queue_name=QUEUE, actor_name=ACTOR, args=(projection, correlation_id), kwargs={}, options={})
    )
    return True
