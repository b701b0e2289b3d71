"""Rules that hold across calendars, when those who could break them together act at the same time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from uuid import UUID

import pytest
from uuid_utils.compat import uuid4

from src.commands.calendar import CreateCalendar, DeleteCalendar, RestoreCalendar, SetCalendarBase
from src.commands.calendar_family import load_family
from src.commands.calendar_hours import AddException, SetWeekday
from src.commands.calendar_state import CALENDAR
from src.commands.codes import Code
from src.commands.command import Command
from src.commands.loop import Accepted
from src.commands.result import Failure
from src.scheduling import Weekday
from src.scheduling.compiled import pause_over_a_year
from src.wiring import App, open_app
from tests.acting import Actor, context, newcomer
from tests.commands.calendars import day, hours
from tests.conftest import nobody_woken

ROUNDS = 15


async def calendar(ann: Actor, base: UUID | None = None) -> UUID:
    """A new one."""
    made = await ann.do(CreateCalendar(name="Crew", time_zone="UTC", base=base))
    return UUID(made.ids["calendar"])


@pytest.fixture
async def crowd(shared: App) -> AsyncIterator[list[App]]:
    """Applications that share nothing but the database."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(open_app(shared.settings, nobody_woken)) for _ in range(3)]


async def at_once(crowd: list[App], ann: Actor, *commands: Command) -> list[Accepted | Failure]:
    """All are given at the same time, each to another application."""
    pairs = zip(crowd, commands, strict=False)
    return await asyncio.gather(*(app.commands.execute(command, ann.context()) for app, command in pairs))


def codes(answers: list[Accepted | Failure]) -> list[Code | None]:
    """Why each was refused, if it was."""
    return [answer.code if isinstance(answer, Failure) else None for answer in answers]


async def test_two_bases_that_are_a_cycle_together_are_not_both_set(shared: App, crowd: list[App]) -> None:
    """Each is legal alone; one is refused, whichever comes second."""
    ann = await newcomer(shared.commands)
    for _ in range(ROUNDS):
        one, other = await calendar(ann), await calendar(ann)
        to_each_other = [SetCalendarBase(calendar=a, base=b) for a, b in ((one, other), (other, one))]
        answers = await at_once(crowd, ann, *to_each_other)
        assert sorted(codes(answers), key=str) == [Code.CALENDAR_CYCLE, None]


async def test_a_cycle_of_three_is_not_closed(shared: App, crowd: list[App]) -> None:
    """Also where no two of the commands name the same two calendars."""
    ann = await newcomer(shared.commands)
    for _ in range(ROUNDS):
        a, b, c = [await calendar(ann) for _ in range(3)]
        answers = await at_once(crowd, ann, *[SetCalendarBase(calendar=x, base=y) for x, y in ((a, b), (b, c), (c, a))])
        assert sorted(codes(answers), key=str) == [Code.CALENDAR_CYCLE, None, None]


async def test_a_calendar_is_not_deleted_while_it_is_taken(shared: App, crowd: list[App]) -> None:
    """Either it is gone, and nobody has it as a base, or somebody has, and it stays."""
    ann = await newcomer(shared.commands)
    for _ in range(ROUNDS):
        base, derived = await calendar(ann), uuid4()
        answers = await at_once(
            crowd,
            ann,
            DeleteCalendar(calendar=base),
            CreateCalendar(calendar=derived, name="Night", time_zone="UTC", base=base),
        )
        assert codes(answers) in ([None, Code.CALENDAR_UNKNOWN], [Code.CALENDAR_IN_USE, None])
        session = shared.commands.session(context(), fresh=True)
        there, taker = await session.load(CALENDAR.at(base), CALENDAR.at(derived))
        assert there.deleted is not taker.exists


async def test_a_calendar_is_not_restored_below_a_base_that_goes(shared: App, crowd: list[App]) -> None:
    """Either it is back, and its base stays, or its base is gone, and so is it."""
    ann = await newcomer(shared.commands)
    for _ in range(ROUNDS):
        base = await calendar(ann)
        derived = await calendar(ann, base)
        await ann.do(DeleteCalendar(calendar=derived))
        answers = await at_once(crowd, ann, DeleteCalendar(calendar=base), RestoreCalendar(calendar=derived))
        assert codes(answers) in ([None, Code.CALENDAR_UNKNOWN], [Code.CALENDAR_IN_USE, None])
        session = shared.commands.session(context(), fresh=True)
        above, below = await session.load(CALENDAR.at(base), CALENDAR.at(derived))
        assert above.deleted is below.deleted


async def test_a_calendar_is_restored_once(shared: App, crowd: list[App]) -> None:
    """Of those who do it at the same time one has done it, and to the others it is so already."""
    ann = await newcomer(shared.commands)
    for _ in range(ROUNDS):
        crew = await calendar(ann)
        await ann.do(DeleteCalendar(calendar=crew))
        answers = await at_once(crowd, ann, *[RestoreCalendar(calendar=crew)] * 3)
        assert sorted(isinstance(each, Accepted) and each.changed for each in answers) == [False, False, True]


async def test_a_calendar_keeps_working_whoever_changes_it_and_its_base(shared: App, crowd: list[App]) -> None:
    """Two exceptions that together leave nobody to work for a year are not both added."""
    ann = await newcomer(shared.commands)
    for _ in range(ROUNDS):
        base = await calendar(ann)
        derived = await calendar(ann, base)
        answers = await at_once(
            crowd,
            ann,
            AddException(calendar=base, start=day("2026-01-01"), finish=day("2026-08-31")),
            AddException(calendar=derived, start=day("2026-09-01"), finish=day("2027-06-30")),
        )
        assert sorted(codes(answers), key=str) == [Code.CALENDAR_WITHOUT_WORKING_TIME, None]


async def test_a_derived_calendar_keeps_working_while_its_base_is_changed(shared: App, crowd: list[App]) -> None:
    """A calendar that works on Saturdays as its base does, and a base that gives up Saturdays: not both."""
    ann = await newcomer(shared.commands)
    morning = hours("08:00-12:00")
    for _ in range(ROUNDS):
        base, derived = await calendar(ann), await calendar(ann)
        await ann.do(SetWeekday(calendar=base, weekday=Weekday.SATURDAY, hours=morning))
        await ann.do(SetWeekday(calendar=derived, weekday=Weekday.SATURDAY, hours=morning))
        for each in list(Weekday)[:5]:
            await ann.do(SetWeekday(calendar=derived, weekday=each, hours=()))
        await ann.do(SetCalendarBase(calendar=derived, base=base))
        answers = await at_once(
            crowd,
            ann,
            SetWeekday(calendar=base, weekday=Weekday.SATURDAY, hours=()),
            SetWeekday(calendar=derived, weekday=Weekday.SATURDAY, hours=None),
        )
        assert sorted(codes(answers), key=str) == [Code.CALENDAR_WITHOUT_WORKING_TIME, None]
        family = await load_family(shared.commands.session(context(), fresh=True), derived)
        assert pause_over_a_year(family.chain(derived)) is None
