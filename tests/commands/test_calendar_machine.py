"""Any sequence of commands on calendars, against hours that are worked out date by date."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from src.commands.calendar import CreateCalendar, DeleteCalendar, RenameCalendar, RestoreCalendar, SetCalendarBase
from src.commands.calendar_entries import AddCalendarEvent, RemoveCalendarEvent
from src.commands.calendar_holidays import AddHoliday, AddHolidays, RemoveHoliday
from src.commands.calendar_hours import AddException, RemoveException, RemoveWorkWeek, SetWeekday, SetWorkWeek
from src.commands.calendar_state import CALENDAR, CalendarState
from src.commands.calendar_use import CALENDAR_USE
from src.commands.codes import Code
from src.commands.command import Command
from src.commands.loop import Accepted, CommandLoop
from src.events.calendar import CalendarUse
from src.scheduling import Hours, Weekday, WeekdayHours, hours_of
from src.scheduling.calendar_hours import USUAL_WEEK
from src.scheduling.public_holidays import public_holidays
from src.testing import NOW, MemoryLog, context
from src.testing.memory import KEYRING
from tests.commands.kept import Kept
from tests.examples import examples
from tests.scheduling.strategies import hours

FIRST, LAST = date(2026, 1, 1), date(2029, 2, 28)
ALL_DATES = [FIRST + timedelta(days=day) for day in range((LAST - FIRST).days + 1)]
NAMES = [UUID(int=number) for number in range(1, 7)]
THINGS = [UUID(int=number) for number in range(11, 14)]
WHICH, THING = st.sampled_from(NAMES[:3]) | st.sampled_from(NAMES), st.sampled_from(THINGS)
DATES = st.dates(date(2026, 3, 2), date(2027, 11, 30))
LENGTHS = st.integers(0, 20) | st.integers(150, 420)
EVERY_OTHER = "FREQ=DAILY;INTERVAL=2"


class CalendarMachine(RuleBasedStateMachine):
    """Gives commands; what becomes of each is foretold, and it is given twice."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.commands = CommandLoop(MemoryLog(), KEYRING)
        self.kept: dict[UUID, Kept] = {}
        self.gone: dict[UUID, Kept] = {}

    def teardown(self) -> None:
        self.runner.close()

    def give(self, command: Command, expected: Code | None) -> bool:
        """Whether it was accepted, as was expected; the same again changes nothing."""
        answer = self.runner.run(self.commands.execute(command, context(now=NOW)))
        if not isinstance(answer, Accepted):
            assert answer.code is expected, (command, answer)
            return False
        assert expected is None, (command, answer)
        again = self.runner.run(self.commands.execute(command, context(now=NOW)))
        if not isinstance(command, CreateCalendar):
            assert isinstance(again, Accepted)
            assert not again.changed
        return True

    def state(self, calendar: UUID) -> CalendarState:
        return self.runner.run(self.commands.session(context()).load(CALENDAR.at(calendar)))

    # --- what is expected ---

    def chain(self, calendar: UUID | None) -> list[Kept]:
        found: list[Kept] = []
        while calendar is not None and len(found) <= len(NAMES):
            found.append(self.kept[calendar])
            calendar = found[-1].base
        return found

    def expected(self, chain: list[Kept], on: date) -> Hours:
        for said in (Kept.special, Kept.in_week, lambda kept, day: kept.weekdays.get(day.weekday())):
            for kept in chain:
                if (there := said(kept, on)) is not None:
                    return there
        return USUAL_WEEK[on.weekday()]

    def rests(self) -> bool:
        """Whether by some calendar nobody works for more than a year."""
        for calendar in self.kept:
            chain = self.chain(calendar)
            ends = [FIRST - timedelta(days=7), *(d for d in ALL_DATES if self.expected(chain, d)), LAST]
            if any((after - before).days > 366 for before, after in pairwise(ends)):
                return True
            if not any(self.expected(chain, LAST + timedelta(days=day)) for day in range(1, 8)):
                return True
        return False

    def change(self, command: Any, calendar: UUID, refusal: Code | None, **changes: Any) -> None:
        """Gives a command that changes hours to these; refused as foretold, or for want of working time."""
        if calendar not in self.kept:
            self.give(command, Code.CALENDAR_UNKNOWN)
            return
        before = self.kept[calendar]
        if refusal is None:
            self.kept[calendar] = replace(before, **changes)
            if self.kept[calendar] != before and self.rests():
                refusal = Code.CALENDAR_WITHOUT_WORKING_TIME
        if not self.give(command, refusal):
            self.kept[calendar] = before

    # --- commands ---

    @initialize()
    def begin(self) -> None:
        """A calendar with one derived from it, and one derived from that."""
        for calendar, base in zip(NAMES[:3], (None, *NAMES), strict=False):
            self.create(calendar, base)

    @rule(calendar=WHICH, base=st.none() | WHICH)
    def create(self, calendar: UUID, base: UUID | None) -> None:
        refusal = None
        if calendar in self.kept or calendar in self.gone:
            refusal = Code.ALREADY_EXISTS
        elif base is not None and base not in self.kept:
            refusal = Code.CALENDAR_UNKNOWN
        if self.give(CreateCalendar(calendar=calendar, name="A", time_zone="UTC", base=base), refusal):
            self.kept[calendar] = Kept(base)

    @rule(calendar=WHICH, base=st.none() | WHICH)
    def set_base(self, calendar: UUID, base: UUID | None) -> None:
        kept, refusal = self.kept.get(calendar), None
        if kept is not None and base is not None and base != kept.base:
            above: UUID | None = base
            if base not in self.kept:
                refusal = Code.CALENDAR_UNKNOWN
            while refusal is None and above is not None:
                refusal = Code.CALENDAR_CYCLE if above == calendar else None
                above = self.kept[above].base
        self.change(SetCalendarBase(calendar=calendar, base=base), calendar, refusal, base=base)

    @precondition(lambda self: len(self.gone) < len(NAMES) // 2)
    @rule(calendar=WHICH)
    def delete(self, calendar: UUID) -> None:
        refusal = None
        if calendar not in self.kept and calendar not in self.gone:
            refusal = Code.CALENDAR_UNKNOWN
        elif any(kept.base == calendar for kept in self.kept.values()):
            refusal = Code.CALENDAR_IN_USE
        if self.give(DeleteCalendar(calendar=calendar), refusal) and calendar in self.kept:
            self.gone[calendar] = self.kept.pop(calendar)

    @rule(calendar=WHICH)
    def restore(self, calendar: UUID) -> None:
        refusal, back = None, self.gone.get(calendar)
        if back is None:
            refusal = None if calendar in self.kept else Code.CALENDAR_UNKNOWN
        elif back.base is not None and back.base not in self.kept:
            refusal = Code.CALENDAR_UNKNOWN
        else:
            self.kept[calendar] = back
            refusal = Code.CALENDAR_WITHOUT_WORKING_TIME if self.rests() else None
        if self.give(RestoreCalendar(calendar=calendar), refusal):
            self.gone.pop(calendar, None)
        elif back is not None:
            self.kept.pop(calendar, None)

    @rule(calendar=WHICH, name=st.sampled_from(["A", "B"]))
    def rename(self, calendar: UUID, name: str) -> None:
        self.give(RenameCalendar(calendar=calendar, name=name), self.unknown(calendar))

    @rule(calendar=WHICH, day=st.sampled_from(Weekday), on=st.none() | hours())
    def set_weekday(self, calendar: UUID, day: Weekday, on: Hours | None) -> None:
        kept, number = self.kept.get(calendar, Kept(None)), list(Weekday).index(day)
        weekdays = {each: hours for each, hours in kept.weekdays.items() if each != number}
        weekdays |= {} if on is None else {number: on}
        self.change(SetWeekday(calendar=calendar, weekday=day, hours=on), calendar, None, weekdays=weekdays)

    @rule(calendar=WHICH)
    def shut(self, calendar: UUID) -> None:
        for day in Weekday:
            self.set_weekday(calendar, day, ())

    @rule(
        calendar=WHICH,
        thing=THING,
        start=DATES,
        length=LENGTHS,
        days=st.dictionaries(st.sampled_from(Weekday), st.just(()) | hours(), min_size=1),
    )
    def set_work_week(self, calendar: UUID, thing: UUID, start: date, length: int, days: dict[Weekday, Hours]) -> None:
        kept, finish = self.kept.get(calendar, Kept(None)), start + timedelta(days=length)
        others = {each: week for each, week in kept.weeks.items() if each != thing}
        overlap = any(s <= finish and start <= f for s, f, _ in others.values())
        named = {list(Weekday).index(day): on for day, on in days.items()}
        week = tuple(WeekdayHours(weekday=day, hours=on) for day, on in days.items())
        command = SetWorkWeek(calendar=calendar, work_week=thing, start=start, finish=finish, days=week)
        refusal = Code.WORK_WEEKS_OVERLAP if overlap else None
        self.change(command, calendar, refusal, weeks={**others, thing: (start, finish, named)})

    @rule(calendar=WHICH, thing=THING)
    def remove_work_week(self, calendar: UUID, thing: UUID) -> None:
        weeks = {id_: week for id_, week in self.kept.get(calendar, Kept(None)).weeks.items() if id_ != thing}
        self.change(RemoveWorkWeek(calendar=calendar, work_week=thing), calendar, None, weeks=weeks)

    @rule(calendar=WHICH, thing=THING, start=DATES, length=LENGTHS, on=st.just(()) | hours(), recurs=st.booleans())
    def add_exception(self, calendar: UUID, thing: UUID, start: date, length: int, on: Hours, *, recurs: bool) -> None:
        kept, finish = self.kept.get(calendar, Kept(None)), start + timedelta(days=length)
        dates = {start + timedelta(days=day) for day in range(0, length + 1, 2 if recurs else 1)}
        command = AddException(
            calendar=calendar,
            exception=thing,
            start=start,
            finish=finish,
            hours=on,
            recurrence=EVERY_OTHER if recurs else None,
        )
        there = self.state(calendar).exceptions if calendar in self.kept else ()
        same = any(each.id == thing and each.hours == on and each.start == start and each.finish == finish
                   and each.recurrence == command.recurrence for each in there)  # fmt: skip
        refusal = Code.ALREADY_EXISTS if thing in kept.exceptions and not same else None
        exceptions = {**kept.exceptions} if same else {**kept.exceptions, thing: (dates, recurs, on)}
        self.change(command, calendar, refusal, exceptions=exceptions)

    @rule(calendar=WHICH, thing=THING)
    def remove_exception(self, calendar: UUID, thing: UUID) -> None:
        kept = self.kept.get(calendar, Kept(None))
        left = {id_: each for id_, each in kept.exceptions.items() if id_ != thing}
        self.change(RemoveException(calendar=calendar, exception=thing), calendar, None, exceptions=left)

    @rule(calendar=WHICH, on=DATES, name=st.sampled_from(["Fair", "Market"]))
    def add_holiday(self, calendar: UUID, on: date, name: str) -> None:
        there = self.kept.get(calendar, Kept(None)).holidays
        refusal = Code.HOLIDAY_EXISTS if there.get(on, name) != name else None
        self.change(AddHoliday(calendar=calendar, date=on, name=name), calendar, refusal, holidays={**there, on: name})

    @rule(calendar=WHICH, region=st.sampled_from([None, "BY"]))
    def add_holidays(self, calendar: UUID, region: str | None) -> None:
        there = self.kept.get(calendar, Kept(None)).holidays
        found = {each.date: each.name for each in public_holidays("DE", region, [2027])}
        command = AddHolidays(calendar=calendar, country="DE", region=region, years=(2027,))
        self.change(command, calendar, None, holidays={**found, **there})

    @rule(calendar=WHICH, on=st.dates(date(2027, 1, 1), date(2027, 1, 6)) | DATES)
    def remove_holiday(self, calendar: UUID, on: date) -> None:
        there = {day: name for day, name in self.kept.get(calendar, Kept(None)).holidays.items() if day != on}
        self.change(RemoveHoliday(calendar=calendar, date=on), calendar, None, holidays=there)

    @rule(calendar=WHICH, thing=THING)
    def add_entry(self, calendar: UUID, thing: UUID) -> None:
        command = AddCalendarEvent(calendar=calendar, entry=thing, title="Start", start=NOW, end=NOW)
        if self.give(command, self.unknown(calendar)):
            self.kept[calendar].entries.add(thing)

    @rule(calendar=WHICH, thing=THING)
    def remove_entry(self, calendar: UUID, thing: UUID) -> None:
        if self.give(RemoveCalendarEvent(calendar=calendar, entry=thing), self.unknown(calendar)):
            self.kept[calendar].entries.discard(thing)

    def unknown(self, calendar: UUID) -> Code | None:
        return None if calendar in self.kept else Code.CALENDAR_UNKNOWN

    # --- what always holds ---

    @invariant()
    def the_hours_are_those_that_were_said(self) -> None:
        states = {calendar: self.state(calendar) for calendar in self.kept}
        for calendar, kept in self.kept.items():
            chain, above = [states[calendar].calendar], {calendar}
            while (base := chain[-1].base) is not None:
                assert base not in above, "a cycle of bases"
                above.add(base)
                chain.append(states[base].calendar)
            assert {each.date: each.name for each in chain[0].holidays} == kept.holidays
            assert set(states[calendar].entries) == kept.entries
            expected = self.chain(calendar)
            for on in ALL_DATES[:: len(ALL_DATES) // 9]:
                assert hours_of(chain, on) == self.expected(expected, on), on

    @invariant()
    def who_uses_a_calendar_is_known(self) -> None:
        for calendar in NAMES:
            users = self.runner.run(self.commands.session(context()).load(CALENDAR_USE.at(calendar))).users
            derived = {each for each, kept in self.kept.items() if kept.base == calendar}
            assert set(users) == {(CalendarUse.BASE, each) for each in derived}
            assert not (users and calendar in self.gone)

    @invariant()
    def there_is_always_working_time(self) -> None:
        assert not self.rests()


TestCalendars = CalendarMachine.TestCase
TestCalendars.settings = settings(examples(12), stateful_step_count=20)
