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


class Stretch(NamedTuple):
    """So much working time of one calendar, after a delay: of the task as a whole, or of one resource on it."""

    time: WorkingTime
    length: int
    delay: int = 0


@dataclass(slots=True, eq=False)
class Activity:
    """A task while its dates are being computed; all dates are moments.

    `time` is the calendar by which the task's own time is counted, `lag_time` that for the lags of links to it. `begun`
    is when it was started, `ended` when it was finished, `resume` when what remains of a started task goes on. What
    comes before has to leave room for `late_begin`: the late start, or of a started task when its rest goes on. So much
    of the `whole` duration is `done`; of a summary, of those of its tasks.
    """

    task: PlannedTask
    parent: "Activity | None"
    stretches: tuple[Stretch, ...]
    lag_time: WorkingTime
    children: "Sequence[Activity]" = ()
    incoming: "list[Dependency]" = field(default_factory=list)
    outgoing: "list[Dependency]" = field(default_factory=list)
    done: int = 0
    whole: int = 0
    begun: int | None = None
    ended: int | None = None
    resume: int | None = None
    early_start: int = 0
    early_finish: int = 0
    late_start: int = 0
    late_finish: int = 0
    late_begin: int = 0
    start: int = 0
    finish: int = 0
    time: WorkingTime = field(init=False)
    instant: bool = field(init=False)
    """Whether it takes no time: then it is where it is put, at the end of a day as at the beginning of the next."""

    def __post_init__(self) -> None:
        self.time = self.stretches[0].time
        self.instant = not any(stretch.length for stretch in self.stretches)

    @property
    def started(self) -> bool:
        return self.begun is not None

    @property
    def completed(self) -> bool:
        return self.ended is not None

    @property
    def fixed(self) -> bool:
        """Whether somebody has put it where it is."""
        return self.task.mode is TaskMode.MANUAL and self.task.start is not None

    @property
    def waits(self) -> bool:
        """Whether it is as late as possible: at its late dates, unless it was started or is put somewhere."""
        late = self.task.constraint.type is ConstraintType.AS_LATE_AS_POSSIBLE
        return late and not (self.children or self.started or self.fixed)

    def from_start(self, moment: int) -> tuple[int, int]:
        """Start and finish, if work can begin at the moment."""
        if self.instant:
            placed = _at_work(self.time, moment)
            return placed, placed
        laid = [_laid(stretch, moment) for stretch in self.stretches]
        if len(laid) == 1:
            return laid[0]
        return min(start for start, _ in laid), max(finish for _, finish in laid)

    def from_finish(self, moment: int) -> tuple[int, int]:
        """Start and finish, if work must have ended at the moment."""
        if self.instant:
            return moment, moment
        starts = [_begin(stretch, moment) for stretch in self.stretches]
        finishes = [stretch.time.last_finish(moment) for stretch in self.stretches]
        return min(starts), max(finishes)

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
    """Start and finish; the delay is after the start."""
    worked = stretch.time.worked(moment)
    start = stretch.time.start_at(worked)
    return start, stretch.time.finish_at(worked + stretch.delay + stretch.length) if stretch.length else start


def _begin(stretch: Stretch, finish: int) -> int:
    return stretch.time.start_at(stretch.time.worked(finish) - stretch.length - stretch.delay)


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


def activity_of(task: PlannedTask, parent: Activity | None, calendars: Calendars, *, summary: bool) -> Activity:
    """The task, ready to be put into a network. A summary's own duration and calendar rest while it is one."""
    if summary:
        return Activity(task, parent, calendars.whole(calendars.of(None), 0), calendars.of(None))
    return Activity(task, parent, _stretches(task, calendars), calendars.of(task.calendar))


def take_actuals(activity: Activity) -> None:
    """What has really happened to a task that has none below it."""
    task, made = activity.task, activity
    made.whole = task.duration.tenths
    made.done = made.whole - remaining_of(task)
    if task.actual_start is not None:
        made.begun = moment_of(task.actual_start)
        if task.percent_complete == _PERCENT or task.actual_finish is not None:
            made.ended = made.from_start(made.begun)[1] if task.actual_finish is None else moment_of(task.actual_finish)
        else:
            worked = made.done + sum(split.gap for split in task.splits if split.after <= made.done)
            stopped = made.time.start_at(made.time.worked(made.begun) + worked) if made.done else made.begun
            resume = stopped if task.resume is None else max(stopped, moment_of(task.resume))
            made.resume = resume if made.done or resume > made.begun else None


def remaining_of(task: PlannedTask) -> int:
    """What is still to do of the duration."""
    if task.remaining is not None:
        return min(task.remaining, task.duration.tenths)
    return task.duration.tenths * (_PERCENT - task.percent_complete) // _PERCENT


def _whole(time: WorkingTime, length: int) -> tuple[Stretch, ...]:
    return (Stretch(time, length),)


def _stretches(task: PlannedTask, calendars: Calendars) -> tuple[Stretch, ...]:
    length = task.duration.tenths + sum(split.gap for split in task.splits)
    if task.duration.elapsed and length:
        return calendars.whole(ALL_DAY, length)
    if not task.assignments or not length or _by_its_own_calendar(task):
        return calendars.whole(calendars.of(task.calendar), length)
    times = {each: _time(task, each, calendars) for each in task.assignments}
    if len(set(times.values())) == 1:
        return calendars.whole(next(iter(times.values())), length)
    shares = (Stretch(time, _share(task, each, length), each.delay) for each, time in times.items())
    return tuple(each for each in shares if each.length) or calendars.whole(calendars.of(task.calendar), length)


def _by_its_own_calendar(task: PlannedTask) -> bool:
    return task.ignores_resource_calendars or task.type is TaskType.FIXED_DURATION


def _time(task: PlannedTask, assignment: PlannedAssignment, calendars: Calendars) -> WorkingTime:
    if task.calendar is None or assignment.calendar is None:
        return calendars.of(task.calendar or assignment.calendar)
    return calendars.common(task.calendar, assignment.calendar)


def _share(task: PlannedTask, assignment: PlannedAssignment, length: int) -> int:
    """How long the resource takes: its work by its units, where its work is its own."""
    if assignment.work is None:
        return max(length - assignment.delay, 0)
    return round(assignment.work / assignment.units) + length - task.duration.tenths
