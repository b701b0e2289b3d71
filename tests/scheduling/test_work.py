"""Work = duration × units: one of the three moves when another does, the third stays."""

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.scheduling import TaskType
from src.scheduling.work import (
    Effort,
    Share,
    duration_of,
    joined,
    left,
    units_of,
    with_delay,
    with_duration,
    with_units,
    with_work,
    work_of,
)

ANN, BOB = UUID(int=1), UUID(int=2)
DAY, HALF, ONE, TWO = 4800, Decimal("0.5"), Decimal(1), Decimal(2)
UNITS, WORK, TIME = TaskType.FIXED_UNITS, TaskType.FIXED_WORK, TaskType.FIXED_DURATION

durations = st.integers(min_value=600, max_value=4_800_000)
"""From an hour to a thousand days."""
units = st.decimals(min_value="0.01", max_value=20, places=2)
types = st.sampled_from(TaskType)


def effort(duration: int, **shares: Decimal) -> Effort:
    """Everybody works for the whole duration."""
    people = {"ann": ANN, "bob": BOB}
    return Effort(duration, {people[name]: Share(each, work_of(duration, each)) for name, each in shares.items()})


def rounded(share: Share, duration: int) -> bool:
    """Whether its work is duration × units, but for what was rounded: a tenth of time, or a place of the units."""
    return share.work in range(
        work_of(max(duration - 1, 0), share.units - Decimal("0.0001")) - 1,
        work_of(duration + 1, share.units + Decimal("0.0001")) + 2,
    )


# --- the table ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "type_, after_duration, after_units, after_work",
    [
        (UNITS, (2 * DAY, ONE, 2 * DAY), (DAY // 2, TWO, DAY), (2 * DAY, ONE, 2 * DAY)),
        (WORK, (2 * DAY, HALF, DAY), (DAY // 2, TWO, DAY), (2 * DAY, ONE, 2 * DAY)),
        (TIME, (2 * DAY, ONE, 2 * DAY), (DAY, TWO, 2 * DAY), (DAY, TWO, 2 * DAY)),
    ],
)
def test_the_type_says_what_moves(
    type_: TaskType,
    after_duration: tuple[int, Decimal, int],
    after_units: tuple[int, Decimal, int],
    after_work: tuple[int, Decimal, int],
) -> None:
    """As in the table of Microsoft Project: a day of one person, of which one amount is doubled."""
    day = effort(DAY, ann=ONE)
    for changed, expected in (
        (with_duration(day, type_, 2 * DAY), after_duration),
        (with_units(day, type_, ANN, TWO), after_units),
        (with_work(day, type_, ANN, 2 * DAY), after_work),
    ):
        assert (changed.duration, changed.shares[ANN].units, changed.shares[ANN].work) == expected


@pytest.mark.parametrize("type_", TaskType)
def test_who_joins_works_as_long_as_the_task(type_: TaskType) -> None:
    """The first one always; others as well, unless the effort drives."""
    first = joined(Effort(DAY), type_, ANN, HALF, effort_driven=True)
    assert first == effort(DAY, ann=HALF)
    if type_ is not WORK:
        assert joined(first, type_, BOB, ONE) == effort(DAY, ann=HALF, bob=ONE)


@pytest.mark.parametrize("type_", [UNITS, WORK])
def test_effort_drives_the_duration(type_: TaskType) -> None:
    """Two do in half the time what one did, and one takes twice as long as two."""
    together = joined(effort(DAY, ann=ONE), type_, BOB, ONE, effort_driven=True)
    assert together == effort(DAY // 2, ann=ONE, bob=ONE)
    assert left(together, type_, ANN, effort_driven=True) == effort(DAY, bob=ONE)


def test_effort_in_a_fixed_duration_drives_the_units() -> None:
    """Each of the two is needed half."""
    assert joined(effort(DAY, ann=ONE), TIME, BOB, ONE, effort_driven=True) == effort(DAY, ann=HALF, bob=HALF)


def test_fixed_work_is_driven_by_effort_always() -> None:
    """Otherwise it would not be fixed."""
    assert joined(effort(DAY, ann=ONE), WORK, BOB, ONE).work == DAY


def test_what_is_done_moves_no_more() -> None:
    """A task lasts at least as long as what was done on it."""
    done = Effort(DAY, {ANN: Share(ONE, DAY, done=True), BOB: Share(ONE, DAY)})
    assert with_duration(done, UNITS, 2 * DAY).shares == {ANN: done.shares[ANN], BOB: Share(ONE, 2 * DAY)}
    assert with_work(done, UNITS, BOB, 10).duration == DAY
    assert left(done, UNITS, BOB, effort_driven=True) == Effort(DAY, {ANN: done.shares[ANN]})


def test_what_was_done_is_not_done_again() -> None:
    """The others take over what is still to come of who leaves."""
    together = effort(DAY, ann=ONE, bob=ONE)
    assert left(together, UNITS, ANN, effort_driven=True, kept=DAY // 2) == effort(DAY * 3 // 2, bob=ONE)


def test_a_delay_makes_the_task_longer() -> None:
    """Not one of fixed duration."""
    day = effort(DAY, ann=ONE)
    assert with_delay(day, UNITS, ANN, 600).duration == DAY + 600
    assert with_delay(day, TIME, ANN, 600).duration == DAY
    assert with_duration(with_delay(day, UNITS, ANN, 600), UNITS, 2 * DAY + 600).shares[ANN].work == 2 * DAY


def test_a_shorter_share_stays_shorter() -> None:
    """A share of half the task is half of it afterwards, by its work or by its units."""
    half = Effort(DAY, {ANN: Share(ONE, DAY // 2), BOB: Share(ONE, DAY)})
    assert with_duration(half, UNITS, 2 * DAY).shares == {ANN: Share(ONE, DAY), BOB: Share(ONE, 2 * DAY)}
    assert with_duration(half, WORK, 2 * DAY).shares == {ANN: Share(HALF, DAY // 2), BOB: Share(HALF, DAY)}


def test_nothing_is_done_in_no_time() -> None:
    """A milestone has no work; one that gets a duration has as much as its people can do in it."""
    milestone = effort(0, ann=ONE)
    assert milestone.work == 0
    assert with_duration(milestone, UNITS, DAY) == effort(DAY, ann=ONE)
    assert with_duration(effort(DAY, ann=ONE), UNITS, 0) == milestone
    assert not with_duration(effort(DAY, ann=ONE), WORK, 0).possible
    assert not with_work(milestone, TIME, ANN, 1).possible
    assert with_work(milestone, TIME, ANN, 0) == milestone


def test_amounts_have_bounds() -> None:
    """No task lasts longer than a century, nor takes more of a resource than there can be."""
    long = effort(500_000_000, ann=ONE)
    assert long.possible
    assert not with_units(long, UNITS, ANN, HALF).possible
    assert not with_units(long, TIME, ANN, TWO).possible


# --- in general ---------------------------------------------------------------------------------------------------


@given(types, durations, units, durations)
def test_work_stays_duration_times_units(type_: TaskType, duration: int, of: Decimal, other: int) -> None:
    """Whatever is changed, and whatever follows."""
    before = effort(duration, ann=of)
    for after in (
        with_duration(before, type_, other),
        with_units(before, type_, ANN, Decimal(other) / 600),
        with_work(before, type_, ANN, other),
    ):
        assert rounded(after.shares[ANN], after.duration)


@given(durations, units, durations)
def test_what_is_fixed_does_not_move(duration: int, of: Decimal, other: int) -> None:
    """Unless it is what was changed."""
    before, twice = effort(duration, ann=of), of * 2
    for after in (with_duration(before, UNITS, other), with_work(before, UNITS, ANN, other)):
        assert after.shares[ANN].units == of
    for after in (with_duration(before, WORK, other), with_units(before, WORK, ANN, twice)):
        assert after.work == before.work
    for after in (with_units(before, TIME, ANN, twice), with_work(before, TIME, ANN, other)):
        assert after.duration == duration


@given(types, durations, units, durations)
def test_what_is_changed_back_is_as_before(type_: TaskType, duration: int, of: Decimal, other: int) -> None:
    """But for what was rounded on the way."""
    before = effort(duration, ann=of)
    back = with_duration(with_duration(before, type_, other), type_, duration)
    if type_ is not WORK:
        assert back == before
    other_units = with_units(with_units(before, type_, ANN, of * 2), type_, ANN, of)
    assert abs(other_units.duration - duration) <= 1 / of + 1
    assert abs(other_units.work - before.work) <= of + 1
    worked = with_work(with_work(before, type_, ANN, before.work * 2 + 1), type_, ANN, before.work)
    assert abs(worked.duration - duration) <= 1 / of + 1
    assert worked.work == before.work


@given(type_=types, duration=durations, of=units, more=units, driven=st.booleans())
def test_who_joins_and_leaves_changes_nothing(
    *, type_: TaskType, duration: int, of: Decimal, more: Decimal, driven: bool
) -> None:
    """Also when it was divided anew in between: the work is the same to the tenth."""
    before = effort(duration, ann=of)
    together = joined(before, type_, BOB, more, effort_driven=driven)
    after = left(together, type_, BOB, effort_driven=driven)
    assert after.work == before.work
    assert abs(after.duration - duration) <= 1 / of + 1
    if driven or type_ is WORK:
        assert together.work == before.work
        assert all(rounded(share, together.duration) for share in together.shares.values())


@given(durations, units)
def test_each_of_the_three_follows_from_the_other_two(duration: int, of: Decimal) -> None:
    """Within what rounding takes away."""
    work = work_of(duration, of)
    assert abs(duration_of(work, of) - duration) <= 1 / of
    assert abs(units_of(work, duration) - of) <= Decimal(1) / duration + Decimal("0.0001")
