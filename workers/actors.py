"""The module that Dramatiq loads in each worker process: settings, broker and the one actor."""

import dramatiq
import structlog

from src.config import Settings
from src.logging import configure

from .broker import ACTOR, QUEUE, connect, make_broker
from .process import Process

settings = Settings()
configure(settings)
process = Process(settings)
broker = make_broker(connect(settings), process)
dramatiq.set_broker(broker)

_TIME_LIMIT_MILLISECONDS = 3_600_000
"""Catching up on a long history is one message; it can be stopped between batches at any time."""


@dramatiq.actor(actor_name=ACTOR, queue_name=QUEUE, time_limit=_TIME_LIMIT_MILLISECONDS)
async def catch_up(projection: str, correlation_id: str | None = None) -> None:
    """Brings one projection up to date."""
    with structlog.contextvars.bound_contextvars(correlation_id=correlation_id, projection=projection):
        await process.catch_up(projection)
