"""Plans for tests: small ones by hand, and any by chance."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import strategies as st

from src.scheduling import (
    WEEKDAYS,
    Calendar,
    CalendarException,
    Constraint,
    ConstraintType,
    Duration,
    Hours,
    Lag,
    LagUnit,
    LinkType,
    Plan,
    PlannedAssignment,
    PlannedLink,
    PlannedTask,
    Schedule,
    ScheduledTask,
    Weekday,
    WorkingInterval,
    schedule,
)

MONDAY = datetime(2026, 3, 2, 8)
HOUR, DAY = 600, 4800
"""In tenths of a minute: of the clock, and a working day of eight hours."""
NIGHT, LONG, ROUND_THE_CLOCK = UUID(int=1), UUID(int=2), UUID(int=3)


def hours(*spans: str) -> Hours:
    """The hours of a day, each such as 08:00-12:00."""
    return tuple(WorkingInterval(start=span[:5], finish=span[6:]) for span in spans)


CALENDARS = {
    NIGHT: Calendar("UTC", None, {weekday: hours("00:00-06:00", "22:00-24:00") for weekday in WEEKDAYS}),
    LONG: Calendar(
        "UTC",
        None,
        {Weekday.SATURDAY: hours("09:00-12:00")},
        exceptions=(CalendarException(id=UUID(int=9), start=date(2026, 3, 9), finish=date(2026, 3, 13)),),
    ),
    ROUND_THE_CLOCK: Calendar("UTC", None, {weekday: hours("00:00-24:00") for weekday in WEEKDAYS}),
}


def id_of(number: int) -> UUID:
    """The id of the task of that number."""
    return UUID(int=1000 + number)


def task(number: int, days: float = 1, **what: object) -> PlannedTask:
    """A task by its number, of so many working days."""
    return PlannedTask(id_of(number), duration=Duration(tenths=round(days * DAY)), **what)  # type: ignore[arg-type]


def link(predecessor: int, successor: int, type_: str = "FS", lag: float = 0, unit: str = "working") -> PlannedLink:
    """A link; its lag is in working days, per cent or days of the clock."""
    amount = {"working": DAY, "elapsed": 24 * HOUR}.get(unit, 1) * lag
    return PlannedLink(
        UUID(int=predecessor * 1000 + successor),
        id_of(predecessor),
        id_of(successor),
        LinkType(type_),
        Lag(amount=round(amount), unit=LagUnit(unit)),
    )


def plan(*parts: PlannedTask | PlannedLink, start: datetime = MONDAY, **what: object) -> Plan:
    """A plan of these tasks and links, with the calendars of this module."""
    tasks = tuple(part for part in parts if isinstance(part, PlannedTask))
    links = tuple(part for part in parts if isinstance(part, PlannedLink))
    return Plan(start, "UTC", tasks, links, CALENDARS, **what)  # type: ignore[arg-type]


def scheduled(*parts: PlannedTask | PlannedLink, start: datetime = MONDAY, **what: object) -> list[ScheduledTask]:
    """The schedule of these, a task a number, in order."""
    return list(schedule(plan(*parts, start=start, **what)).tasks.values())


def at(text: str) -> datetime:
    """A moment in March 2026, such as "Tue 3 17:00" or "3 17:00"."""
    day, clock = text.split()[-2:]
    return datetime.combine(date(2026, 3, 1), datetime.strptime(clock, "%H:%M").time()) + timedelta(days=int(day) - 1)  # noqa: DTZ007 - wall clock


_DURATIONS = st.sampled_from([0, HOUR, DAY // 2, DAY, 3 * DAY, 7 * DAY + 50])
_MOMENTS = st.integers(0, 60 * 24).map(lambda hour: MONDAY + timedelta(hours=hour))
_CALENDARS = st.sampled_from([None, None, NIGHT, LONG, ROUND_THE_CLOCK])
_DELAYS = st.sampled_from([0, 0, HOUR, DAY])
_DATED = [each for each in ConstraintType if each.dated]


@st.composite
def constraints(draw: st.DrawFn) -> Constraint:
    """Any constraint."""
    type_ = draw(st.sampled_from(list(ConstraintType)))
    return Constraint(type=type_, date=draw(_MOMENTS) if type_.dated else None)


@st.composite
def plans(
    draw: st.DrawFn,
    *,
    leads: bool = True,
    types: tuple[LinkType, ...] = tuple(LinkType),
    constrained: bool = True,
    begun: bool = True,
    calendars: bool = True,
) -> Plan:
    """Any plan: an outline of up to twelve tasks, links that go forward in it, calendars, dates and progress."""
    count = draw(st.integers(1, 12))
    tasks: list[PlannedTask] = []
    for number in range(count):
        above = [t for t in tasks if t.actual_start is None]
        parent = draw(st.one_of(st.none(), st.sampled_from(above).map(lambda t: t.id))) if above else None
        what: dict[str, object] = {"calendar": draw(_CALENDARS)} if calendars else {}
        if constrained:
            what["constraint"] = draw(st.one_of(st.just(Constraint()), constraints()))
            what["deadline"] = draw(st.one_of(st.none(), _MOMENTS))
        if begun and draw(st.booleans()):
            what |= {"actual_start": draw(_MOMENTS), "percent_complete": draw(st.integers(0, 100))}
        if calendars and draw(st.booleans()):
            what["assignments"] = tuple(
                PlannedAssignment(UUID(int=50 + each), Decimal(1), None, draw(_CALENDARS), draw(_DELAYS))
                for each in range(draw(st.integers(1, 2)))
            )
        elapsed = draw(st.booleans()) if calendars else False
        duration = Duration(tenths=draw(_DURATIONS), elapsed=elapsed)
        tasks.append(PlannedTask(id_of(number), parent, duration, **what))  # type: ignore[arg-type]
    return Plan(MONDAY, "UTC", tuple(tasks), tuple(draw(_links(tasks, leads, types))), CALENDARS)


def _links(tasks: list[PlannedTask], leads: bool, types: tuple[LinkType, ...]) -> st.SearchStrategy[list[PlannedLink]]:
    """Links from earlier tasks of the outline to later ones, none of a task with one that it is part of."""
    parents = {each.id: each.parent for each in tasks}

    def above(id_: UUID | None) -> list[UUID]:
        return [] if id_ is None else [id_, *above(parents[id_])]

    pairs = [
        (one.id, other.id)
        for index, one in enumerate(tasks)
        for other in tasks[index + 1 :]
        if one.id not in above(other.id) and _apart(above(one.id), above(other.id), tasks)
    ]
    if not pairs:
        return st.just([])
    lags = st.builds(
        Lag,
        amount=st.integers(-2 * DAY if leads else 0, 2 * DAY),
        unit=st.sampled_from([LagUnit.WORKING, LagUnit.ELAPSED]),
    )
    share = st.sampled_from([LagUnit.PERCENT, LagUnit.ELAPSED_PERCENT])
    percents = st.builds(Lag, amount=st.integers(-100 if leads else 0, 100), unit=share)
    lag = st.one_of(st.just(Lag()), lags, percents)
    made = st.builds(
        lambda ends, type_, lag, number: PlannedLink(UUID(int=number), ends[0], ends[1], type_, lag),
        st.sampled_from(pairs),
        st.sampled_from(types),
        lag,
        st.integers(1, 2**60),
    )
    return st.lists(
        made, max_size=12, unique_by=(lambda link: (link.predecessor, link.successor), lambda link: link.id)
    )


def _apart(one: list[UUID], other: list[UUID], tasks: list[PlannedTask]) -> bool:
    """Whether all of the one branch stands before all of the other, so that no links close a cycle."""
    place = {each.id: index for index, each in enumerate(tasks)}
    ones, others = [each for each in one if each not in other], [each for each in other if each not in one]
    last = max((place[each.id] for each in tasks if _within(each.id, ones[-1], tasks)), default=-1)
    first = min((place[each.id] for each in tasks if _within(each.id, others[-1], tasks)), default=10**9)
    return last < first


def _within(id_: UUID | None, top: UUID, tasks: list[PlannedTask]) -> bool:
    parents = {each.id: each.parent for each in tasks}
    while id_ is not None:
        if id_ == top:
            return True
        id_ = parents[id_]
    return False


def dates(found: Schedule) -> dict[UUID, tuple[datetime, ...]]:
    """All dates of each task."""
    return {
        id_: (t.start, t.finish, t.early_start, t.early_finish, t.late_start, t.late_finish)
        for id_, t in found.tasks.items()
    }
