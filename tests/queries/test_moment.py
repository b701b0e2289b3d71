"""Which events tell how a plan was at a moment."""

from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import select

from src.commands.calendar import CreateCalendar, RenameCalendar
from src.commands.command import SYSTEM
from src.commands.project import CreateProject
from src.commands.task import AddTask
from src.commands.task_schedule import SetTaskCalendar
from src.projections.calendars import CALENDARS, CalendarRow
from src.queries.moment import moment_in
from src.queries.reading import reading
from src.testing.acting import accepted
from src.wiring import App
from tests.acting import context


async def test_what_others_write_later_is_in_no_moment_of_an_imported_plan(app: App) -> None:
    """Its moments end with its own events, and what it shares is as it was when these were recorded."""
    calendar, project, task = uuid4(), uuid4(), uuid4()
    commands = [
        CreateProject(project=project, name="Barn"),
        AddTask(project=project, task=task, name="Roof"),
        SetTaskCalendar(project=project, task=task, calendar=calendar),
    ]
    accepted(
        await app.commands.execute(CreateCalendar(calendar=calendar, name="Then", time_zone="UTC"), context(SYSTEM))
    )
    for command in commands:
        past = context(imported=True, effective_at=datetime(2020, 1, 1, tzinfo=UTC))
        accepted(await app.commands.execute(command, past))
    recorded = await app.log.head()
    accepted(await app.commands.execute(RenameCalendar(calendar=calendar, name="Now"), context(SYSTEM)))
    await app.runner.catch_up_all()
    async with reading(app.readers) as read:
        moment = await moment_in(read, app.log, project, datetime(2021, 1, 1, tzinfo=UTC))
    assert moment.last <= recorded
    async with app.past.reading(project, moment, [CALENDARS]) as read:
        assert (await read.execute(select(read[CalendarRow].c.name))).scalars().all() == ["Then"]
