"""The broker, and what a wake-up is: a message that is pending at most once."""

from collections.abc import Mapping

import redis
from dramatiq import Message
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import Middleware

from src.config import Settings, SettingsError

QUEUE = "projections"
ACTOR = "catch_up"
NAMESPACE = "projectory"
MARK = f"{NAMESPACE}:wake"
"""The key that stands while a wake-up is pending."""

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


def make_broker(client: redis.Redis, *middleware: Middleware) -> RedisBroker:
    """A broker that misses a killed worker within seconds; the defaults take minutes.

    Nothing is retried: the sweep comes sooner.
    """
    broker = RedisBroker(
        client=client,
        middleware=list(middleware),
        namespace=NAMESPACE,
        heartbeat_timeout=15_000,
        maintenance_chance=100_000,
    )
    broker.declare_queue(QUEUE)
    return broker


def wake(broker: RedisBroker, context: Mapping[str, str]) -> bool:
    """Sends a wake-up unless one is pending; whether it did. The mark ends by itself, should the message be lost.

    The context goes in the options and not in arguments, so that workers of another version take it as well.
    """
    if not broker.client.set(MARK, 1, nx=True, px=_MARK_MILLISECONDS):
        return False
    broker.enqueue(Message(queue_name=QUEUE, actor_name=ACTOR, args=(), kwargs={}, options=dict(context)))
    return True
