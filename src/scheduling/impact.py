"""What one schedule has otherwise than another one of the same project: which tasks move, and how far."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from .activity import Calendars
from .plan import Plan
from .scheduled import Schedule, ScheduledTask
from .working_time import WorkingTime, moment_of


class Change(StrEnum):
    """What is otherwise with a task: its dates; only its slack, or whether it is critical; that it is there."""

    MOVED = "moved"
    SLACK = "slack"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Distance:
    """How far a date moves: in working time (tenths of a minute), and in days of the calendar; later is positive."""

    tenths: int
    days: int


@dataclass(frozen=True, slots=True)
class Move:
    """A task (None: the project) before and after, and how far its dates move. None: it is not there."""

    task: UUID | None
    change: Change
    before: ScheduledTask | None = None
    after: ScheduledTask | None = None
    start: Distance | None = None
    finish: Distance | None = None


def moves_of(plan: Plan, before: Schedule, after: Schedule) -> tuple[Move, tuple[Move, ...]]:
    """The move of the project's finish, and those of its tasks, the longest first; `plan` is the one after.

    A task that keeps its dates is among them if its slack is otherwise.
    """
    calendars = Calendars(plan)
    own = calendars.of(None)
    whole = Move(
        None,
        Change.MOVED,
        start=_distance(own, before.start, after.start),
        finish=_distance(own, before.finish, after.finish),
    )
    return whole, tuple(sorted(_moves(plan, calendars, before, after), key=_reach, reverse=True))


def _moves(plan: Plan, calendars: Calendars, before: Schedule, after: Schedule) -> Iterator[Move]:
    for task in plan.tasks:
        new = after.tasks[task.id]
        old = before.tasks.get(task.id)
        if old is None:
            yield Move(task.id, Change.ADDED, after=new)
        elif _shown(old) != _shown(new):
            time = calendars.of(task.calendar)
            start, finish = _distance(time, old.start, new.start), _distance(time, old.finish, new.finish)
            moved = (old.start, old.finish) != (new.start, new.finish)
            yield Move(task.id, Change.MOVED if moved else Change.SLACK, old, new, start, finish)
    for id_, gone in before.tasks.items():
        if id_ not in after.tasks:
            yield Move(id_, Change.REMOVED, before=gone)


def _shown(task: ScheduledTask) -> tuple[object, ...]:
    return task.start, task.finish, task.total_slack, task.critical


def _distance(time: WorkingTime, before: datetime, after: datetime) -> Distance:
    return Distance(time.between(moment_of(before), moment_of(after)), (after.date() - before.date()).days)


def _reach(move: Move) -> int:
    if move.start is None or move.finish is None:
        return 0
    return max(abs(move.start.tenths), abs(move.finish.tenths))
