"""The calendars, resources and assignments of a plan file, gathered and checked against each other."""

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from typing import TypeVar

from ..scheduling import ResourceType
from . import left_out_staff as kinds
from .assignment_row import ASSIGNMENT, assignment_row
from .calendar_row import CALENDAR, calendar_row
from .limits import MAX_ASSIGNMENTS, MAX_CALENDARS, MAX_EXCEPTIONS, MAX_RESOURCES
from .plan_file import FileAssignment, FileCalendar, FileResource, ImportRefused, PlanFile, RefusalCode
from .resource_row import RESOURCE, resource_row
from .splits import Gap, Interruptions, gaps_of
from .xml_stream import Item

Entry = TypeVar("Entry", FileCalendar, FileResource, FileAssignment)

STAFF = {"Calendars": CALENDAR, "Resources": RESOURCE, "Assignments": ASSIGNMENT}
"""The sections that are read here."""


class Staff:
    """What has been read of them. `tally` counts what stays behind."""

    def __init__(self, tally: Counter[str]) -> None:
        self._tally = tally
        self._calendars: dict[int, FileCalendar] = {}
        self._resources: dict[int, FileResource] = {}
        self._assignments: dict[int, FileAssignment] = {}
        self._gaps: dict[int, tuple[Gap, ...]] = {}
        self._exceptions = 0

    def take(self, item: Item) -> None:
        match item.name:
            case "Calendar":
                calendar, unsaid = calendar_row(item)
                self._tally[kinds.NO_RULE] += unsaid
                self._exceptions += len(calendar.exceptions) + len(calendar.work_weeks)
                _once("Calendar", calendar, self._calendars)
                _limited(len(self._calendars), MAX_CALENDARS, "calendars", RefusalCode.TOO_MANY_CALENDARS, item)
                _limited(self._exceptions, MAX_EXCEPTIONS, "exceptions", RefusalCode.TOO_MANY_CALENDARS, item)
            case "Resource":
                row = resource_row(item)
                if row is not None:
                    self._tally.update(row[1])
                    _once("Resource", row[0], self._resources)
                    _limited(len(self._resources), MAX_RESOURCES, "resources", RefusalCode.TOO_MANY_RESOURCES, item)
            case _:
                assignment, marks = assignment_row(item)
                self._tally[kinds.UNASSIGNED] += assignment is None
                self._tally.update(marks)
                if assignment is not None:
                    if gaps := gaps_of(item, f"Assignment UID {assignment.uid}"):
                        self._gaps[assignment.uid] = gaps
                    _once("Assignment", assignment, self._assignments)
                    most, code = MAX_ASSIGNMENTS, RefusalCode.TOO_MANY_ASSIGNMENTS
                    _limited(len(self._assignments), most, "assignments", code, item)

    def calendar(self, uid: int | None) -> int | None:
        """The calendar that something names, None and told where it is not in the file."""
        if uid is None or uid in self._calendars:
            return uid
        self._tally[kinds.NO_CALENDAR] += 1
        return None

    def calendars(self) -> tuple[FileCalendar, ...]:
        """All calendars, bases before those that are based on them. Raises ImportRefused for a circle of bases."""
        known = {uid: replace(entry, base=self.calendar(entry.base)) for uid, entry in self._calendars.items()}
        placed: dict[int, FileCalendar] = {}
        for calendar in known.values():
            chain = {calendar.uid: calendar}
            above = calendar.base
            while above is not None and above not in placed:
                if above in chain:
                    message = f"The bases of calendar “{calendar.name}” (UID {calendar.uid}) go round in a circle."
                    hint = "Give one of them another base."
                    raise ImportRefused(RefusalCode.CALENDAR_CYCLE, message, calendar.line, hint)
                chain[above] = known[above]
                above = known[above].base
            placed |= {uid: entry for uid, entry in reversed(chain.items()) if uid not in placed}
        return tuple(placed.values())

    def resources(self, currency: str | None) -> tuple[FileResource, ...]:
        """All resources, with rates only where the plan says in which currency they are."""
        return tuple(self._resource(resource, currency) for resource in self._resources.values())

    def assignments(
        self, leaves: Collection[int], summaries: Collection[int], absent: Collection[int]
    ) -> tuple[FileAssignment, ...]:
        """Those of leaves, one a task and resource. Raises ImportRefused for one of a task or resource unknown."""
        found: dict[tuple[int, int], FileAssignment] = {}
        for entry in self._assignments.values():
            if entry.resource not in self._resources:
                raise _dangling(entry, f"resource that is not in the file (UID {entry.resource})")
            if entry.task in absent:
                self._tally[kinds.OF_OTHERS] += 1
            elif entry.task in summaries or entry.task == 0:
                self._tally[kinds.OF_SUMMARIES] += 1
            elif entry.task not in leaves:
                raise _dangling(entry, f"task that is not in the file (UID {entry.task})")
            elif found.setdefault((entry.task, entry.resource), entry) is not entry:
                self._tally[kinds.REPEATED_ASSIGNMENTS] += 1
        return tuple(self._of_its_kind(entry) for entry in found.values())

    def interrupted(self, plan: PlanFile) -> PlanFile:
        """The plan with the interruptions of its tasks."""
        interruptions = Interruptions(plan.calendars, plan.calendar)
        tasks = interruptions.splits(plan.tasks, plan.assignments, plan.resources, self._gaps, self._tally)
        return replace(plan, tasks=tasks)

    def _resource(self, resource: FileResource, currency: str | None) -> FileResource:
        unsaid = bool(resource.rates) and currency is None
        self._tally[kinds.NO_CURRENCY] += unsaid
        rates = () if unsaid else resource.rates
        return replace(resource, calendar=self.calendar(resource.calendar), rates=rates)

    def _of_its_kind(self, entry: FileAssignment) -> FileAssignment:
        """A material or a cost does no work."""
        if self._resources[entry.resource].type is ResourceType.WORK:
            return entry
        return replace(entry, work=0, actual_work=0, remaining_work=0)


def _once(kind: str, entry: Entry, known: dict[int, Entry]) -> None:
    """Adds what has a UID of its own."""
    if entry.uid in known:
        message = f"{kind} UID {entry.uid} is also that of the one on line {known[entry.uid].line}."
        hint = "Give each a UID of its own, or export the plan again."
        raise ImportRefused(RefusalCode.DUPLICATE_UID, message, entry.line, hint)
    known[entry.uid] = entry


def _limited(count: int, most: int, what: str, code: RefusalCode, item: Item) -> None:
    if count > most:
        raise ImportRefused(code, f"The file has more than {most:,} {what}.", item.line, "Remove what is not used.")


def _dangling(entry: FileAssignment, what: str) -> ImportRefused:
    message = f"The assignment with UID {entry.uid} is of a {what}."
    return ImportRefused(RefusalCode.DANGLING_ASSIGNMENT, message, entry.line, "Remove the assignment.")
