"""Who works when: the span of each assignment in a schedule, and how its work lies in it day by day.

An assignment works evenly at its units from its start on, until its work is done or the task ends, in the working time
of its resource (with the task's own calendar, where it has one), not while the task is interrupted. What
does not fit in is spread over the whole span. The days of an assignment add up to its work exactly.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from .activity import Calendars
from .plan import Plan, PlannedAssignment, PlannedTask
from .scheduled import Schedule, ScheduledTask
from .working_time import ALL_DAY, DAY, WorkingTime, date_of, moment_of

MOST_DAYS = 3_653
"""Ten years: of an assignment that takes longer only these days are told apart; the rest of it is on the last one."""


@dataclass(frozen=True, slots=True)
class Booking:
    """A resource on a task. Wall-clock times of the project's zone, work in tenths of a minute."""

    task: UUID
    resource: UUID
    start: datetime
    finish: datetime
    units: Decimal
    work: int
    days: tuple[tuple[date, int], ...]
    """The work of each day on which there is any."""


@dataclass(frozen=True, slots=True)
class _Pieces:
    """The parts of a span in which work goes on, as moments."""

    time: WorkingTime
    parts: tuple[tuple[int, int], ...]

    @property
    def length(self) -> int:
        return sum(self.time.between(*part) for part in self.parts)

    def worked_until(self, moment: int) -> int:
        return sum(self.time.between(start, min(finish, moment)) for start, finish in self.parts if start < moment)


def bookings(plan: Plan, schedule: Schedule) -> Iterator[Booking]:
    """All of the plan, those of summaries included."""
    calendars = Calendars(plan)
    for task in plan.tasks:
        for assignment in task.assignments:
            yield _booking(task, assignment, schedule.tasks[task.id], calendars)


def _booking(
    task: PlannedTask, assignment: PlannedAssignment, scheduled: ScheduledTask, calendars: Calendars
) -> Booking:
    time = _time(task, assignment, calendars)
    pieces = _pieces(task, assignment, scheduled, time, calendars)
    length = pieces.length
    if not length:  # nobody works then by this calendar, and somebody has to
        pieces = _Pieces(ALL_DAY, ((moment_of(scheduled.start), moment_of(scheduled.finish)),))
        length = pieces.length
    work = round(length * assignment.units) if assignment.work is None else assignment.work
    start = pieces.parts[0][0] if pieces.parts else moment_of(scheduled.start)
    finish = max(start, pieces.parts[-1][1])
    wanted = round(work / assignment.units)
    if 0 < wanted < length:
        finish = _reached(pieces, wanted)
    return Booking(
        task.id,
        assignment.resource,
        date_of(start),
        date_of(finish),
        assignment.units,
        work,
        tuple(_days(pieces, start, finish, work)),
    )


def _time(task: PlannedTask, assignment: PlannedAssignment, calendars: Calendars) -> WorkingTime:
    if task.ignores_resource_calendars or assignment.calendar is None:
        return calendars.of(task.calendar)
    if task.calendar is None:
        return calendars.of(assignment.calendar)
    return calendars.common(task.calendar, assignment.calendar)


def _pieces(
    task: PlannedTask,
    assignment: PlannedAssignment,
    scheduled: ScheduledTask,
    time: WorkingTime,
    calendars: Calendars,
) -> _Pieces:
    start, finish = moment_of(scheduled.start), moment_of(scheduled.finish)
    own = ALL_DAY if task.duration.elapsed else calendars.of(task.calendar)
    parts = []
    worked, done = own.worked(start), 0
    begin = start
    for split in task.splits:
        end = own.finish_at(worked + split.after - done) if split.after > done else begin
        parts.append((begin, min(end, finish)))
        worked += split.after - done + split.gap
        done = split.after
        begin = own.start_at(worked)
    parts.append((begin, finish))
    if assignment.delay:
        begin = time.start_at(time.worked(start) + assignment.delay)
        parts = [(max(first, begin), last) for first, last in parts]
    return _Pieces(time, tuple((first, last) for first, last in parts if first < last))


def _reached(pieces: _Pieces, wanted: int) -> int:
    """The moment at which so much has been worked in the pieces."""
    for start, finish in pieces.parts:
        here = pieces.time.between(start, finish)
        if wanted <= here:
            return pieces.time.finish_at(pieces.time.worked(start) + wanted)
        wanted -= here
    return pieces.parts[-1][1]


def _days(pieces: _Pieces, start: int, finish: int, work: int) -> Iterator[tuple[date, int]]:
    if not work:
        return
    whole = pieces.worked_until(finish)
    first = start // DAY
    last = max(first, (finish - 1) // DAY)
    before = 0
    for day in range(first, min(last, first + MOST_DAYS - 1) + 1):
        if not whole or day == min(last, first + MOST_DAYS - 1):
            until = work
        else:
            until = work * pieces.worked_until((day + 1) * DAY) // whole
        if until > before:
            yield date.fromordinal(day + 1), until - before
        before = until
