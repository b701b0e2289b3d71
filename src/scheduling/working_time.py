"""Working time as a line: how much of it lies between two moments, and which moment lies so much further.

Moments and amounts are whole tenths of a minute; moments count from the beginning of the year 1, which was a Monday.
A working moment has two names, such as Friday 17:00 and Monday 08:00: `start_at` gives the later one, from which work
goes on, and `finish_at` the earlier one, at which it ended.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import accumulate
from zoneinfo import ZoneInfo

from .values import TENTHS_PER_MINUTE

DAY = 24 * 60 * TENTHS_PER_MINUTE
_WEEK = 7 * DAY
_SECONDS = 60 // TENTHS_PER_MINUTE
_BEGINNING = datetime.fromisoformat("0001-01-01")

DayHours = tuple[tuple[int, int], ...]
"""The working intervals of a day, in tenths of a minute of that day."""


class OutOfTimeError(Exception):
    """There is not so much working time, before the end of the year 9999 or since the beginning."""


def moment_of(date: datetime) -> int:
    """The moment of a wall-clock time; seconds are cut to tenths of a minute."""
    return date.toordinal() * DAY - DAY + (date.hour * 60 + date.minute) * TENTHS_PER_MINUTE + date.second // _SECONDS


def date_of(moment: int) -> datetime:
    """The wall-clock time of a moment. Raises OutOfTimeError beyond the years that there are."""
    try:
        return _BEGINNING + timedelta(seconds=moment * _SECONDS)
    except OverflowError:
        raise OutOfTimeError from None


@dataclass(frozen=True)
class Week:
    """The hours of seven days, Monday first, as they repeat."""

    days: tuple[DayHours, ...]

    @cached_property
    def total(self) -> int:
        """How much is worked in it."""
        return self._done[-1]

    @cached_property
    def _begins(self) -> tuple[int, ...]:
        """When each interval begins, since the week does; before the first there is one that takes no time."""
        return 0, *(day * DAY + start for day, hours in enumerate(self.days) for start, _ in hours)

    @cached_property
    def _done(self) -> tuple[int, ...]:
        """How much is worked before each interval, and in all of the week."""
        return 0, *accumulate((finish - start for hours in self.days for start, finish in hours), initial=0)

    def worked(self, moment: int) -> int:
        """The working time before the moment, had every week since the beginning been like this."""
        weeks, rest = divmod(moment, _WEEK)
        begins, done = self._begins, self._done
        interval = bisect_right(begins, rest) - 1
        return weeks * self.total + min(done[interval] + rest - begins[interval], done[interval + 1])

    def start_at(self, worked: int) -> int:
        """The moment at which the next tenth after so much working time begins: the inverse of `worked`."""
        weeks, rest = divmod(worked, self.total)
        done = self._done
        interval = bisect_right(done, rest) - 1
        return weeks * _WEEK + self._begins[interval] + rest - done[interval]


class WorkingTime:
    """The working time of a calendar: weeks that repeat from one moment to the next.

    `spans` are (the moment from which it holds, the week), in order, the first from the beginning of time on. To count,
    to add and to subtract takes a search among the spans, O(log n), whatever the distance.
    """

    def __init__(self, spans: Sequence[tuple[int, Week]]) -> None:
        self._from = [moment for moment, _ in spans]
        self._weeks = [week for _, week in spans]
        self._offsets: list[int] = []
        """What to add to a week's own count in its span."""
        self._done = [0]
        """The working time before each span."""
        for index, (moment, week) in enumerate(spans):
            self._offsets.append(self._done[index] - week.worked(moment))
            if index + 1 < len(spans):
                self._done.append(week.worked(spans[index + 1][0]) + self._offsets[index])
        # A plan asks for the same moments again and again.
        self._worked: dict[int, int] = {}
        self._starts: dict[int, int] = {}

    def worked(self, moment: int) -> int:
        """The working time from the beginning until the moment."""
        found = self._worked.get(moment)
        if found is None:
            found = self._worked[moment] = self._counted(moment)
        return found

    def _counted(self, moment: int) -> int:
        span = bisect_right(self._from, moment) - 1
        if span < 0:
            raise OutOfTimeError
        return self._weeks[span].worked(moment) + self._offsets[span]

    def start_at(self, worked: int) -> int:
        """The moment at which the tenth after so much working time begins."""
        found = self._starts.get(worked)
        if found is None:
            found = self._starts[worked] = self._found(worked)
        return found

    def _found(self, worked: int) -> int:
        if worked < 0:
            raise OutOfTimeError
        span = bisect_right(self._done, worked) - 1
        week = self._weeks[span]
        if not week.total:
            raise OutOfTimeError
        return week.start_at(worked - self._offsets[span])

    def finish_at(self, worked: int) -> int:
        """The moment at which so much working time is over."""
        return self.start_at(worked - 1) + 1

    def next_start(self, moment: int) -> int:
        """The moment itself, or when work next begins."""
        return self.start_at(self.worked(moment))

    def last_finish(self, moment: int) -> int:
        """The moment itself, or when work last ended."""
        return self.finish_at(self.worked(moment))

    def between(self, start: int, finish: int) -> int:
        """The working time from one moment to another; negative if that lies before."""
        return self.worked(finish) - self.worked(start)

    def after(self, moment: int, amount: int) -> int:
        """When so much has been worked since the moment; when work that ends there had to begin, if negative."""
        return self._reached(self.worked(moment) + amount, amount)

    def _reached(self, worked: int, amount: int) -> int:
        return self.finish_at(worked) if amount > 0 else self.start_at(worked)

    def pause_beyond(self, days: int) -> int | None:
        """The last day with work before a pause of more days than these, by its number; None if there is no such pause.

        A pause that is longer than a week contains the beginning of a span.
        """
        for moment in self._from:
            worked = self.worked(moment)
            last = (self.finish_at(worked) - 1) // DAY if worked else moment // DAY
            try:
                following = self.start_at(worked) // DAY
            except OutOfTimeError:
                return last
            if following - last > days:
                return last
        return None


class ZonedWorkingTime(WorkingTime):
    """Working time by the clocks of another zone than that in which moments are told.

    In the hour that a change of either clock repeats or leaves out, moments have no order that both zones share: who
    works in that hour may be off by it.
    """

    def __init__(self, spans: Sequence[tuple[int, Week]], there: ZoneInfo, here: ZoneInfo) -> None:
        super().__init__(spans)
        self._there, self._here = there, here

    def _counted(self, moment: int) -> int:
        return super()._counted(_moved(moment, self._here, self._there))

    def _found(self, worked: int) -> int:
        return _moved(super()._found(worked), self._there, self._here)


def _moved(moment: int, origin: ZoneInfo, target: ZoneInfo) -> int:
    try:
        return moment_of(date_of(moment).replace(tzinfo=origin).astimezone(target))
    except OverflowError:  # at the edge of the years that there are
        raise OutOfTimeError from None


class ClockTime(WorkingTime):
    """All the time there is: for what is elapsed."""

    def __init__(self) -> None:
        super().__init__([(0, Week((((0, DAY),),) * 7))])

    def worked(self, moment: int) -> int:
        return moment

    def start_at(self, worked: int) -> int:
        return worked


ALL_DAY = ClockTime()
