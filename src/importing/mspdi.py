"""Reading a Microsoft Project XML file (MSPDI)."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..scheduling import Constraint, ConstraintType, TaskMode, TaskType
from . import left_out as kinds
from .left_out_staff import STAFF_REASONS, UNASSIGNED
from .limits import MAX_TASKS
from .network import checked_links
from .outline import Placed, placed
from .plan_file import FileLink, FileTask, ImportRefused, PlanFile, RefusalCode
from .project_head import PROJECT_FIELDS, project_head
from .staff import STAFF, Staff
from .task_row import TASK, TaskRow, link_row, task_row
from .xml_stream import Item, Progress, Shape, stream_items

_COUNTED = {
    "ExtendedAttribute": kinds.FIELD_DEFINITIONS,
    "OutlineCode": kinds.CODE_DEFINITIONS,
    "WBSMask": kinds.WBS_MASKS,
}
_WANTED: dict[str, Shape] = {
    "": Shape(fields=PROJECT_FIELDS),
    "Tasks": TASK,
    **STAFF,
    **{f"{name}s": Shape() for name in _COUNTED},
}
_BARE: dict[str, Any] = {
    "duration": None,
    "percent_complete": 0,
    "physical_percent": None,
    "remaining": None,
    "actual_start": None,
    "actual_finish": None,
    "stop": None,
    "resume": None,
    "mode": TaskMode.AUTO,
    "manual_start": None,
    "manual_finish": None,
    "calendar": None,
    "ignores_resource_calendars": False,
    "type": TaskType.FIXED_UNITS,
    "effort_driven": False,
}
"""What a summary does not have."""

_MUST = (ConstraintType.MUST_START_ON, ConstraintType.MUST_FINISH_ON)
_OF_LEAVES = frozenset(mark.kind for mark in kinds.MARKS if mark.leaves_only) | {kinds.MILESTONE_FLAGS}
_OF_SUMMARIES = frozenset(mark.kind for mark in kinds.MARKS if mark.summaries_only)


def read_mspdi(path: Path, progress: Progress | None = None) -> PlanFile:
    """Read and check a whole file; `progress` is told the bytes read so far.

    Raises ImportRefused for a file that is no plan, is beyond the limits, or whose tasks or links cannot be.
    """
    content = _Content()
    for item in stream_items(path, _WANTED, progress):
        content.take(item)
    return content.plan()


class _Content:
    """What has been read of a file."""

    def __init__(self) -> None:
        self._project: dict[str, Item] = {}
        self._rows: list[TaskRow] = []
        self._links: list[FileLink] = []
        self._lines: dict[int, int] = {}
        self._tally: Counter[str] = Counter()
        self._staff = Staff(self._tally)

    def take(self, item: Item) -> None:
        match item.name:
            case "":
                self._project |= dict.fromkeys(item.fields, item)
            case "Task":
                self._take_task(item)
            case "Calendar" | "Resource" | "Assignment":
                self._staff.take(item)
            case name:
                self._tally[_COUNTED[name]] += 1

    def plan(self) -> PlanFile:
        head = project_head(self._project)
        places = list(placed(self._rows))
        kept = [place for place in places if place.absent_as is None]
        summaries = {place.parent for place in kept if place.parent is not None}
        tasks = tuple(self._task(place, is_summary=place.row.task.uid in summaries) for place in kept)
        joining = list(self._joining({place.row.task.uid: place.absent_as for place in places}))
        links = checked_links(tasks, joining)
        self._tally[kinds.REPEATED] += len(joining) - len(links)
        self._tally.update(head.left_out)
        for place in places:
            self._tally.update(_left_by(place, is_summary=place.row.task.uid in summaries))
        absent = {place.row.task.uid for place in places if place.absent_as is not None}
        plan = PlanFile(
            source=head.source,
            name=head.name,
            start=head.start,
            currency=head.currency,
            tasks=tasks,
            links=links,
            calendars=self._staff.calendars(),
            resources=self._staff.resources(head.currency),
            assignments=self._staff.assignments({task.uid for task in tasks} - summaries, summaries, absent),
            calendar=self._staff.calendar(head.calendar),
            must_finish=head.must_finish,
            status_date=head.status_date,
            critical_slack=head.critical_slack,
            unassigned=self._tally[UNASSIGNED],
            left_out=(),
        )
        plan = self._staff.interrupted(plan)
        return replace(plan, left_out=kinds.left_out(self._tally, STAFF_REASONS))

    def _take_task(self, item: Item) -> None:
        row = task_row(item)
        if row is None:
            return
        task = row.task
        if task.uid in self._lines:
            line = self._lines[task.uid]
            message = f"Task “{task.name}” has UID {task.uid}, which the task on line {line} has as well."
            hint = "Give every task a UID of its own, or export the plan again."
            raise ImportRefused(RefusalCode.DUPLICATE_UID, message, task.line, hint)
        self._lines[task.uid] = task.line
        links = [link_row(link, task) for link in item.parts]
        self._links += [link for link in links if link is not None]
        self._tally[kinds.CROSS_LINKS] += links.count(None)
        if task.uid == 0:  # the project as a task: all but its notes are roll-ups
            self._tally[kinds.PROJECT_NOTES] += bool(task.notes)
            return
        self._rows.append(row)
        if len(self._rows) > MAX_TASKS:
            message, hint = f"The file has more than {MAX_TASKS:,} tasks.", "Split the plan into several files."
            raise ImportRefused(RefusalCode.TOO_MANY_TASKS, message, task.line, hint)

    def _joining(self, absent_as: Mapping[int, str | None]) -> Iterator[FileLink]:
        """The links between tasks that are taken over; the others are counted."""
        for link in self._links:
            reason = absent_as.get(link.predecessor) or absent_as.get(link.successor)
            if reason is None:
                yield link
            else:
                self._tally[kinds.CROSS_LINKS if reason == kinds.EXTERNAL else kinds.INACTIVE_LINKS] += 1

    def _task(self, place: Placed, *, is_summary: bool) -> FileTask:
        """The task where it stands. What a summary says of itself is a roll-up, or what only a leaf may have."""
        task = replace(place.row.task, parent=place.parent)
        if not is_summary:
            return replace(task, calendar=self._staff.calendar(task.calendar))
        constraint = Constraint() if task.constraint.type in _MUST else task.constraint
        return replace(task, constraint=constraint, **_BARE)


def _left_by(place: Placed, *, is_summary: bool) -> frozenset[str]:
    if place.absent_as is not None:
        return frozenset({place.absent_as})
    if not is_summary:
        return place.row.marks - _OF_SUMMARIES
    must = {kinds.MUST_DATES} if place.row.task.constraint.type in _MUST else set()
    return (place.row.marks - _OF_LEAVES) | must
