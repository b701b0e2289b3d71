"""What follows from the dates of a plan: slack, the critical path, roll-ups, and what holds each task where it is."""

from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Protocol
from uuid import UUID

from .activity import Activity
from .dependency import Dependency
from .network import Network
from .plan import Plan
from .scheduled import Driver, Hold, Schedule, ScheduledTask
from .values import ConstraintType
from .working_time import date_of, moment_of

_PERCENT = 100
MOST_DRIVERS = 50
"""Of one task: who has more links that hold it at once is not helped by all of them."""


class Held(Protocol):
    """Who knows from when on links let an activity go on."""

    start: int
    finish: int

    def held(self, activity: Activity) -> Iterator[tuple[int, bool, Dependency]]: ...


def described(plan: Plan, network: Network, forward: Held) -> Schedule:
    """The schedule, when both passes have been made."""
    tasks = {}
    holds = Holds(forward)
    date = cache(date_of)  # a plan has the same moments again and again

    for planned in plan.tasks:
        activity = network.activities[planned.id]
        time = activity.time
        start_slack = time.between(activity.early_start, activity.late_start)
        finish_slack = time.between(activity.early_finish, activity.late_finish)
        total = finish_slack if activity.started else min(start_slack, finish_slack)
        tasks[planned.id] = ScheduledTask(
            task=planned.id,
            start=date(activity.start),
            finish=date(activity.finish),
            early_start=date(activity.early_start),
            early_finish=date(activity.early_finish),
            late_start=date(activity.late_start),
            late_finish=date(activity.late_finish),
            start_slack=start_slack,
            finish_slack=finish_slack,
            total_slack=total,
            free_slack=_free(activity, total),
            critical=total <= plan.critical_slack and not activity.completed,
            duration=_length(activity),
            percent_complete=_percent(activity),
            drivers=_in_order(list(islice(_drivers(activity, holds), MOST_DRIVERS))),
        )
    return Schedule(date(forward.start), date(forward.finish), tasks)


def _free(activity: Activity, total: int) -> int:
    """How far the task can move before what follows it has to: the least over its links, at most the total slack."""
    if activity.completed or activity.waits:
        return 0
    rooms = [total]
    for dependency in activity.outgoing:
        follower = dependency.successor
        if not follower.completed:
            moment = dependency.backward(follower.early_finish if dependency.to_finish else follower.early_start)
            own = activity.early_start if dependency.from_start else activity.early_finish
            rooms.append(activity.time.between(own, moment))
    return max(0, min(rooms))


def _length(activity: Activity) -> int:
    """The duration: of a summary its working time from start to finish."""
    if activity.children:
        return activity.time.between(activity.start, activity.finish)
    return activity.task.duration.tenths


def _percent(activity: Activity) -> int:
    """How far it is; a summary as far as the durations of its tasks are done."""
    if activity.children:
        return activity.done * _PERCENT // activity.whole if activity.whole else 0
    return activity.task.percent_complete


def _in_order(drivers: list[Driver]) -> tuple[Driver, ...]:
    if len(drivers) > 1:
        drivers.sort(key=_by)
    return tuple(drivers)


def _by(driver: Driver) -> int:
    """An order that does not depend on that of the plan."""
    return driver.by.int if driver.by else 0


_Held = tuple[list[tuple[int, UUID]], list[tuple[int, UUID]]]


class Holds:
    """The links into summaries with the moments from which they let their tasks go on, the latest first."""

    def __init__(self, forward: Held) -> None:
        self.forward = forward
        self._known: dict[Activity, _Held] = {}

    def of(self, summary: Activity) -> _Held:
        """Those that hold the starts, and those that hold the finishes."""
        if summary not in self._known:
            self._known[summary] = self._found(summary)
        return self._known[summary]

    def _found(self, summary: Activity) -> _Held:
        starts: list[tuple[int, UUID]] = []
        finishes: list[tuple[int, UUID]] = []
        for moment, to_finish, dependency in self.forward.held(summary):
            (finishes if to_finish else starts).append((moment, dependency.link))
        return sorted(starts, key=_latest), sorted(finishes, key=_latest)


def _latest(held: tuple[int, UUID]) -> tuple[int, int]:
    return -held[0], held[1].int


def _drivers(activity: Activity, holds: Holds) -> Iterator[Driver]:
    """What holds the start where it is: all that would have to give way for the task to be earlier."""
    if activity.children:
        first = min(child.start for child in activity.children)
        yield from (Driver(Hold.SUMMARY, child.task.id) for child in activity.children if child.start == first)
        return
    if activity.started:
        yield Driver(Hold.ACTUAL_START)
        return
    if activity.fixed:
        yield Driver(Hold.MANUAL)
        return
    begin = activity.time.worked(activity.start)
    if activity.waits:
        yield Driver(Hold.CONSTRAINT)
        return
    found = list(_links(activity, holds, begin))
    constraint = activity.task.constraint
    if constraint.date is not None:
        moment = moment_of(constraint.date)
        to_finish = constraint.type in (
            ConstraintType.FINISH_NO_EARLIER_THAN,
            ConstraintType.FINISH_NO_LATER_THAN,
            ConstraintType.MUST_FINISH_ON,
        )
        if _starts(activity, moment, to_finish=to_finish) == begin:
            found.append(Driver(Hold.CONSTRAINT))
    yield from found or [Driver(Hold.PROJECT_START)]


def _links(activity: Activity, holds: Holds, begin: int) -> Iterator[Driver]:
    """Those of the task itself, and those of the summaries that it is part of."""
    for moment, to_finish, dependency in holds.forward.held(activity):
        if _starts(activity, moment, to_finish=to_finish) == begin:
            yield Driver(Hold.LINK, dependency.link)
    each = activity.parent
    while each is not None:
        if each.incoming:
            yield from _of_summary(activity, holds.of(each), begin)
        each = each.parent


def _of_summary(activity: Activity, held: _Held, begin: int) -> Iterator[Driver]:
    starts, finishes = held
    for moment, link in starts:
        worked = activity.time.worked(moment)
        if worked == begin:
            yield Driver(Hold.LINK, link)
        elif worked < begin:
            break  # those that follow are earlier still
    for moment, link in finishes:
        if _starts(activity, moment, to_finish=True) == begin:
            yield Driver(Hold.LINK, link)


def _starts(activity: Activity, moment: int, *, to_finish: bool) -> int:
    """The working time before the start that the moment asks for."""
    if to_finish:
        return activity.time.worked(activity.from_finish(moment)[0])
    return activity.time.worked(moment)
