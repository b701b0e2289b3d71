"""The past is what a fold of the log up to then gives, and what the present was."""

import asyncio
import os
import random
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from src.api import reading as api_reading
from src.api.reading import plan_moment
from src.commands.command import SYSTEM
from src.commands.progress import RecordProgress
from src.commands.task import AddTask
from src.events import RecordedEvent
from src.projections import PROJECTIONS
from src.projections.assignments import ASSIGNMENTS, AssignmentRow, StaffRow
from src.projections.calendars import CALENDARS
from src.projections.links import LINKS, LinkRow
from src.projections.moments import counts_from
from src.projections.planned import INPUTS
from src.projections.projects import PROJECTS, MemberRow, ProjectRow
from src.projections.resources import RESOURCES
from src.projections.roles import ROLES
from src.projections.schedule_rows import ScheduledTaskRow, ScheduleRow
from src.projections.schedules import SCHEDULES
from src.projections.search import SEARCH, SearchRow
from src.projections.tasks import TASKS, TaskRow
from src.projections.users import USERS
from src.queries.moment import Moment, When, moment_in
from src.queries.past import Past
from src.queries.reading import BehindError, ReadSession, reading
from src.wiring import App
from tests.acting import Actor
from tests.projections.lives import Life
from tests.queries.folding import Fold, same_order

MOMENTS = int(os.environ.get("PAST_MOMENTS", "40"))
SEED = int(os.environ.get("PAST_SEED", "1"))
OF_PROJECT: list[tuple[Any, Any, str]] = [
    (PROJECTS, ProjectRow, "id"),
    (PROJECTS, MemberRow, "project"),
    (TASKS, TaskRow, "project"),
    (LINKS, LinkRow, "project"),
    (ASSIGNMENTS, AssignmentRow, "project"),
    (ASSIGNMENTS, StaffRow, "project"),
    (SEARCH, SearchRow, "project"),
]
PLAN = (*INPUTS, SEARCH)
OF_ALL = (USERS, ROLES, RESOURCES, CALENDARS)


async def lived(app: App, seed: int, commands: int) -> Life:
    """A history of chance, which all read models have passed."""
    life = Life(app.commands, seed)
    await life.begin()
    await life.go_on(commands)
    await app.runner.catch_up_all()
    return life


async def rows_in(read: ReadSession, model: Any, column: str, project: UUID) -> list[dict[str, Any]]:
    """The rows of the project, in the order of their keys."""
    rows = same_order(await read.execute(select(read[model]).where(read[model].c[column] == project)), model)
    return _unnumbered(rows) if model is SearchRow else rows


def _unnumbered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of what tasks are found by, the past has numbers of its own."""
    return [row | {"number": None} if "number" in row else row for row in rows]


async def same_plan(app: App, events: list[RecordedEvent], project: UUID, moment: Moment) -> None:
    """The rows of the project at the moment are those of the events."""
    async with app.past.reading(project, moment, PLAN) as read:
        for projection, model, column in OF_PROJECT:
            fold = Fold(projection)
            fold.apply(events)
            expected = _unnumbered([row for row in fold.rows(model, [project]) if row[column] == project])
            assert await rows_in(read, model, column, project) == expected


async def test_a_position_of_the_past_is_a_fold_of_the_log_up_to_there(app: App) -> None:
    """Projects, members, tasks with their outline, links, staff and assignments; users, roles, resources, calendars."""
    life, dice = await lived(app, SEED, 250), random.Random(SEED)
    events = list(await app.log.read(0, await app.log.head()))
    folds = {projection: Fold(projection) for projection in (*PLAN, *OF_ALL)}
    done = 0
    for position in sorted(dice.randrange(len(events) + 1) for _ in range(MOMENTS)):
        for fold in folds.values():
            fold.apply(events[done:position])
        done = position
        project = dice.choice(life.projects)
        async with app.past.reading(project, Moment(position), PLAN) as read:
            for projection, model, column in OF_PROJECT:
                of = [row for row in folds[projection].rows(model, [project]) if row[column] == project]
                expected = _unnumbered(of)
                assert await rows_in(read, model, column, project) == expected
        async with reading(app.readers) as present:
            read = present.at(position)
            for projection in OF_ALL:
                for model in projection.tables:
                    found = same_order(await read.execute(select(read[model])), model)
                    assert found == folds[projection].rows(model)


async def reported_late(app: App, project: UUID) -> datetime:
    """When progress of a task counts from, that was reported after another one was added: it may be that none was."""
    somebody = Actor(app.commands, SYSTEM)
    task = UUID((await somebody.do(AddTask(project=project, name="Dig"))).ids["task"])
    when = (await app.log.read_positions([await app.log.head()]))[0].recorded_at
    await somebody.do(AddTask(project=project, name="Sow"))
    await somebody.do(RecordProgress(project=project, task=task, percent_complete=50), effective_at=when)
    await app.runner.catch_up_all()
    return when


async def test_a_time_of_the_past_counts_what_was_reported_later(app: App) -> None:
    """All events that count from then or before, and with `known_at` only those recorded by another moment."""
    life, dice = await lived(app, SEED + 1, 250), random.Random(SEED)
    asked: list[tuple[UUID, datetime, When | None]] = [
        (life.projects[0], await reported_late(app, life.projects[0]), None)
    ]
    events, late = list(await app.log.read(0, await app.log.head())), 0
    for _ in range(MOMENTS):
        project = dice.choice(life.projects)
        as_of = counts_from(dice.choice([each for each in events if each.project == project]))
        known: When | None = dice.choice([None, dice.randrange(len(events)), dice.choice(events).recorded_at])
        asked.append((project, as_of, known))
    for project, as_of, known in asked:
        async with reading(app.readers) as read:
            moment = await moment_in(read, app.log, project, as_of, known)
        late += bool(moment.late)
        happened = [e for e in events if counts_from(e) <= as_of and _known(e, known)]
        await same_plan(app, happened, project, moment)
    assert late


def _known(event: RecordedEvent, known: When | None) -> bool:
    if isinstance(known, datetime):
        return event.recorded_at <= known
    return known is None or event.position <= known


async def test_the_past_is_what_the_present_was(app: App) -> None:
    """The schedule with dates, slack and drivers, the outline, everything: as it was read when it was the present."""
    life = await lived(app, SEED + 2, 60)
    models = [model for projection in (PROJECTS, TASKS, LINKS, ASSIGNMENTS) for model in projection.tables]
    models += [ScheduleRow, ScheduledTaskRow]
    seen: list[tuple[UUID, int, dict[Any, list[Any]]]] = []
    for _ in range(4):
        await life.go_on(40)
        await app.runner.catch_up_all()
        async with reading(app.readers) as read:
            for project in life.projects:
                told = {model: await rows_in(read, model, _column(model), project) for model in models}
                seen.append((project, await app.log.head(), told))
    for project, position, told in seen:
        async with app.past.reading(project, Moment(position), PROJECTIONS) as read:
            for model, rows in told.items():
                found = await rows_in(read, model, _column(model), project)
                assert _without_time(found) == _without_time(rows)
    assert any(told[ScheduledTaskRow] for _, _, told in seen)


def _column(model: Any) -> str:
    return "id" if model is ProjectRow else "project"


def _without_time(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of a schedule the past does not tell by which event it was last moved."""
    return [{name: value for name, value in row.items() if not name.startswith("computed")} for row in rows]


async def test_room_is_made_for_the_past_that_is_read(app: App) -> None:
    """What was read longest ago is forgotten, never what is being read; forgotten or not, it reads the same."""
    life = await lived(app, SEED, 60)
    past, project, head = Past(app.log, app.readers, most_rows=1), life.projects[0], await app.log.head()
    try:
        async with past.reading(project, Moment(head), [SCHEDULES]) as read:
            before = await rows_in(read, TaskRow, "project", project)
            async with past.reading(project, Moment(head - 1), INPUTS) as other:
                assert await rows_in(other, ProjectRow, "id", project)
            assert await rows_in(read, TaskRow, "project", project) == before
        async with past.reading(project, Moment(head), INPUTS) as again:
            assert await rows_in(again, TaskRow, "project", project) == before
    finally:
        await past.close()


@pytest.mark.parametrize("position", [0, 1])
async def test_before_it_began_there_is_no_project(app: App, position: int) -> None:
    """Nothing is there, and nothing fails."""
    life = await lived(app, SEED, 5)
    async with app.past.reading(life.projects[0], Moment(position), PROJECTIONS) as read:
        for _, model, column in OF_PROJECT:
            assert await rows_in(read, model, column, life.projects[0]) == []


async def test_who_gives_up_spoils_nothing_for_others(app: App) -> None:
    """Who is cancelled while rows are put together or read leaves the others, and the next, as they would have been."""
    life = await lived(app, SEED, 60)
    project, head = life.projects[0], await app.log.head()

    async def read() -> list[dict[str, Any]]:
        async with app.past.reading(project, Moment(head), [SCHEDULES]) as read:
            return await rows_in(read, TaskRow, "project", project)

    expected = await read()
    for turns in range(0, 400, 23):
        await app.past.close()
        readers = [asyncio.create_task(read()) for _ in range(3)]
        for _ in range(turns):
            await asyncio.sleep(0)
        readers[0].cancel()
        found = await asyncio.gather(*readers, return_exceptions=True)
        assert found[1:] == [expected, expected]
        assert await read() == expected


async def test_a_schedule_is_added_under_readers(app: App) -> None:
    """Whoever reads the plan of a moment while its schedule is being written takes nothing away from it."""
    life = await lived(app, SEED, 60)
    project, head = life.projects[0], await app.log.head()

    async def scheduled() -> list[dict[str, Any]]:
        async with app.past.reading(project, Moment(head), [SCHEDULES]) as read:
            return await rows_in(read, ScheduledTaskRow, "project", project)

    async def planned() -> None:
        async with app.past.reading(project, Moment(head), INPUTS) as read:
            await rows_in(read, TaskRow, "project", project)

    expected = await scheduled()
    assert expected
    for _ in range(5):
        await app.past.close()
        await planned()
        found, *_ = await asyncio.gather(scheduled(), *(planned() for _ in range(12)))
        assert found == expected


async def test_a_time_waits_for_what_is_known_of_it(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which events count from before a time is not told before all of them have been looked at."""
    monkeypatch.setattr(api_reading, "_WAIT_SECONDS", 0.05)
    life = await lived(app, SEED, 5)
    (project, *_), when = life.projects, (await app.log.read(0, 1))[0].recorded_at - timedelta(days=1)
    first = (await app.log.read_project(project, 0, 1))[0].position
    assert (await plan_moment(app, project, when)).position < first
    await Actor(app.commands, SYSTEM).do(AddTask(project=project, name="Dig"))
    with pytest.raises(BehindError):
        await plan_moment(app, project, when)
