"""What follows from the dates of a plan: slack, the critical path, roll-ups, and what holds each task where it is."""

from collections.abc import Iterator
from functools import cache
from itertools import islice
from uuid import UUID

from .activity import Activity
from .network import Network
from .plan import Plan
from .scheduled import Driver, Hold, Schedule, ScheduledTask
from .values import ConstraintType
from .working_time import date_of

_PERCENT = 100
MOST_DRIVERS = 50
"""Of one task: who has more links that hold it at once is not helped by all of them."""
_LINK = Hold.LINK  # looked up once: by its name it takes longer than the rest of a driver
_PROJECT_START = Driver(Hold.PROJECT_START)
_FINISHES = (
    ConstraintType.FINISH_NO_EARLIER_THAN,
    ConstraintType.FINISH_NO_LATER_THAN,
    ConstraintType.MUST_FINISH_ON,
)


def described(plan: Plan, network: Network, start: int, finish: int) -> Schedule:
    """The schedule, when both passes have been made: the plan's start and finish are known then."""
    tasks = {}
    holds = Holds()
    date = cache(date_of)  # a plan has the same moments again and again

    for activity in network.activities:
        task, worked = activity.task, activity.time.worked
        begin, end = worked(activity.early_start), worked(activity.early_finish)
        start_slack = worked(activity.late_start) - begin
        finish_slack = worked(activity.late_finish) - end
        total = finish_slack if activity.begun is not None else min(start_slack, finish_slack)
        tasks[task.id] = ScheduledTask(  # by position: by name it takes twice as long
            task.id,
            date(activity.start),
            date(activity.finish),
            date(activity.early_start),
            date(activity.early_finish),
            date(activity.late_start),
            date(activity.late_finish),
            start_slack,
            finish_slack,
            total,
            _free(activity, begin, end, total),
            total <= plan.critical_slack and activity.ended is None,
            activity.time.between(activity.start, activity.finish) if activity.children else activity.whole,
            _percent(activity) if activity.children else task.percent_complete,
            _drivers(activity, begin, holds),
        )
    return Schedule(date(start), date(finish), tasks)


def _free(activity: Activity, begin: int, end: int, total: int) -> int:
    """How far the task can move before what follows it has to: the least over its links, at most the total slack.

    `begin` and `end` are the working times before its early dates.
    """
    if activity.ended is not None or activity.waits:
        return 0
    free, worked = total, activity.time.worked
    for dependency in activity.outgoing:
        if free <= 0:
            return 0
        follower = dependency.successor
        if follower.ended is None:
            moment = dependency.backward(follower.early_finish if dependency.to_finish else follower.early_start)
            free = min(free, worked(moment) - (begin if dependency.from_start else end))
    return max(0, free)


def _percent(summary: Activity) -> int:
    """How far it is: as far as the durations of its tasks are done."""
    return summary.done * _PERCENT // summary.whole if summary.whole else 0


def _by(driver: Driver) -> int:
    """An order that does not depend on that of the plan."""
    return driver.by.int if driver.by else 0


_Held = tuple[list[tuple[int, UUID]], list[tuple[int, UUID]]]


class Holds:
    """The links into summaries with the moments from which they let their tasks go on, the latest first."""

    def __init__(self) -> None:
        self._known: dict[Activity, _Held] = {}

    def of(self, summary: Activity) -> _Held:
        """Those that hold the starts, and those that hold the finishes."""
        if summary not in self._known:
            self._known[summary] = self._found(summary)
        return self._known[summary]

    def _found(self, summary: Activity) -> _Held:
        starts: list[tuple[int, UUID]] = []
        finishes: list[tuple[int, UUID]] = []
        for dependency in summary.incoming:
            (finishes if dependency.to_finish else starts).append((dependency.moment, dependency.link))
        return sorted(starts, key=_latest), sorted(finishes, key=_latest)


def _latest(held: tuple[int, UUID]) -> tuple[int, int]:
    return -held[0], held[1].int


def _drivers(activity: Activity, begin: int, holds: Holds) -> tuple[Driver, ...]:
    """What holds the start where it is: all that would have to give way for the task to be earlier.

    `begin` is the working time before its early start.
    """
    if activity.children:
        first = min(child.start for child in activity.children)
        found = [Driver(Hold.SUMMARY, child.task.id) for child in activity.children if child.start == first]
    elif activity.begun is not None:
        return (Driver(Hold.ACTUAL_START),)
    elif activity.put is not None:
        return (Driver(Hold.MANUAL),)
    elif activity.waits:
        return (Driver(Hold.CONSTRAINT),)
    else:
        found = _holding(activity, begin, holds)
    if len(found) > 1:
        found = sorted(found[:MOST_DRIVERS], key=_by)
    return tuple(found)


def _holding(activity: Activity, begin: int, holds: Holds) -> list[Driver]:
    """Its links and its constraint, of those that hold its start; the start of the project if none does."""
    holding = (each for each in activity.incoming if _starts(activity, each.moment, to_finish=each.to_finish) == begin)
    found = [Driver(_LINK, each.link) for each in holding]
    above = activity.parent
    while above is not None:
        if above.incoming:
            found += islice(_of_summary(activity, holds.of(above), begin), MOST_DRIVERS)
        above = above.parent
    date = activity.date
    if date is not None and _starts(activity, date, to_finish=activity.constraint in _FINISHES) == begin:
        found.append(Driver(Hold.CONSTRAINT))
    return found or [_PROJECT_START]


def _of_summary(activity: Activity, held: _Held, begin: int) -> Iterator[Driver]:
    starts, finishes = held
    for moment, link in starts:
        worked = activity.time.worked(moment)
        if worked == begin:
            yield Driver(_LINK, link)
        elif worked < begin:
            break  # those that follow are earlier still
    for moment, link in finishes:
        if _starts(activity, moment, to_finish=True) == begin:
            yield Driver(_LINK, link)


def _starts(activity: Activity, moment: int, *, to_finish: bool) -> int:
    """The working time before the start that the moment asks for."""
    if to_finish:
        moment, _ = activity.from_finish(moment)
    return activity.time.worked(moment)
