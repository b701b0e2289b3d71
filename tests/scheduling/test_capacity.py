"""Where more is taken of a resource than there is: from one change to the next, while it works."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.scheduling.capacity import Capacity, Period, Taken, over_allocations
from src.scheduling.compiled import usual_time

ONE, TWO, HALF = Decimal(1), Decimal(2), Decimal("0.5")
DAY = 4800
MOMENTS = st.integers(0, 28 * 24 * 60).map(
    lambda minutes: datetime(2026, 3, 2, tzinfo=UTC) + timedelta(minutes=minutes)
)


def crew(*periods: Period, zone: str = "UTC") -> Capacity:
    """One unit, five days of eight hours."""
    return Capacity(ONE, periods, usual_time(), ZoneInfo(zone))


def at(day: int, hour: int) -> datetime:
    """In March 2026, of which the second is a Monday."""
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def test_what_fits_is_no_over_allocation() -> None:
    """One after the other, and two halves at once."""
    after = [Taken("a", at(2, 8), at(3, 17), ONE), Taken("b", at(4, 8), at(4, 17), ONE)]
    halves = [Taken("a", at(9, 8), at(9, 17), HALF), Taken("b", at(9, 8), at(9, 17), HALF)]
    assert list(over_allocations([*after, *halves], crew())) == []


def test_spans_begin_and_end_where_something_changes() -> None:
    """With all that takes the resource then."""
    first, second = Taken("a", at(2, 8), at(4, 17), ONE), Taken("b", at(3, 8), at(6, 17), HALF)
    (span,) = over_allocations([second, first], crew())
    assert (span.start, span.finish) == (at(3, 8), at(4, 17))
    assert (span.units, span.available, {each.by for each in span.taken}) == (ONE + HALF, ONE, {"a", "b"})


def test_who_does_not_work_is_not_over_allocated() -> None:
    """Two tasks that meet at a weekend only."""
    met = [Taken("a", at(2, 8), at(8, 12), ONE), Taken("b", at(7, 8), at(13, 17), ONE)]
    assert list(over_allocations(met, crew())) == []


def test_without_hours_of_its_own_no_span_is_cut() -> None:
    """It works when the tasks are done, such as at a weekend."""
    met = [Taken("a", at(7, 2), at(7, 5), ONE), Taken("b", at(7, 3), at(8, 4), ONE)]
    (span,) = over_allocations(met, Capacity(ONE, (), usual_time(), ZoneInfo("UTC"), own=False))
    assert (span.start, span.finish) == (at(7, 3), at(7, 5))


def test_there_can_be_more_of_it_for_a_while() -> None:
    """By the dates of its calendar's zone."""
    taken = [Taken("a", at(2, 8), at(6, 17), TWO)]
    more = Period(date(2026, 3, 3), date(2026, 3, 4), TWO)
    spans = list(over_allocations(taken, crew(more)))
    assert [(span.start, span.finish) for span in spans] == [(at(2, 8), at(2, 17)), (at(5, 8), at(6, 17))]


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_a_period_may_last_as_long_as_time(zone: str) -> None:
    """Its ends, which no moment of the world is, change nothing."""
    capacity = crew(Period(date.min, date.max, ONE), zone=zone)
    assert len(list(capacity.changes())) <= 1
    (span,) = over_allocations([Taken("a", at(3, 0), at(3, 23), TWO)], capacity)
    assert (span.units, span.available) == (TWO, ONE)


def test_a_day_has_its_work() -> None:
    """Units by working time; none on a Sunday."""
    more = crew(Period(None, date(2026, 3, 2), HALF))
    assert [more.work_on(date(2026, 3, day)) for day in (1, 2, 3)] == [0, DAY // 2, DAY]


def test_only_the_spans_that_are_asked_for_are_made() -> None:
    """The first of very many that all overlap is there at once: none of the others is looked at."""
    asked: list[date] = []

    class Noted(Capacity):
        def units_on(self, day: date) -> Decimal:
            asked.append(day)
            return super().units_on(day)

    hour = timedelta(hours=1)
    taken = [Taken(n, at(2, 8) + n * hour, at(30, 8) + n * hour, TWO) for n in range(500)]
    spans = over_allocations(taken, Noted(ONE, (), usual_time(), ZoneInfo("UTC")))
    assert [len(span.taken) for span in islice(spans, 3)] == [1, 2, 3]
    assert len(asked) == 3


@given(st.lists(st.tuples(MOMENTS, MOMENTS, st.sampled_from([HALF, ONE, TWO])), max_size=6))
def test_each_span_is_too_much_and_they_are_apart(taken: list[tuple[datetime, datetime, Decimal]]) -> None:
    """In order of time, whatever is taken."""
    spans = list(over_allocations([Taken(n, *each) for n, each in enumerate(taken)], crew()))
    for span in spans:
        assert span.start < span.finish
        assert span.units == sum(each.units for each in span.taken) > span.available
        assert all(each.start <= span.start and span.finish <= each.finish for each in span.taken)
    assert all(one.finish <= other.start for one, other in pairwise(spans))
