"""Who works when: the days of an assignment add up to its work, wherever it lies."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from src.scheduling import (
    Calendar,
    Duration,
    Plan,
    PlannedAssignment,
    PlannedTask,
    Split,
    Weekday,
    WorkingInterval,
    schedule,
)
from src.scheduling.loads import MOST_DAYS, Booking, bookings

TASK, CREW, NIGHTS = UUID(int=1), UUID(int=2), UUID(int=3)
MONDAY = datetime(2026, 3, 2, 8)
DAY = 4800
AT_NIGHT = Calendar(
    time_zone="UTC",
    weekdays={
        weekday: (WorkingInterval(start="00:00", finish="06:00"), WorkingInterval(start="22:00", finish="24:00"))
        for weekday in Weekday
    },
)


def booked(assignment: PlannedAssignment, days: float = 3, **fields: object) -> Booking:
    """The booking of the only assignment of a task that starts on a Monday."""
    task = PlannedTask(id=TASK, duration=Duration(tenths=int(days * DAY)), assignments=(assignment,), **fields)  # type: ignore[arg-type]
    plan = Plan(start=MONDAY, time_zone="UTC", tasks=(task,), calendars={NIGHTS: AT_NIGHT})
    (booking,) = bookings(plan, schedule(plan))
    return booking


def test_work_lies_in_the_working_time_at_its_units() -> None:
    """Half a crew on three days is half a day each."""
    found = booked(PlannedAssignment(CREW, Decimal("0.5"), DAY * 3 // 2))
    assert (found.start, found.finish) == (MONDAY, datetime(2026, 3, 4, 17))
    assert found.days == tuple((date(2026, 3, day), DAY // 2) for day in (2, 3, 4))


def test_who_is_done_before_the_task_is_free_again() -> None:
    """A day of work at full units ends after a day, however long the task takes."""
    found = booked(PlannedAssignment(CREW, Decimal(1), DAY))
    assert (found.finish, found.days) == (datetime(2026, 3, 2, 17), ((date(2026, 3, 2), DAY),))


def test_who_comes_later_works_later() -> None:
    """The delay is working time after the task's start."""
    found = booked(PlannedAssignment(CREW, Decimal(1), DAY, delay=DAY))
    assert (found.start, found.days) == (datetime(2026, 3, 3, 8), ((date(2026, 3, 3), DAY),))


def test_nobody_works_while_the_task_is_interrupted() -> None:
    """After the gap it goes on."""
    found = booked(PlannedAssignment(CREW, Decimal(1), 2 * DAY), 2, splits=(Split(after=DAY, gap=2 * DAY),))
    assert found.days == ((date(2026, 3, 2), DAY), (date(2026, 3, 5), DAY))


def test_a_resource_works_by_its_own_calendar() -> None:
    """Eight hours a night lie on two dates."""
    found = booked(PlannedAssignment(CREW, Decimal(1), DAY, NIGHTS), 1)
    assert found.days == ((date(2026, 3, 2), DAY // 4), (date(2026, 3, 3), DAY * 3 // 4))


def test_work_of_a_task_that_takes_no_time_is_on_its_day() -> None:
    """It has to be somewhere."""
    found = booked(PlannedAssignment(CREW, Decimal(1), DAY), 0)
    assert (found.start, found.finish, found.days) == (MONDAY, MONDAY, ((date(2026, 3, 2), DAY),))


def test_the_days_told_apart_are_bounded() -> None:
    """A century is not a million rows; the work is all there."""
    found = booked(PlannedAssignment(CREW, Decimal(1), 20_000 * DAY), 20_000)
    assert len(found.days) <= MOST_DAYS
    assert sum(work for _, work in found.days) == 20_000 * DAY


@given(
    st.floats(0, 40),
    st.decimals(Decimal("0.01"), 20, places=2),
    st.integers(0, 10**7),
    st.integers(0, 20 * DAY),
    st.sampled_from([None, NIGHTS]),
)
def test_the_days_add_up_to_the_work(days: float, units: Decimal, work: int, delay: int, calendar: UUID | None) -> None:
    """Whatever is rounded on the way."""
    found = booked(PlannedAssignment(CREW, units, work, calendar, delay), days)
    assert sum(each for _, each in found.days) == work
    assert all(each > 0 for _, each in found.days)
    assert found.start <= found.finish
    assert all(found.start.date() <= day <= found.finish.date() for day, _ in found.days)
