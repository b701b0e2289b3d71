"""Reads of a project with a long history beside those of one with a short one: of the present, and of the past.

Both projects have the same tasks; what differs is how often these were changed. `python -m benchmarks.past` measures
on both databases; the number of events can be given.
"""

import argparse
import asyncio
import logging
import random
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median
from uuid import UUID

import structlog
from rich.console import Console
from rich.table import Table
from sqlalchemy import text
from uuid_utils.compat import uuid7

from src import migrate
from src.commands.task import AddTask
from src.commands.task_state import TASK
from src.config import Settings
from src.events.codec import encode
from src.events.log import Commit, NewEvent
from src.events.task import TaskUpdated
from src.projections import PROJECTIONS
from src.projections.planned import INPUTS
from src.projections.schedules import SCHEDULES
from src.queries.diff import differences
from src.queries.moment import Moment, moment_in
from src.queries.past import Past
from src.queries.reading import ReadSession, reading
from src.queries.schedule import list_scheduled_tasks
from src.queries.task import get_task, list_tasks
from src.wiring import App
from tests.acting import Actor, context, register
from tests.servers import PostgreSQL

from .databases import check, opened, settings_of

_TASKS = 400
_COMMIT = 2_000
_ROUNDS = 30
_MOMENTS = 7


@dataclass(frozen=True)
class _Project:
    id: UUID
    tasks: list[UUID]
    first: int
    last: int


async def _live(app: App, user: Actor, events: int) -> _Project:
    """A project of so many events: its tasks, then changes of their names."""
    first = await app.log.head()
    project = await user.project(f"Project of {events}")
    tasks = [uuid7() for _ in range(_TASKS)]
    added = [AddTask(project=project, task=task, name=f"Task {number}") for number, task in enumerate(tasks)]
    check("tasks added", getattr(await app.commands.execute_all(added, context(user.user)), "changed", False), True)
    dice, versions = random.Random(1), dict.fromkeys(tasks, 1)
    while (missing := events - (await app.log.head() - first)) > 0:
        metadata = context(user.user).metadata("UpdateTask", {})
        reads: dict[str, int] = {}
        news: list[NewEvent] = []
        for number in range(min(missing, _COMMIT)):
            task = dice.choice(tasks)
            stream = TASK.at(task).stream
            reads.setdefault(stream, versions[task])
            versions[task] += 1
            type_, schema, data = encode(TaskUpdated(task=task, name=f"Task, change {number}"))
            news.append(NewEvent(stream, versions[task], type_, schema, data, metadata, project, None))
        await app.log.append([Commit(user.user, uuid7(), b"", None, reads, news)])
    return _Project(project, tasks, first, await app.log.head())


async def _timed(what: Callable[[], Awaitable[object]], rounds: int = _ROUNDS) -> float:
    """The median, in milliseconds."""
    await what()
    taken = []
    for _ in range(rounds):
        begin = time.perf_counter()
        await what()
        taken.append(time.perf_counter() - begin)
    return median(taken) * 1_000


async def _figures(app: App, of: _Project) -> dict[str, float]:
    async def now(question: Callable[[ReadSession], Awaitable[object]]) -> None:
        async with reading(app.readers) as read:
            await question(read)

    dice = random.Random(1)
    moments = [Moment(dice.randrange(of.first + 2 * _TASKS + 5, of.last)) for _ in range(_MOMENTS)]
    cold: list[float] = []
    for each in moments:
        past = Past(app.log, app.readers)
        begin = time.perf_counter()
        async with past.reading(of.id, each, INPUTS) as read:
            await list_tasks(read, of.id)
        cold.append(time.perf_counter() - begin)
        await past.close()

    async def again(*_: object) -> None:
        async with app.past.reading(of.id, moments[0], [SCHEDULES]) as read:
            await list_tasks(read, of.id)

    async def moment() -> None:
        async with reading(app.readers) as read:
            (event,) = await app.log.read_positions([moments[0].position])
            await moment_in(read, app.log, of.id, event.recorded_at)

    async def diff() -> None:
        async with (
            app.past.reading(of.id, moments[0], [SCHEDULES]) as then,
            app.past.reading(of.id, moments[1], [SCHEDULES]) as later,
        ):
            await differences(then, later, of.id)

    return {
        "tasks, 100 of them": await _timed(lambda: now(lambda read: list_tasks(read, of.id))),
        "one task": await _timed(lambda: now(lambda read: get_task(read, of.id, of.tasks[0]))),
        "schedule, 100 tasks": await _timed(lambda: now(lambda read: list_scheduled_tasks(read, of.id))),
        "which position a time is": await _timed(moment),
        "tasks of the past, the first time": median(cold) * 1_000,
        "tasks of the past, again": await _timed(again),
        "differences of two moments, again": await _timed(diff),
    }


async def _measure(url: str, settings: Settings, events: int, console: Console) -> None:
    await migrate.upgrade(settings)
    async with opened(url) as app:
        user = await register(app.commands)
        projects = [await _live(app, user, number) for number in (1_000, events)]
        begin = time.perf_counter()
        while await app.runner.catch_up_all():
            pass
        took = time.perf_counter() - begin
        if app.models.dialect.name == "postgresql":
            async with app.models.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
                await connection.execute(text("ANALYZE"))
        short, long = [await _figures(app, project) for project in projects]
    where = settings.url.get_backend_name()
    table = Table("Milliseconds", "1,000 events", f"{events:,} events", "times", title=where)
    for name, took_short in short.items():
        table.add_row(name, f"{took_short:.2f}", f"{long[name]:.2f}", f"{long[name] / took_short:.2f}")
    console.print(table)
    console.print(f"{len(PROJECTIONS)} projections passed {events:,} events in {took:.0f} s\n")


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.past", description="How fast the past is read")
    parser.add_argument("--events", type=int, default=1_000_000)
    events: int = parser.parse_args().events
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    console = Console()
    with PostgreSQL(fsync=True) as server, tempfile.TemporaryDirectory() as folder:
        url = asyncio.run(server.create_database("past"))
        for each in (url, f"sqlite:///{folder}/projectory.db"):
            asyncio.run(_measure(each, settings_of(each), events, console))


if __name__ == "__main__":
    main()
