"""The commands that give a task the attributes that a file says."""

from collections.abc import Iterator
from typing import Any

from ..commands.command import Command
from ..commands.progress import RecordProgress
from ..commands.task import SetConstraint, UpdateTask
from ..commands.task_schedule import SetDeadline, SetMode, SetPriority, SetTaskCalendar, SplitTask
from ..commands.task_state import TaskState
from ..scheduling import Duration
from .identities import Identities
from .plan_file import FileTask

_WHOLE = 100


def attribute_changes(task: FileTask, state: TaskState, ids: Identities) -> Iterator[Command]:
    """What a summary has as well as a leaf."""
    own: dict[str, Any] = {"project": ids.project, "task": ids.task(task.uid)}
    if (state.name, state.notes) != (task.name, task.notes):
        yield UpdateTask(name=task.name, notes=task.notes, **own)
    if state.constraint != task.constraint:
        yield SetConstraint(constraint=task.constraint, **own)
    if state.deadline != task.deadline:
        yield SetDeadline(deadline=task.deadline, **own)
    if state.priority != task.priority:
        yield SetPriority(priority=task.priority, **own)


def leaf_changes(task: FileTask, state: TaskState, ids: Identities) -> Iterator[Command]:
    """What only a leaf has, once its duration is the file's."""
    own: dict[str, Any] = {"project": ids.project, "task": ids.task(task.uid)}
    calendar = None if task.calendar is None else ids.calendar(task.calendar)
    if (state.calendar, state.ignores_resource_calendars) != (calendar, task.ignores_resource_calendars):
        yield SetTaskCalendar(calendar=calendar, ignores_resource_calendars=task.ignores_resource_calendars, **own)
    if (state.mode, state.manual_start, state.manual_finish) != (task.mode, task.manual_start, task.manual_finish):
        yield SetMode(mode=task.mode, start=task.manual_start, finish=task.manual_finish, **own)
    if state.splits != task.splits:
        yield SplitTask(splits=task.splits, **own)


def progress_of(task: FileTask, state: TaskState, ids: Identities) -> RecordProgress:
    """All that the file says of its progress; what remains is said too where something else is known."""
    remaining = task.remaining
    if remaining is None and state.remaining is not None and 0 < task.percent_complete < _WHOLE:
        tenths = (task.duration or Duration(tenths=0)).tenths
        remaining = tenths - round(tenths * task.percent_complete / _WHOLE) or None
    return RecordProgress(
        project=ids.project,
        task=ids.task(task.uid),
        percent_complete=task.percent_complete,
        physical_percent=task.physical_percent,
        remaining=remaining,
        resume=task.resume,
        actual_start=task.actual_start,
        actual_finish=task.actual_finish,
    )
