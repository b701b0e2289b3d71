"""Appends through the recorder that applications of the `eventsourcing` library use: one thread a client.

It checks versions by a unique index and gives every event a place in one order, as our log does; it stores no
metadata and knows no command ids. The library is made for threads, so each client is one, with a connection of
its own in the pool.
"""

import asyncio
from collections.abc import Callable

from .databases import check_log
from .load import Load, Sample, drive_threads
from .payload import DATA, Streams
from .peer import ApplicationRecorder, InfrastructureFactory, StoredEvent, environment

_STATE = DATA.encode()


async def run(url: str, load: Load) -> Sample:
    """On an empty database; checked."""
    sample = await asyncio.to_thread(_run, url, load)
    await check_log(url, "stored_events", "originator_id", "originator_version", "notification_id", sample.done)
    return sample


def _run(url: str, load: Load) -> Sample:
    with InfrastructureFactory.construct(environment(url, pool_size=load.clients)) as factory:
        recorder = factory.application_recorder()
        return drive_threads([_client(recorder) for _ in range(load.clients)], load)


def _client(recorder: ApplicationRecorder) -> Callable[[], None]:
    streams = Streams()

    def give() -> None:
        streams.next()
        recorder.insert_events([StoredEvent(streams.id, streams.version, "planning:TaskUpdated", _STATE)])

    return give
