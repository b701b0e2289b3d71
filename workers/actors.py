"""The module that Dramatiq loads in each worker process: settings, broker and the one actor."""

import sys

import dramatiq
from dramatiq.middleware import CurrentMessage

from src.starting import starting

with starting():
    from src.config import Settings
    from src.logging import configure

    from .broker import ACTOR, QUEUE, connect, make_broker
    from .context import heard
    from .process import EventLoop, Process
    from .stopping import stop_once

# Dramatiq sends what a worker writes through its master: lines would be lost when either dies.
sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
stop_once()
settings = Settings()
configure(settings)
process = Process(settings)
broker = make_broker(connect(settings), CurrentMessage(), EventLoop(), process)
dramatiq.set_broker(broker)


@dramatiq.actor(actor_name=ACTOR, queue_name=QUEUE)
async def catch_up() -> None:
    """Brings all projections up to date."""
    message = CurrentMessage.get_current_message()
    with heard(message.options if message else {}):
        await process.catch_up()
