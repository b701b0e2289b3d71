"""A task on the line of moments: how its duration lies in working time, in both directions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from .calendar import Calendar
from .compiled import WorkingTimes, chain_of, usual_time
from .plan import Plan, PlannedAssignment, PlannedTask
from .scheduled import ScheduleCode, UnschedulableError
from .values import ConstraintType, TaskMode, TaskType
from .working_time import ALL_DAY, WorkingTime, moment_of

if TYPE_CHECKING:
    from .dependency import Dependency

_PERCENT = 100
# Looked up once: a member of an enum by its name takes longer than what it is compared with.
_MANUAL = TaskMode.MANUAL
_AS_LATE_AS_POSSIBLE = ConstraintType.AS_LATE_AS_POSSIBLE
_FIXED_DURATION = TaskType.FIXED_DURATION


class Stretch(NamedTuple):
    """So much working time of one calendar, after a delay: of the task as a whole, or of one resource on it."""

    time: WorkingTime
    length: int
    delay: int = 0


@dataclass(slots=True, eq=False)
class Activity:
    """A task while its dates are being computed; all dates are moments.

    `time` is the calendar by which the task's own time is counted, `lag_time` that for the lags of links to it. `date`
    is that of its constraint. `begun` is when it was started, `ended` when it was finished, `resume` when what remains
    of a started task goes on. What comes before has to leave room for `late_begin`: the late start, or of a started
    task when its rest goes on. So much of the `whole` duration is `done`; of a summary, of those of its tasks.
    """

    task: PlannedTask
    stretches: tuple[Stretch, ...]
    lag_time: WorkingTime
    children: "Sequence[Activity]" = ()
    parent: "Activity | None" = None
    incoming: "list[Dependency]" = field(default_factory=list)
    outgoing: "list[Dependency]" = field(default_factory=list)
    whole: int = 0
    done: int = 0
    begun: int | None = None
    ended: int | None = None
    resume: int | None = None
    put: int | None = None
    """Where somebody has put its start."""
    waits: bool = False
    """Whether it is as late as possible: at its late dates, unless it was started or is put somewhere."""
    time: WorkingTime = field(init=False)
    instant: bool = field(init=False)
    """Whether it takes no time: then it is where it is put, at the end of a day as at the beginning of the next."""
    constraint: ConstraintType = field(init=False)
    date: int | None = field(init=False)
    pending: int = field(init=False)
    """How much its next point still waits for."""
    early_start: int = field(init=False)
    early_finish: int = field(init=False)
    late_start: int = field(init=False)
    late_finish: int = field(init=False)
    late_begin: int = field(init=False)
    start: int = field(init=False)
    finish: int = field(init=False)

    def __post_init__(self) -> None:
        self.time = self.stretches[0].time
        self.instant = not self.stretches[0].length
        constraint = self.task.constraint
        self.constraint = constraint.type
        self.date = None if constraint.date is None else moment_of(constraint.date)

    def from_start(self, moment: int) -> tuple[int, int]:
        """Start and finish, if work can begin at the moment."""
        if self.instant:
            placed = _at_work(self.time, moment)
            return placed, placed
        if len(self.stretches) == 1:
            return _laid(self.stretches[0], moment)
        laid = [_laid(stretch, moment) for stretch in self.stretches]
        return min(start for start, _ in laid), max(finish for _, finish in laid)

    def from_finish(self, moment: int) -> tuple[int, int]:
        """Start and finish, if work must have ended at the moment."""
        if self.instant:
            return moment, moment
        if len(self.stretches) == 1:
            return _laid_back(self.stretches[0], moment)
        laid = [_laid_back(stretch, moment) for stretch in self.stretches]
        return min(start for start, _ in laid), max(finish for _, finish in laid)

    def held_to_finish(self, moment: int) -> tuple[int, int]:
        """Start and finish, if the finish lies at the moment or later: at it as it is named, where that can be."""
        begin, _ = self.from_finish(moment)
        start, finish = self.from_start(begin)
        if self.instant:
            return start, finish
        for stretch in self.stretches:
            if stretch.time.worked(_laid(stretch, begin)[1]) == stretch.time.worked(moment):
                finish = max(finish, _at_work(stretch.time, moment))
        return start, finish


def _laid(stretch: Stretch, moment: int) -> tuple[int, int]:
    """Start and finish, from the moment on; the delay is after the start."""
    time, length, delay = stretch
    worked = time.worked(moment)
    return time.start_at(worked), time.finish_at(worked + delay + length)


def _laid_back(stretch: Stretch, moment: int) -> tuple[int, int]:
    """Start and finish, from the moment back."""
    time, length, delay = stretch
    worked = time.worked(moment)
    return time.start_at(worked - length - delay), time.finish_at(worked)


def _at_work(time: WorkingTime, moment: int) -> int:
    """The moment itself at the edge of working time or within; else when work next begins."""
    worked = time.worked(moment)
    following = time.start_at(worked)
    if moment == following or (worked and moment == time.finish_at(worked)):
        return moment
    return following


class Calendars:
    """The working times of a plan's calendars, each made once. Raises UnschedulableError."""

    def __init__(self, plan: Plan) -> None:
        self._calendars: Mapping[UUID, Calendar] = plan.calendars
        self._times = WorkingTimes(plan.time_zone)
        self._project = plan.calendar
        self._usual = usual_time()
        self.of = cache(self._of)
        self.common = cache(self._common)
        self.whole = cache(_whole)

    def _of(self, id_: UUID | None) -> WorkingTime:
        """The calendar's; None: the project's."""
        wanted = id_ or self._project
        if wanted is None:
            return self._usual
        found = self._times.of(chain_of(self._calendars, wanted))
        if found is None:
            raise UnschedulableError(
                ScheduleCode.CALENDAR_WITHOUT_WORKING_TIME,
                "nobody works for more than a year by this calendar; give it working hours",
                (wanted,),
            )
        return found

    def _common(self, task: UUID, resource: UUID) -> WorkingTime:
        """When both work; the task's own time where they never do."""
        both = self._times.common(chain_of(self._calendars, task), chain_of(self._calendars, resource))
        return both or self.of(task)


def activity_of(task: PlannedTask, children: Sequence[Activity] | None, calendars: Calendars) -> Activity:
    """The task, ready to be put into a network; what a summary has of its own, dates apart, rests while it is one."""
    if children is not None:
        return Activity(task, calendars.whole(calendars.of(None), 0), calendars.of(None), children)
    own = calendars.of(task.calendar)
    made = Activity(task, _stretches(task, own, calendars), own, whole=task.duration.tenths)
    if task.mode is _MANUAL and task.start is not None:
        made.put = moment_of(task.start)
    made.waits = made.constraint is _AS_LATE_AS_POSSIBLE and made.put is None and task.actual_start is None
    if task.percent_complete or task.remaining is not None:
        made.done = made.whole - remaining_of(task)
    if task.actual_start is not None:
        _take_actuals(made, task, moment_of(task.actual_start))
    return made


def _take_actuals(made: Activity, task: PlannedTask, begun: int) -> None:
    """What has really happened to a task that was started and has none below it."""
    made.begun = begun
    if task.percent_complete == _PERCENT or task.actual_finish is not None:
        made.ended = made.from_start(begun)[1] if task.actual_finish is None else moment_of(task.actual_finish)
    else:
        worked = made.done + sum(split.gap for split in task.splits if split.after <= made.done)
        stopped = made.time.start_at(made.time.worked(begun) + worked) if made.done else begun
        resume = stopped if task.resume is None else max(stopped, moment_of(task.resume))
        made.resume = resume if made.done or resume > begun else None


def remaining_of(task: PlannedTask) -> int:
    """What is still to do of the duration."""
    if task.remaining is not None:
        return min(task.remaining, task.duration.tenths)
    return task.duration.tenths * (_PERCENT - task.percent_complete) // _PERCENT


def _whole(time: WorkingTime, length: int) -> tuple[Stretch, ...]:
    return (Stretch(time, length),)


def _stretches(task: PlannedTask, own: WorkingTime, calendars: Calendars) -> tuple[Stretch, ...]:
    duration = task.duration
    length = duration.tenths
    if task.splits:
        length += sum(split.gap for split in task.splits)
    if duration.elapsed and length:
        return calendars.whole(ALL_DAY, length)
    if not task.assignments or not length or _by_its_own_calendar(task):
        return calendars.whole(own, length)
    times = {each: _time(task, each, calendars) for each in task.assignments}
    if len(set(times.values())) == 1:
        return calendars.whole(next(iter(times.values())), length)
    shares = (Stretch(time, _share(task, each, length), each.delay) for each, time in times.items())
    return tuple(each for each in shares if each.length) or calendars.whole(own, length)


def _by_its_own_calendar(task: PlannedTask) -> bool:
    return task.ignores_resource_calendars or task.type is _FIXED_DURATION


def _time(task: PlannedTask, assignment: PlannedAssignment, calendars: Calendars) -> WorkingTime:
    if task.calendar is None or assignment.calendar is None:
        return calendars.of(task.calendar or assignment.calendar)
    return calendars.common(task.calendar, assignment.calendar)


def _share(task: PlannedTask, assignment: PlannedAssignment, length: int) -> int:
    """How long the resource takes: its work by its units, where its work is its own."""
    if assignment.work is None:
        return max(length - assignment.delay, 0)
    return round(assignment.work / assignment.units) + length - task.duration.tenths
