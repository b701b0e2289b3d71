"""New generations of the schedule: nobody is sent there before the plans are computed. And who waits for a schedule."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from src.commands.task import SetDuration, UpdateTask
from src.config import Settings
from src.projections import PROJECTIONS, Projection, Runner, control, generations
from src.projections.registry import ACTIVE, BUILDING
from src.projections.schedule_rows import ScheduledTaskRow
from src.projections.schedules import SCHEDULES
from src.queries.reading import BehindError, reading, wait_until
from src.queries.schedule import get_schedule
from src.scheduling import Duration
from src.wiring import App, open_app
from tests.acting import register
from tests.projections.test_rescheduling import DAY, FRIDAY, a_plan, finishes
from tests.read_tables import rows_of


def idle() -> Sequence[Projection]:
    """The projections, of which the schedules are marked and never computed."""
    assert SCHEDULES.derivation is not None

    async def nothing(_engine: AsyncEngine, _generation: int) -> int:
        return 0

    derivation = replace(SCHEDULES.derivation, derive=nothing)
    return [replace(each, derivation=derivation) if each is SCHEDULES else each for each in PROJECTIONS]


async def test_a_generation_is_switched_to_when_its_plans_are_computed(app: App) -> None:
    """Until then the one before is read, and goes on."""
    ann = await register(app.commands)
    project, task = await a_plan(ann)
    await app.runner.catch_up_all()
    before = await rows_of(app.readers, ScheduledTaskRow)
    await control.rebuild(app.models, SCHEDULES)
    waiting = Runner(app.log, app.models, idle(), app.runner._owner)
    await waiting.build()
    assert await generations.living(app.models, SCHEDULES, ACTIVE) == [1]
    assert await generations.living(app.models, SCHEDULES, BUILDING) == [2]
    await ann.do(SetDuration(project=project, task=task, duration=Duration(tenths=5 * DAY)))
    await app.runner.catch_up()
    await app.runner.derive()
    assert await finishes(app) == {task: FRIDAY}
    assert await rows_of(app.readers, ScheduledTaskRow) != before
    await app.runner.build()
    assert await generations.living(app.models, SCHEDULES, ACTIVE) == [2]
    assert await finishes(app) == {task: FRIDAY}


async def test_who_wants_to_read_their_own_writes_waits_for_the_schedule(app: App) -> None:
    """Marks are not enough; what moves no plan is not waited for."""
    ann = await register(app.commands)
    project, task = await a_plan(ann)
    await app.runner.catch_up_all()
    moved = await ann.do(SetDuration(project=project, task=task, duration=Duration(tenths=5 * DAY)))
    await app.runner.catch_up()
    for of in (project, None):
        with pytest.raises(BehindError, match="schedules"):
            await wait_until(app.log, app.readers, [SCHEDULES], moved.position, 0.01, of)
    await app.runner.derive()
    for of in (project, None):
        await wait_until(app.log, app.readers, [SCHEDULES], moved.position, 0.01, of)
    renamed = await ann.do(UpdateTask(project=project, task=task, name="Dig deep"))
    await app.runner.catch_up()
    await wait_until(app.log, app.readers, [SCHEDULES], renamed.position, 0.01, project)


async def test_a_process_without_workers_computes_by_itself(settings: Settings) -> None:
    """Soon after the change, and beside the other read models."""
    async with open_app(settings) as app:
        ann = await register(app.commands)
        project, task = await a_plan(ann)
        moved = await ann.do(SetDuration(project=project, task=task, duration=Duration(tenths=5 * DAY)))
        await wait_until(app.log, app.readers, [SCHEDULES], moved.position, 20, project)
        assert await finishes(app) == {task: FRIDAY}


async def test_a_schedule_that_was_never_computed_is_pending(app: App) -> None:
    """And it says that it is due."""
    ann = await register(app.commands)
    project, _ = await a_plan(ann)
    await app.runner.catch_up()
    async with reading(app.readers) as read:
        found = await get_schedule(read, project)
    assert (found.state, found.due) == ("pending", True)
