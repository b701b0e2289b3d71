"""Reading a Microsoft Project XML file (MSPDI)."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..scheduling.values import Constraint, ConstraintType
from . import left_out as kinds
from .field_text import Fields, boolean
from .limits import MAX_TASKS
from .network import checked_links
from .outline import Placed, placed
from .plan_file import FileLink, FileTask, ImportRefused, PlanFile, RefusalCode
from .project_head import PROJECT_FIELDS, project_head
from .task_row import LINK_FIELDS, TASK_FIELDS, TaskRow, link_row, task_row
from .xml_stream import LINK, Item, Progress, stream_items

_COUNTED = {
    "Assignments": kinds.ASSIGNMENTS,
    "Calendars": kinds.CALENDARS,
    "ExtendedAttributes": kinds.FIELD_DEFINITIONS,
    "OutlineCodes": kinds.CODE_DEFINITIONS,
    "WBSMasks": kinds.WBS_MASKS,
}
_WANTED: dict[str, frozenset[str]] = {
    "": PROJECT_FIELDS,
    "Tasks": TASK_FIELDS | {LINK},
    LINK: LINK_FIELDS,
    "Resources": frozenset(("UID", "IsNull")),
    **dict.fromkeys(_COUNTED, frozenset()),
}
_MUST = (ConstraintType.MUST_START_ON, ConstraintType.MUST_FINISH_ON)
_OF_LEAVES = frozenset(mark.kind for mark in kinds.MARKS if mark.leaves_only) | {kinds.MILESTONE_FLAGS}


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

    def take(self, item: Item) -> None:
        match item.section:
            case "":
                self._project |= dict.fromkeys(item.fields, item)
            case "Tasks":
                self._take_task(item)
            case "Resources":
                self._tally[kinds.RESOURCES] += _is_resource(item)
            case section:
                self._tally[_COUNTED[section]] += 1

    def plan(self) -> PlanFile:
        head = project_head(self._project)
        places = list(placed(self._rows))
        kept = [place for place in places if place.absent_as is None]
        summaries = {place.parent for place in kept}
        tasks = tuple(_task(place, is_summary=place.row.uid in summaries) for place in kept)
        joining = list(self._joining({place.row.uid: place.absent_as for place in places}))
        links = checked_links(tasks, joining)
        self._tally[kinds.REPEATED] += len(joining) - len(links)
        self._tally.update(head.left_out)
        for place in places:
            self._tally.update(_left_by(place, is_summary=place.row.uid in summaries))
        return PlanFile(head.source, head.name, head.start, head.currency, tasks, links, kinds.left_out(self._tally))

    def _take_task(self, item: Item) -> None:
        row = task_row(item)
        if row is None:
            return
        if row.uid in self._lines:
            message = f"Task “{row.name}” has UID {row.uid}, which the task on line {self._lines[row.uid]} has as well."
            hint = "Give every task a UID of its own, or export the plan again."
            raise ImportRefused(RefusalCode.DUPLICATE_UID, message, row.line, hint)
        self._lines[row.uid] = row.line
        links = [link_row(link, row) for link in item.links]
        self._links += [link for link in links if link is not None]
        self._tally[kinds.CROSS_LINKS] += links.count(None)
        if row.uid == 0:  # the project as a task: all but its notes are roll-ups
            self._tally[kinds.PROJECT_NOTES] += bool(row.notes)
            return
        self._rows.append(row)
        if len(self._rows) > MAX_TASKS:
            message, hint = f"The file has more than {MAX_TASKS:,} tasks.", "Split the plan into several files."
            raise ImportRefused(RefusalCode.TOO_MANY_TASKS, message, row.line, hint)

    def _joining(self, absent_as: Mapping[int, str | None]) -> Iterator[FileLink]:
        """The links between tasks that are taken over; the others are counted."""
        for link in self._links:
            reason = absent_as.get(link.predecessor) or absent_as.get(link.successor)
            if reason is None:
                yield link
            else:
                self._tally[kinds.CROSS_LINKS if reason == kinds.EXTERNAL else kinds.INACTIVE_LINKS] += 1


def _is_resource(item: Item) -> bool:
    """Whether the row is a resource: not a blank one, nor UID 0, which stands for "nobody"."""
    fields = Fields("A resource", item.line, item.fields)
    return item.fields.get("UID", "0").strip() != "0" and not fields.read("IsNull", boolean, default=False)


def _task(place: Placed, *, is_summary: bool) -> FileTask:
    row = place.row
    return FileTask(
        uid=row.uid,
        name=row.name,
        parent=place.parent,
        outline_number=row.outline_number,
        duration=None if is_summary else row.duration,
        constraint=Constraint() if is_summary and row.constraint.type in _MUST else row.constraint,
        notes=row.notes,
        percent_complete=0 if is_summary else row.percent_complete,
        actual_start=None if is_summary else row.actual_start,
        actual_finish=None if is_summary else row.actual_finish,
        line=row.line,
    )


def _left_by(place: Placed, *, is_summary: bool) -> frozenset[str]:
    if place.absent_as is not None:
        return frozenset({place.absent_as})
    if not is_summary:
        return place.row.marks
    must = {kinds.MUST_DATES} if place.row.constraint.type in _MUST else set()
    return (place.row.marks - _OF_LEAVES) | must
