"""The passes over the network of a plan: forward from its start, backward from its finish. Rules: Microsoft Project's.

Forward gives the early dates: each task begins when the last of what it waits for lets it, or with the project if it
waits for nothing; then its constraint counts, and what has really happened overrides all. Backward gives the late
dates, from the finish of the project: the latest at which nothing that follows has to move.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from .activity import Activity
from .network import Network
from .plan import Plan
from .scheduled import Schedule, ScheduleCode, UnschedulableError
from .slack import described
from .values import ConstraintType
from .working_time import OutOfTimeError, moment_of

_NEVER = 10**12
"""Later than any moment."""
_NOT_BEFORE = (ConstraintType.START_NO_EARLIER_THAN, ConstraintType.FINISH_NO_EARLIER_THAN)
"""What waits for nothing begins where these say, before the project if need be."""
_LATE_START = (ConstraintType.START_NO_LATER_THAN, ConstraintType.MUST_START_ON)
_LATE_FINISH = (ConstraintType.FINISH_NO_LATER_THAN, ConstraintType.MUST_FINISH_ON)


def schedule(plan: Plan) -> Schedule:
    """The schedule of the plan, a pure function of it. Raises UnschedulableError."""
    try:
        with _uncollected():
            return _scheduled(plan)
    except OutOfTimeError:
        raise UnschedulableError(
            ScheduleCode.DATE_OUT_OF_RANGE, "a date lies outside the years 1 to 9999; look for durations and lags"
        ) from None


def _scheduled(plan: Plan) -> Schedule:
    network = Network(plan)
    forward = Forward(network, moment_of(plan.start))
    forward.run()
    must_finish = None if plan.must_finish is None else moment_of(plan.must_finish)
    finish = forward.finish if must_finish is None else must_finish
    Backward(network, finish).run()
    if any(each.waits for each in network.activities):
        forward.run(late=True)
    made = described(plan, network, forward.start, forward.finish)
    network.let_go()
    return made


@contextmanager
def _uncollected() -> Iterator[None]:
    """No search for garbage meanwhile: the network only grows, and each search would walk all of it again.

    With 100,000 tasks these searches are two fifths of the time, with 1,000 a twentieth.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class Forward:
    """The forward pass. A second one, `late`, puts what is as late as possible at its late dates: others follow."""

    def __init__(self, network: Network, start: int) -> None:
        self._network = network
        self.start = start
        self.finish = start
        self._late = False
        self._first: dict[Activity, tuple[int | None, int | None]] = {}
        """What the links of a summary, and of those above, let its tasks start and finish at."""

    def run(self, *, late: bool = False) -> None:
        self._late = late
        for activity, end in self._network.points:
            if not activity.children:
                activity.start, activity.finish = self._placed(activity)
            elif end:
                _roll_up(activity)
                for dependency in activity.outgoing:
                    dependency.of_length(activity.time.between(activity.start, activity.finish))
            else:
                self._first[activity] = self._let(activity)
                continue
            if not (late and activity.waits):
                activity.early_start, activity.early_finish = activity.start, activity.finish
        self.finish = max((each.finish for each in self._network.activities), default=self.start)

    def _let(self, activity: Activity) -> tuple[int | None, int | None]:
        """When the activity may start and finish, as far as links and those above it say."""
        start, finish = (None, None) if activity.parent is None else self._first[activity.parent]
        for dependency in activity.incoming:
            source = dependency.predecessor
            moment = dependency.forward(source.start if dependency.from_start else source.finish)
            dependency.moment = moment
            if not dependency.to_finish:
                if start is None or start < moment:
                    start = moment
                continue
            if finish is None or finish < moment:
                finish = moment
            if not dependency.from_start and (start is None or start < self.start):
                start = self.start
        date = activity.date
        if date is not None and activity.children and activity.constraint is ConstraintType.START_NO_EARLIER_THAN:
            start = max(self.start if start is None else start, date)
        return start, finish

    def _placed(self, activity: Activity) -> tuple[int, int]:
        if activity.begun is not None:
            return activity.begun, _end_of_started(activity, activity.begun)
        if activity.put is not None:
            return activity.put, _end_of_put(activity, activity.put)
        if self._late and activity.waits:
            return activity.late_start, activity.late_finish
        start, finish = self._let(activity)
        date = activity.date
        if start is None and finish is None:
            if date is not None and activity.constraint in _NOT_BEFORE:
                return _constrained(activity, date, (0, 0))
            start = self.start
        placed = (0, 0) if start is None else activity.from_start(start)
        if finish is not None:
            placed = max(placed, activity.held_to_finish(finish))
        return placed if date is None else _constrained(activity, date, placed)


class Backward:
    """The backward pass, from the moment at which the project finishes."""

    def __init__(self, network: Network, finish: int) -> None:
        self._network = network
        self._finish = finish
        self._last: dict[Activity, tuple[int, int]] = {}
        """How late a summary, and those above, let their tasks finish and start."""

    def run(self) -> None:
        for activity, end in reversed(self._network.points):
            if not activity.children:
                activity.late_start, activity.late_finish = self._placed(activity)
                activity.late_begin = _late_begin(activity)
            elif end:
                self._last[activity] = self._let(activity)
            else:
                activity.late_start = min(child.late_start for child in activity.children)
                activity.late_finish = max(_late_end(child) for child in activity.children)
                going_on = [child.late_begin for child in activity.children if child.ended is None]
                activity.late_begin = min(going_on, default=activity.late_start)

    def _let(self, activity: Activity) -> tuple[int, int]:
        """The last moments at which the activity may finish and start, by its links, dates and those above it."""
        finish, start = self._finish, _NEVER
        parent, date, deadline = activity.parent, activity.date, activity.task.deadline
        if parent is not None:
            finish, start_of_parent = self._last[parent]
            if activity.early_start == parent.early_start:  # what waits for a summary's start waits for its first task
                start = start_of_parent
        for dependency in activity.outgoing:
            follower = dependency.successor
            if follower.ended is not None:
                continue
            if dependency.from_start and not _start_matters(activity, follower):
                continue
            moment = dependency.backward(_late_end(follower) if dependency.to_finish else follower.late_begin)
            if dependency.from_start:
                start = min(start, moment)
            else:
                finish = min(finish, moment)
        if deadline is not None:
            finish = min(finish, moment_of(deadline))
        if date is not None:
            if activity.constraint in _LATE_START:
                start = min(start, date)
            elif activity.constraint in _LATE_FINISH:
                finish = min(finish, date)
        return finish, start

    def _placed(self, activity: Activity) -> tuple[int, int]:
        if activity.ended is not None:
            return activity.early_start, activity.early_finish
        finish, start = self._let(activity)
        placed = activity.from_finish(finish)
        if activity.begun is not None:
            return activity.begun, placed[1]
        if start < _NEVER:
            placed = min(placed, activity.from_start(start))
        return placed


def _constrained(activity: Activity, date: int, placed: tuple[int, int]) -> tuple[int, int]:
    """Where it is by its constraint, if it could be at `placed` without."""
    match activity.constraint:
        case ConstraintType.START_NO_EARLIER_THAN:
            return max(placed, activity.from_start(date))
        case ConstraintType.FINISH_NO_EARLIER_THAN:
            return max(placed, activity.held_to_finish(date))
        case ConstraintType.START_NO_LATER_THAN:
            return min(placed, activity.from_start(date))
        case ConstraintType.FINISH_NO_LATER_THAN:
            return min(placed, activity.held_to_finish(date))
        case ConstraintType.MUST_START_ON:
            return activity.from_start(date)
        case ConstraintType.MUST_FINISH_ON:
            return activity.held_to_finish(date)
        case _:
            return placed


def _end_of_started(activity: Activity, begun: int) -> int:
    if activity.ended is not None:
        return activity.ended
    if activity.resume is None:
        finish = activity.from_start(begun)[1]
    else:
        remaining = activity.whole - activity.done
        remaining += sum(split.gap for split in activity.task.splits if split.after > activity.done)
        finish = activity.time.after(activity.resume, remaining) if remaining else max(begun, activity.resume)
    if activity.date is not None and activity.constraint is ConstraintType.FINISH_NO_EARLIER_THAN:
        finish = max(finish, activity.date)
    return finish


def _end_of_put(activity: Activity, start: int) -> int:
    if activity.task.finish is not None:
        return max(start, moment_of(activity.task.finish))
    return activity.from_start(start)[1]


def _start_matters(activity: Activity, follower: Activity) -> bool:
    """Whether what waits for the start of a task bounds that: not if it is given, or made up for by the follower."""
    if activity.begun is not None or activity.put is not None:
        return False
    return follower.begun is None or bool(follower.outgoing)


def _roll_up(summary: Activity) -> None:
    """The dates of a summary, from those of its children; it is started with the first and completed with the last."""
    children = summary.children
    summary.start = min(child.start for child in children)
    summary.finish = max(child.finish for child in children)
    summary.begun = summary.start if any(child.begun is not None for child in children) else None
    summary.done = sum(child.done for child in children)
    summary.whole = sum(child.whole for child in children)
    summary.ended = summary.finish if all(child.ended is not None for child in children) else None


def _late_end(activity: Activity) -> int:
    """The late finish; named as the early one where both are the same working moment."""
    late, early = activity.late_finish, activity.early_finish
    return early if late < early and activity.time.between(late, early) == 0 else late


def _late_begin(activity: Activity) -> int:
    """When at the latest what comes before must let it go on: of a started task that is where its rest resumes."""
    if activity.begun is None or activity.instant:
        return activity.late_finish if activity.instant else activity.late_start
    return activity.late_start if activity.resume is None else activity.resume
