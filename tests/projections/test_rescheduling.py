"""Plans are computed once for many changes, by one worker each; what goes wrong stays with its project."""

import asyncio
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid4

from src.commands.calendar import CreateCalendar
from src.commands.calendar_hours import AddException, RemoveException
from src.commands.project import SetProjectWindow
from src.commands.project_settings import SetDefaultCalendar
from src.commands.task import AddTask, SetConstraint, SetDuration
from src.events import LogUnavailableError
from src.projections import generations
from src.projections.registry import ACTIVE
from src.projections.rescheduling import Rescheduling
from src.projections.schedule_rows import MarkRow, ScheduledTaskRow, ScheduleRow
from src.projections.schedules import SCHEDULES
from src.scheduling import Constraint, ConstraintType, Duration, Plan, Schedule, schedule
from src.wiring import App
from tests.acting import Actor, register
from tests.read_tables import rows_of

DAY = 4800
MONDAY, FRIDAY = datetime(2026, 3, 2, 8), datetime(2026, 3, 6, 17)


class Counting:
    """The calculation, which tells what it was asked for; `first` is done before it."""

    def __init__(self, first: Callable[[Plan], Any] = lambda _plan: None) -> None:
        self.plans: list[Plan] = []
        self._first = first

    def __call__(self, plan: Plan) -> Schedule:
        self.plans.append(plan)
        self._first(plan)
        return schedule(plan)


async def worker(app: App, compute: Callable[[Plan], Schedule] = schedule) -> Rescheduling:
    """One that computes what is read."""
    (generation,) = await generations.living(app.models, SCHEDULES, ACTIVE)
    return Rescheduling(app.models, generation, compute)


async def a_plan(ann: Actor, days: int = 1) -> tuple[UUID, UUID]:
    """A project that starts on a Monday, with one task."""
    project, task = await ann.project(f"Project {uuid4()}"), uuid4()
    await ann.do(SetProjectWindow(project=project, start=MONDAY))
    await ann.do(AddTask(project=project, task=task, name="Dig", duration=Duration(tenths=days * DAY)))
    return project, task


async def finishes(app: App) -> dict[UUID, datetime]:
    """Of all tasks that are scheduled."""
    return {row.task: row.finish for row in await rows_of(app.readers, ScheduledTaskRow)}


async def test_many_changes_are_one_computation(app: App) -> None:
    """A mark is put by each of them, and it is the same mark."""
    ann = await register(app.commands)
    project, task = await a_plan(ann)
    for days in range(2, 6):
        await ann.do(SetDuration(project=project, task=task, duration=Duration(tenths=days * DAY)))
    await app.runner.catch_up()
    counting = Counting()
    assert await (await worker(app, counting)).run() == 1
    assert len(counting.plans) == 1
    assert await finishes(app) == {task: FRIDAY}
    assert await rows_of(app.readers, MarkRow) == []
    assert await (await worker(app, counting)).run() == 0


async def test_workers_share_the_plans_and_never_write_one_twice(app: App) -> None:
    """Each plan is written by one of them, whoever takes it first."""
    ann = await register(app.commands)
    tasks = [(await a_plan(ann))[1] for _ in range(6)]
    await app.runner.catch_up()
    first, second = Counting(), Counting()
    done = await asyncio.gather((await worker(app, first)).run(), (await worker(app, second)).run())
    assert sum(done) == 6
    assert set(await finishes(app)) == set(tasks)
    if app.models.dialect.name == "postgresql":
        assert len(first.plans) + len(second.plans) == 6


async def test_what_changes_while_it_is_computed_is_computed_again(app: App) -> None:
    """The change leaves a mark that the first result does not take away."""
    ann = await register(app.commands)
    project, task = await a_plan(ann)
    await app.runner.catch_up()
    loop = asyncio.get_running_loop()

    async def change() -> None:
        await ann.do(SetDuration(project=project, task=task, duration=Duration(tenths=5 * DAY)))
        await app.runner.catch_up()

    def once(_plan: Plan) -> None:
        if len(counting.plans) == 1:
            asyncio.run_coroutine_threadsafe(change(), loop).result(10)

    counting = Counting(once)
    computing = await worker(app, counting)
    assert await computing.run() == 1
    assert await finishes(app) == {task: datetime(2026, 3, 2, 17)}
    assert len(await rows_of(app.readers, MarkRow)) == 1
    assert await computing.run() == 1
    assert await finishes(app) == {task: FRIDAY}


async def test_an_outage_leaves_the_plan_due(app: App) -> None:
    """Nothing is written, and whoever comes next computes it."""
    ann = await register(app.commands)
    _, task = await a_plan(ann)
    await app.runner.catch_up()

    def out(_plan: Plan) -> None:
        raise ConnectionResetError

    with pytest.raises(LogUnavailableError):
        await (await worker(app, Counting(out))).run()
    assert len(await rows_of(app.readers, MarkRow)) == 1
    await app.runner.derive()
    assert set(await finishes(app)) == {task}


async def test_a_calculation_that_breaks_stops_nobody_else(app: App) -> None:
    """The error is kept where readers see it, and the next change tries again."""
    ann = await register(app.commands)
    broken, task = await a_plan(ann, days=3)
    _, sound = await a_plan(ann)
    await app.runner.catch_up()

    def breaks(plan: Plan) -> None:
        if plan.tasks[0].id == task:
            raise ZeroDivisionError("no such thing")

    assert await (await worker(app, Counting(breaks))).run() == 2
    states = {row.project: (row.state, row.code, row.message) for row in await rows_of(app.readers, ScheduleRow)}
    assert states.pop(broken) == ("faulted", "SCHEDULE_BROKEN", "ZeroDivisionError: no such thing")
    assert [state for state, *_ in states.values()] == ["computed"]
    assert set(await finishes(app)) == {sound}
    await ann.do(SetDuration(project=broken, task=task, duration=Duration(tenths=5 * DAY)))
    await app.runner.catch_up_all()
    assert (await finishes(app))[task] == FRIDAY


async def test_a_plan_without_a_schedule_says_why_and_heals(app: App) -> None:
    """It is a state of the schedule and no failure of whoever computes it."""
    ann = await register(app.commands)
    project, task = await a_plan(ann, days=5)
    late = Constraint(type=ConstraintType.START_NO_EARLIER_THAN, date=datetime(9999, 12, 30))
    await ann.do(SetConstraint(project=project, task=task, constraint=late))
    await app.runner.catch_up_all()
    (head,) = await rows_of(app.readers, ScheduleRow)
    assert (head.state, head.code, head.tasks) == ("failed", "DATE_OUT_OF_RANGE", 0)
    assert head.message
    assert await finishes(app) == {}
    await ann.do(SetConstraint(project=project, task=task, constraint=Constraint()))
    await app.runner.catch_up_all()
    (head,) = await rows_of(app.readers, ScheduleRow)
    assert (head.state, head.code) == ("computed", None)
    assert await finishes(app) == {task: FRIDAY}


async def test_a_calendar_that_its_base_leaves_without_work_is_told_and_heals(app: App) -> None:
    """A shared calendar is changed whatever a project made of it; the project's schedule says why there is none."""
    ann = await register(app.commands)
    project, task = await a_plan(ann, days=5)
    base, own = uuid4(), uuid4()
    await ann.do(CreateCalendar(calendar=base, name="Standard", time_zone="UTC"))
    await ann.do(CreateCalendar(calendar=own, project=project, name="Ours", time_zone="UTC", base=base))
    await ann.do(SetDefaultCalendar(project=project, calendar=own))
    begin, turn, end, rest = date(2028, 1, 1), date(2028, 12, 1), date(2029, 3, 1), uuid4()
    await ann.do(AddException(calendar=own, project=project, start=begin, finish=turn))
    await ann.do(AddException(calendar=base, exception=rest, start=turn, finish=end))
    await app.runner.catch_up_all()
    (head,) = await rows_of(app.readers, ScheduleRow)
    assert (head.state, head.code) == ("failed", "CALENDAR_WITHOUT_WORKING_TIME")
    await ann.do(RemoveException(calendar=base, exception=rest))
    await app.runner.catch_up_all()
    (head,) = await rows_of(app.readers, ScheduleRow)
    assert (head.state, head.code) == ("computed", None)
    assert await finishes(app) == {task: FRIDAY}


async def test_a_shared_calendar_moves_all_who_use_it(app: App) -> None:
    """Also where the project uses only what is derived from it; the others are not computed again."""
    ann = await register(app.commands)
    base, crew = uuid4(), uuid4()
    await ann.do(CreateCalendar(calendar=base, name="Standard", time_zone="UTC"))
    await ann.do(CreateCalendar(calendar=crew, name="Crew", time_zone="UTC", base=base))
    (one, _), (other, _), _ = [await a_plan(ann) for _ in range(3)]
    await ann.do(SetDefaultCalendar(project=one, calendar=base))
    await ann.do(SetDefaultCalendar(project=other, calendar=crew))
    await app.runner.catch_up_all()
    closed = date(2026, 3, 2)
    await ann.do(AddException(calendar=base, name="Flood", start=closed, finish=closed))
    await app.runner.catch_up()
    counting = Counting()
    assert await (await worker(app, counting)).run() == 2
    assert len(counting.plans) == 2
    found = {row.project: row.finish for row in await rows_of(app.readers, ScheduleRow)}
    assert found.pop(one) == found.pop(other) == datetime(2026, 3, 3, 17)
    assert list(found.values()) == [datetime(2026, 3, 2, 17)]
    assert await (await worker(app, counting)).run() == 0
