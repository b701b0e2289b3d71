"""The projection runner of the `eventsourcing` library brings its read model of tasks up to date from nothing."""

import asyncio
from time import perf_counter, sleep

from src.database import open_database

from .catch_up_ours import check_rows
from .databases import ask, check, settings_of
from .history import Task
from .peer import DomainEvent, ProjectionRunner, environment
from .peer_events import translated
from .peer_view import TABLE, Planning, TasksProjection, TasksView

_BATCH = 1_000


async def copy_history(url: str, history: str) -> int:
    """Writes every event on tasks and plans of our history into the library's own log; how many there are."""
    database, log = open_database(settings_of(history))
    try:
        recorded = await log.read(0, await log.head())
    finally:
        await log.close()
        await database.dispose()
    await asyncio.to_thread(_store, url, [event for event in map(translated, recorded) if event])
    return int(await ask(url, "SELECT count(*) FROM planning_events"))


def _store(url: str, events: list[DomainEvent]) -> None:
    app = Planning(environment(url))
    for start in range(0, len(events), _BATCH):
        app.recorder.insert_events([app.mapper.to_stored_event(event) for event in events[start : start + _BATCH]])
    app.close()


async def run(url: str, expected: list[Task]) -> float:
    """The seconds that it took; on a copy of the history, checked."""
    last = await ask(url, "SELECT max(notification_id) FROM planning_events")
    seconds = await asyncio.to_thread(_catch_up, url, last)
    tracked = await ask(url, "SELECT notification_id FROM tasks_tracking WHERE application_name = 'Planning'")
    check("position tracked", tracked, last)
    await check_rows(url, TABLE, expected)
    return seconds


def _catch_up(url: str, last: int) -> float:
    began = perf_counter()
    with ProjectionRunner(
        application_class=Planning, projection_class=TasksProjection, view_class=TasksView, env=environment(url)
    ) as runner:
        while runner.view.reached < last and not runner.is_interrupted.is_set():
            sleep(0.002)
        seconds = perf_counter() - began
        runner.run_forever(timeout=0)  # raises what has stopped it
    return seconds
