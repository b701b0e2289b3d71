"""A calendar with its bases and with all that are derived from it: what a change of its hours touches."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from immutables import Map

from ..events.calendar import CalendarUse
from ..scheduling import Calendar
from ..scheduling.calendar_hours import MOST_BASES
from ..scheduling.compiled import pause_over_a_year
from .calendar_state import CALENDAR, CalendarState
from .calendar_use import CALENDAR_USE
from .codes import Code
from .result import Failure, Result, Success
from .session import Session


@dataclass(frozen=True, slots=True)
class Family:
    """The states of a calendar, of the bases that it has or is to have, and of all that have it as a base."""

    calendar: UUID
    states: Map[UUID, CalendarState]
    derived: Mapping[UUID, frozenset[UUID]]
    """Of the calendar and of those derived from it: which have it as their base."""

    @property
    def state(self) -> CalendarState:
        return self.states[self.calendar]

    def bases(self, calendar: UUID | None) -> Iterator[UUID]:
        """The calendar, its base, the base of that, and so on."""
        while calendar is not None:
            yield calendar
            calendar = self.states[calendar].base

    def chain(self, calendar: UUID) -> list[Calendar]:
        return [self.states[each].calendar for each in self.bases(calendar)]

    def descendants(self) -> list[UUID]:
        """The calendar and all that are derived from it, bases first."""
        found = [self.calendar]
        for each in found:
            found += sorted(self.derived.get(each, ()))
        return found


async def load_family(session: Session, calendar: UUID, base: UUID | None = None) -> Family:
    """The family of the calendar, with the bases of another calendar that is to be its base, if one is named."""
    states: dict[UUID, CalendarState] = {}
    for each in (calendar, base):
        above = each
        while above is not None and above not in states:
            states[above] = await session.load(CALENDAR.at(above))
            above = states[above].base
    derived: dict[UUID, frozenset[UUID]] = {}
    level = [calendar]
    while level:
        uses = await session.load_all([CALENDAR_USE.at(each) for each in level])
        for each, use in zip(level, uses, strict=True):
            derived[each] = frozenset(by for kind, by in use.users if kind is CalendarUse.BASE)
        level = sorted({by for each in level for by in derived[each]} - derived.keys())
        found = await session.load_all([CALENDAR.at(each) for each in level])
        states |= dict(zip(level, found, strict=True))
    return Family(calendar, Map(states), derived)


def refuse_base(family: Family, base: UUID) -> Failure | None:
    """The refusal of a base that has the calendar itself among its bases, or that would make a chain too long."""
    above = list(family.bases(base))
    if family.calendar in above:
        cycle = [family.calendar, *above[: above.index(family.calendar) + 1]]
        names = " → ".join(repr(family.states[each].name) for each in cycle)
        told = f"the calendar would be its own base: {names}; choose another one"
        return Failure(Code.CALENDAR_CYCLE, told, {"cycle": [str(each) for each in cycle]})
    if len(above) + _height(family) > MOST_BASES:
        return Failure(
            Code.CALENDAR_TOO_DEEP, f"a calendar and its bases are at most {MOST_BASES}; choose a base above"
        )
    return None


def _height(family: Family) -> int:
    """How many calendars there are in the longest chain down from the calendar, itself included."""
    height, level = 0, [family.calendar]
    while level:
        height += 1
        level = [by for each in level for by in family.derived.get(each, ())]
    return height


def keep_working(family: Family, result: Result) -> Result:
    """The result, unless there would be no work for more than a year by the calendar or one derived from it.

    Those derived that are of another scope do not count: no project may keep what is shared from being changed. What
    is scheduled by such a calendar is in error then (`ScheduleCode.CALENDAR_WITHOUT_WORKING_TIME`). Nor does one that
    is without work already: it may take more than one change to mend it.
    """
    if isinstance(result, Failure) or not result.events:
        return result
    changed = replace(family, states=family.states.set(family.calendar, _after(family, result)))
    scope = changed.state.project
    for each in changed.descendants():
        state = changed.states[each]
        since = pause_over_a_year(changed.chain(each)) if state.project == scope else None
        if since is not None and pause_over_a_year(family.chain(each)) is None:
            return _without_work(family, each, state, since)
    return result


def refuse_without_work(family: Family) -> Failure | None:
    """The refusal of a calendar by which, as it is, there is no work for more than a year."""
    since = pause_over_a_year(family.chain(family.calendar))
    return None if since is None else _without_work(family, family.calendar, family.state, since)


def _without_work(family: Family, calendar: UUID, state: CalendarState, since: date) -> Failure:
    who = "the calendar" if calendar == family.calendar else f"the calendar {state.name!r}, of which this is a base,"
    told = f"{who} would have no working time for more than a year after {since}; leave some within every year"
    details = {"calendar": str(calendar), "after": since.isoformat()}
    return Failure(Code.CALENDAR_WITHOUT_WORKING_TIME, told, details)


def _after(family: Family, result: Success) -> CalendarState:
    state, stream = family.state, CALENDAR.at(family.calendar).stream
    for where, event in result.events:
        if where == stream:
            state = CALENDAR.evolve(state, event, state.revision + 1)
    return state
