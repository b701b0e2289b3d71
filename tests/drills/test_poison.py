"""One project with an event that cannot be applied, among many."""

import asyncio
from dataclasses import replace

from src.commands.task import UpdateTask
from src.events import RecordedEvent
from src.events.task import TaskUpdated
from src.projections import PROJECTIONS, Runner, control
from src.projections.rows import Rows
from src.projections.tasks import TASKS, TaskRow
from src.wiring import App
from tests.drills.history import Writers, write
from tests.drills.size import SEED, SIZE, told
from tests.read_tables import dump, rebuilt, rows_of


def apply(recorded: RecordedEvent, rows: Rows) -> None:
    """As the tasks do, but for one event that it cannot take."""
    if isinstance(recorded.event, TaskUpdated) and recorded.event.notes == "poison":
        raise ValueError("poison")
    TASKS.apply(recorded, rows)


async def test_one_poisoned_project_stops_no_other(app: App) -> None:
    """All others go on while it waits; after a fix and a retry all are equal to a fresh build."""
    projects = SIZE.projects if not app.settings.embedded else SIZE.projects // 4
    plans = await write(app, projects, SIZE.events // 4, SEED)
    poisoned, *others = plans
    broken = Runner(
        app.log, app.models, [replace(each, apply=apply) if each is TASKS else each for each in PROJECTIONS]
    )
    await broken.catch_up()
    await poisoned.owner.do(UpdateTask(project=poisoned.project, task=poisoned.tasks[0], notes="poison"))
    running = asyncio.create_task(_keep_running(broken))
    async with Writers(plans, SIZE.writers):
        began = [plan.changes for plan in plans]
        while any(plan.changes < before + 2 for plan, before in zip(plans, began, strict=True)):
            await asyncio.sleep(0.05)
    running.cancel()
    await asyncio.wait([running])
    await broken.catch_up()
    (tasks,) = [each for each in await broken.progress() if each.projection == "tasks"]
    assert [(fault.project, fault.state) for fault in tasks.faults] == [(poisoned.project, "faulted")]
    assert tasks.lag == 0
    stopped = await rows_of(app.readers, TaskRow)
    await control.retry(app.models, TASKS)
    await app.runner.catch_up_all()
    assert {(each.state, each.lag) for each in await app.runner.progress()} == {("running", 0)}
    found = await dump(app.readers)
    assert await rebuilt(app) == found
    after = await rows_of(app.readers, TaskRow)
    assert [row for row in stopped if row.project != poisoned.project] == [
        row for row in after if row.project != poisoned.project
    ]
    assert [row for row in stopped if row.project == poisoned.project] != [
        row for row in after if row.project == poisoned.project
    ]
    told(f"poison: 1 of {projects} projects waited, the other {len(others)} were level; equal to a fresh build after")


async def _keep_running(runner: Runner) -> None:
    while True:
        await runner.catch_up()
        await asyncio.sleep(0.02)
