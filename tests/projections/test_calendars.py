"""The read model of calendars says what the calendars say that commands are decided on."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select

from src.commands.calendar import DeleteCalendar, RenameCalendar, SetCalendarBase
from src.commands.calendar_entries import AddCalendarEvent, RemoveCalendarEvent
from src.commands.calendar_holidays import AddHoliday, AddHolidays, RemoveHoliday
from src.commands.calendar_hours import AddException, RemoveException, RemoveWorkWeek, SetWeekday, SetWorkWeek
from src.commands.calendar_state import CALENDAR
from src.commands.command import Command
from src.commands.project import CreateProject
from src.projections.calendars import (
    CALENDARS,
    CalendarEntryRow,
    CalendarExceptionRow,
    CalendarRow,
    CalendarWeekdayRow,
    HolidayRow,
    WorkWeekRow,
)
from src.queries.calendar import load_calendars
from src.queries.reading import ReadSession, reading
from src.scheduling import Weekday, WeekdayHours
from src.testing import rows_of
from src.testing.acting import accepted
from src.wiring import App
from tests.acting import context
from tests.commands.calendars import PLOT, cal, calendars, create, day, hours

CREW = cal("crew")
MORNING = hours("08:00-12:00")
EIGHT = datetime(2026, 3, 2, 8, tzinfo=UTC)
SAID: list[Command] = [
    SetWeekday(calendar=CREW, weekday=Weekday.SATURDAY, hours=MORNING),
    SetWeekday(calendar=CREW, weekday=Weekday.SUNDAY, hours=MORNING),
    SetWeekday(calendar=CREW, weekday=Weekday.SUNDAY, hours=None),
    *[
        SetWorkWeek(
            calendar=CREW,
            work_week=cal(f"week {month}"),
            start=date(2026, month, 1),
            finish=date(2026, month, 9),
            days=(WeekdayHours(weekday=Weekday.MONDAY, hours=()),),
        )
        for month in (3, 4)
    ],
    RemoveWorkWeek(calendar=CREW, work_week=cal("week 3")),
    *[
        AddException(
            calendar=CREW, exception=cal(name), name=name, start=day("2026-05-01"), finish=day("2026-05-03"), hours=on
        )
        for name, on in (("one", MORNING), ("two", ()), ("three", MORNING))
    ],
    RemoveException(calendar=CREW, exception=cal("one")),
    AddHoliday(calendar=CREW, date=day("2026-05-04"), name="Fair"),
    AddHoliday(calendar=CREW, date=day("2026-05-05"), name="Fair"),
    RemoveHoliday(calendar=CREW, date=day("2026-05-05")),
    AddHolidays(calendar=CREW, country="US", years=(2026,)),
    *[AddCalendarEvent(calendar=CREW, entry=cal(n), title=n, start=EIGHT, end=EIGHT) for n in ("start", "end")],
    RemoveCalendarEvent(calendar=CREW, entry=cal("end")),
]


async def test_everything_that_a_calendar_says_is_there() -> None:
    """In tables of its own, each kind; what was removed is not."""
    world = calendars(usual="", crew="usual").also(*SAID, DeleteCalendar(calendar=cal("crew")))
    interval = [{"start": "08:00", "finish": "12:00"}]
    await world.when(CALENDARS).then(
        rows_of(CalendarRow, "id", "base", "project", "deleted").are(
            (cal("usual"), None, None, False), (CREW, cal("usual"), None, True)
        ),
        rows_of(CalendarWeekdayRow, "calendar", "weekday", "hours").are((CREW, "SA", interval)),
        rows_of(WorkWeekRow, "id", "days").are((cal("week 4"), [{"weekday": "MO", "hours": []}])),
        rows_of(CalendarExceptionRow, "id", "hours").are((cal("two"), []), (cal("three"), interval)),
        rows_of(CalendarEntryRow, "title", "start").are(("start", EIGHT)),
    )


async def test_a_schedule_sees_the_calendars_as_commands_do(app: App) -> None:
    """With all bases, exceptions in their order, and the position of the last event that can move a task."""
    do = app.commands.execute
    made: list[Command] = [CreateProject(project=PLOT, name="Plot"), create("top"), create("usual", "top")]
    made += [create("crew", "usual"), *SAID, create("own", "crew", PLOT)]
    moved = [accepted(await do(command, context())).position for command in made][-1]
    await do(RenameCalendar(calendar=cal("own"), project=PLOT, name="Other"), context())
    meeting = AddCalendarEvent(calendar=cal("own"), project=PLOT, title="x", start=EIGHT, end=EIGHT)
    await do(meeting, context())
    await app.runner.catch_up_all()
    async with reading(app.readers) as read:
        known = await load_calendars(read, [cal("own")])
        assert await position_of(read, "own") == moved - 1
    session = app.commands.session(context())
    states = {name: await session.load(CALENDAR.at(cal(name))) for name in ("own", "crew", "usual", "top")}
    assert set(known) == {cal(name) for name in states}
    for name, state in states.items():
        seen, said = known[cal(name)], state.calendar
        assert (seen.base, seen.time_zone, seen.weekdays) == (said.base, said.time_zone, said.weekdays)
        assert (seen.work_weeks, seen.exceptions) == (said.work_weeks, said.exceptions)
        assert sorted(seen.holidays, key=str) == sorted(said.holidays, key=str)
    await do(SetCalendarBase(calendar=cal("own"), project=PLOT, base=cal("top")), context())
    await app.runner.catch_up_all()
    async with reading(app.readers) as read:
        assert await position_of(read, "own") > moved
        holidays = (await read.execute(read[HolidayRow].select())).all()
    assert {row.calendar for row in holidays} == {CREW}


async def position_of(read: ReadSession, name: str) -> Any:
    """The position of the calendar's last event that can move a task."""
    calendars = read[CalendarRow]
    return (await read.execute(select(calendars.c.position).where(calendars.c.id == cal(name)))).scalar_one()
