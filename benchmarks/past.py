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
from collections.abc import Awaitable, Callable, Sequence
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


_Question = Callable[[], Awaitable[object]]


async def _timed(questions: Sequence[_Question], rounds: int = _ROUNDS) -> list[float]:
    """The medians, in milliseconds. They take turns, so that what else the machine does is the same for all."""
    for question in questions:
        await question()
    taken: list[list[float]] = [[] for _ in questions]
    for _ in range(rounds):
        for question, times in zip(questions, taken, strict=True):
            begin = time.perf_counter()
            await question()
            times.append(time.perf_counter() - begin)
    return [median(times) * 1_000 for times in taken]


def _questions(app: App, of: _Project) -> dict[str, _Question]:
    async def now(question: Callable[[ReadSession], Awaitable[object]]) -> None:
        async with reading(app.readers) as read:
            await question(read)

    dice = random.Random(1)
    moments = [Moment(dice.randrange(of.first + 2 * _TASKS + 5, of.last)) for _ in range(_MOMENTS)]

    async def cold() -> None:
        past = Past(app.log, app.readers)
        async with past.reading(of.id, dice.choice(moments), INPUTS) as read:
            await list_tasks(read, of.id)
        await past.close()

    async def again() -> None:
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
        "tasks, 100 of them": lambda: now(lambda read: list_tasks(read, of.id)),
        "one task": lambda: now(lambda read: get_task(read, of.id, of.tasks[0])),
        "schedule, 100 tasks": lambda: now(lambda read: list_scheduled_tasks(read, of.id)),
        "which position a time is": moment,
        "tasks of the past, the first time": cold,
        "tasks of the past, again": again,
        "differences of two moments, again": diff,
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
        asked = [_questions(app, project) for project in projects]
        figures = {name: await _timed([each[name] for each in asked]) for name in asked[0]}
    where = settings.url.get_backend_name()
    table = Table("Milliseconds", "1,000 events", f"{events:,} events", "times", title=where)
    for name, (short, long) in figures.items():
        table.add_row(name, f"{short:.2f}", f"{long:.2f}", f"{long / short:.2f}")
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
