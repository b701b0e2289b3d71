"""Tasks and links as elements."""

from collections.abc import Iterable

from lxml import etree

from ..importing.plan_file import FileLink, FileTask
from ..importing.task_row import CONSTRAINT_TYPES, LINK_TYPES, TASK_TYPES
from ..scheduling import LagUnit, ScheduledTask, TaskMode
from .elements import Value, add, element, period, within

_DAYS, _ELAPSED_DAYS = 7, 8
_LAG_FORMATS = {
    LagUnit.WORKING: _DAYS,
    LagUnit.ELAPSED: _ELAPSED_DAYS,
    LagUnit.PERCENT: 19,
    LagUnit.ELAPSED_PERCENT: 20,
}
_LINKS = {kind: number for number, kind in LINK_TYPES.items()}
_CONSTRAINTS = {kind: number for number, kind in CONSTRAINT_TYPES.items()}
_TYPES = {kind: number for number, kind in TASK_TYPES.items()}
_WHOLE = 100


def task_element(
    task: FileTask, number: int, code: str, *, summary: bool, result: ScheduledTask | None, links: Iterable[FileLink]
) -> etree._Element:
    """A task with the links that it waits for. `number` is its row, `code` its place in the outline."""
    made = element("Task")
    duration = task.duration.tenths if task.duration else (result.duration if result else None)
    manual = task.mode is TaskMode.MANUAL
    add(
        made,
        (
            ("UID", task.uid),
            ("GUID", str(task.guid).upper() if task.guid else None),
            ("ID", number),
            ("Name", task.name),
            ("Active", True),
            ("Manual", manual),
            ("Type", _TYPES[task.type]),
            ("IsNull", False),
            ("WBS", code),
            ("OutlineNumber", code),
            ("OutlineLevel", code.count(".") + 1),
            ("Priority", task.priority),
            ("Start", result.start if result else None),
            ("Finish", result.finish if result else None),
            ("Duration", None if duration is None else period(duration)),
            ("ManualStart", task.manual_start),
            ("ManualFinish", task.manual_finish),
            ("DurationFormat", _ELAPSED_DAYS if task.duration and task.duration.elapsed else _DAYS),
            ("Resume", task.resume),
            ("ResumeValid", True if task.resume else None),
            ("EffortDriven", task.effort_driven),
            ("Estimated", False),
            ("Milestone", not summary and duration == 0),
            ("Summary", summary),
            *_results(result),
            *_progress(task, duration or 0),
            ("ConstraintType", _CONSTRAINTS[task.constraint.type]),
            ("CalendarUID", -1 if task.calendar is None else task.calendar),
            ("ConstraintDate", task.constraint.date),
            ("Deadline", task.deadline),
            ("IgnoreResourceCalendar", task.ignores_resource_calendars or None),
            ("Notes", task.notes or None),
            ("PhysicalPercentComplete", task.physical_percent),
        ),
    )
    for link in links:
        _link(made, link)
    return made


def _results(result: ScheduledTask | None) -> Iterable[tuple[str, Value]]:
    """What was computed; slack is in tenths of a minute."""
    if result is None:
        return
    yield "Critical", result.critical
    yield from (
        ("EarlyStart", result.early_start),
        ("EarlyFinish", result.early_finish),
        ("LateStart", result.late_start),
        ("LateFinish", result.late_finish),
        ("FreeSlack", result.free_slack),
        ("TotalSlack", result.total_slack),
        ("StartSlack", result.start_slack),
        ("FinishSlack", result.finish_slack),
    )


def _progress(task: FileTask, duration: int) -> Iterable[tuple[str, Value]]:
    remaining = task.remaining
    if remaining is None:
        remaining = duration - round(duration * task.percent_complete / _WHOLE)
    return (
        ("PercentComplete", task.percent_complete),
        ("ActualStart", task.actual_start),
        ("ActualFinish", task.actual_finish),
        ("ActualDuration", period(max(duration - remaining, 0))),
        ("RemainingDuration", period(remaining)),
    )


def _link(parent: etree._Element, link: FileLink) -> None:
    add(
        within(parent, "PredecessorLink"),
        (
            ("PredecessorUID", link.predecessor),
            ("Type", _LINKS[link.type]),
            ("CrossProject", False),
            ("LinkLag", link.lag.amount),
            ("LagFormat", _LAG_FORMATS[link.lag.unit]),
        ),
    )
