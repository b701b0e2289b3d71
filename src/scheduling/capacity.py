"""How much of a resource there is: its units from date to date, and when it works; and where more is taken of it."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from .working_time import DAY, OutOfTimeError, WorkingTime, date_of, moment_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Period:
    """So many units from one date to another, both included; an open end is None."""

    start: date | None
    finish: date | None
    units: Decimal

    def holds(self, day: date) -> bool:
        return (self.start is None or self.start <= day) and (self.finish is None or day <= self.finish)


@dataclass(frozen=True)
class Capacity:
    """Units and working time of a resource, by the clocks of its calendar's zone. Of two periods the first counts.

    `own`: the working time is that of the resource itself. Else it works as each project does, and no span is cut.
    """

    units: Decimal
    periods: Sequence[Period]
    time: WorkingTime
    zone: ZoneInfo
    own: bool = True

    def units_on(self, day: date) -> Decimal:
        return next((period.units for period in self.periods if period.holds(day)), self.units)

    def work_on(self, day: date) -> int:
        """What it can do on a day, in tenths of a minute."""
        start = (day.toordinal() - 1) * DAY
        return int(self.time.between(start, start + DAY) * self.units_on(day))

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone).replace(tzinfo=None)

    def working(self, start: datetime, finish: datetime) -> tuple[datetime, datetime] | None:
        """The part of a span from the first to the last moment at which it works; None when it does not."""
        if not self.own:
            return start, finish
        first, last = moment_of(self.local(start)), moment_of(self.local(finish))
        if self.time.between(first, last) <= 0:
            return None
        return self._instant(self.time.next_start(first)), self._instant(self.time.last_finish(last))

    def _instant(self, moment: int) -> datetime:
        return date_of(moment).replace(tzinfo=self.zone).astimezone(UTC)

    def changes(self) -> Iterator[datetime]:
        """The moments at which its units change; none where time itself ends."""
        for period in self.periods:
            for day, later in ((period.start, 0), (period.finish, 1)):
                if day is not None:
                    with suppress(OverflowError, OutOfTimeError):
                        yield self._instant((day.toordinal() - 1 + later) * DAY)


@dataclass(frozen=True, slots=True)
class Taken(Generic[T]):
    """Units of a resource that something takes for a while; moments of the world."""

    by: T
    start: datetime
    finish: datetime
    units: Decimal


@dataclass(frozen=True, slots=True)
class OverAllocation(Generic[T]):
    """A span in which more is taken than there is, and by what."""

    start: datetime
    finish: datetime
    units: Decimal
    available: Decimal
    taken: tuple[Taken[T], ...]


def over_allocations(taken: Iterable[Taken[T]], capacity: Capacity) -> Iterator[OverAllocation[T]]:
    """In order of time; each from a change of what is taken, or of what there is, to the next."""
    spans = sorted((each for each in taken if each.start < each.finish), key=lambda each: each.start)
    moments = sorted({*capacity.changes(), *(m for each in spans for m in (each.start, each.finish))})
    ends = sorted(range(len(spans)), key=lambda number: spans[number].finish)
    under_way: dict[int, Taken[T]] = {}
    units, begun, ended = Decimal(0), 0, 0
    for start, finish in pairwise(moments):
        while begun < len(spans) and spans[begun].start <= start:
            under_way[begun] = spans[begun]
            units += spans[begun].units
            begun += 1
        while ended < len(ends) and spans[ends[ended]].finish <= start:
            units -= under_way.pop(ends[ended]).units
            ended += 1
        if under_way and units > (available := capacity.units_on(capacity.local(start).date())):
            working = capacity.working(start, finish)
            if working is not None:
                yield OverAllocation(*working, units, available, tuple(under_way.values()))
