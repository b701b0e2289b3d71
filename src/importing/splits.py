"""The interruptions of tasks: a file tells them by the time-phased work of assignments."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from ..scheduling import Split
from ..scheduling.compiled import WorkingTimes, chain_of, usual_time
from ..scheduling.scheduled import UnschedulableError
from ..scheduling.working_time import WorkingTime, date_of, moment_of
from .field_text import Fields, integer, tenths, wall_clock
from .file_plan import IDENTITIES, calendar_of
from .left_out_staff import OTHER_SPLITS
from .plan_file import FileAssignment, FileCalendar, FileResource, FileTask
from .xml_stream import Item, Shape

TIMEPHASED = Shape(fields=frozenset(("Type", "Start", "Finish", "Value")))
_KIND = integer(0, 1_000)
_REMAINING, _DONE = 1, 2
_ZONE = "UTC"
_MOST = 500


@dataclass(frozen=True, slots=True)
class Gap:
    """Where nothing is worked for a while: the work before it, the last stretch of that, and when it goes on."""

    before: int
    last_start: datetime
    last_work: int
    resumed: datetime


def gaps_of(item: Item, owner: str) -> tuple[Gap, ...]:
    """The gaps in the time-phased work of an assignment: stretches without any between others."""
    found: list[tuple[datetime, int]] = []
    for part in item.every("TimephasedData"):
        fields = Fields(owner, part.line, part.fields)
        start = fields.read("Start", wall_clock, None)
        if fields.read("Type", _KIND, 0) in (_REMAINING, _DONE) and start is not None:
            found.append((start, fields.read("Value", tenths, 0)))
    found.sort()
    gaps, before, last, paused = [], 0, None, False
    for start, work in found:
        if work and paused and last is not None:
            gaps.append(Gap(before, *last, start))
        if work:
            before, last, paused = before + work, (start, work), False
        else:
            paused = True
    return tuple(gaps[:_MOST])


class Interruptions:
    """Makes splits of gaps, by the calendars of the file."""

    def __init__(self, calendars: Sequence[FileCalendar], calendar: int | None) -> None:
        self._calendars = {IDENTITIES.calendar(each.uid): calendar_of(each, _ZONE, IDENTITIES) for each in calendars}
        self._project = calendar
        self._times = WorkingTimes(_ZONE)
        self._known: dict[int | None, WorkingTime | None] = {}

    def splits(
        self,
        tasks: Sequence[FileTask],
        assignments: Sequence[FileAssignment],
        resources: Sequence[FileResource],
        gaps: Mapping[int, tuple[Gap, ...]],
        tally: Counter[str],
    ) -> tuple[FileTask, ...]:
        """The tasks with their interruptions. `gaps` are those of assignments by UID; what differs is told."""
        people = {resource.uid: resource for resource in resources}
        staff: dict[int, list[FileAssignment]] = defaultdict(list)
        for entry in assignments:
            if entry.work:
                staff[entry.task].append(entry)
        found = []
        for task in tasks:
            each = {self._of(task, entry, people, gaps.get(entry.uid, ())) for entry in staff[task.uid]}
            splits = each.pop() if len(each) == 1 else ()
            tally[OTHER_SPLITS] += len(each) > 1
            found.append(self._resumed(replace(task, splits=splits) if splits else task))
        return tuple(found)

    def stretches(self, task: FileTask, calendar: int | None, start: datetime) -> list[tuple[datetime, datetime, int]]:
        """The other way round: when a task with splits that starts then is worked on, and for how long each time."""
        time = self._time(calendar if task.calendar is None else task.calendar)
        if time is None or task.duration is None or not task.splits:
            return []
        found, at, done = [], time.next_start(moment_of(start)), 0
        for after, gap in (*((split.after, split.gap) for split in task.splits), (task.duration.tenths, 0)):
            worked = time.worked(at) + after - done
            found.append((date_of(at), date_of(time.finish_at(worked)), after - done))
            at, done = time.start_at(worked + gap), after
        return found

    def _of(
        self, task: FileTask, entry: FileAssignment, people: Mapping[int, FileResource], gaps: tuple[Gap, ...]
    ) -> tuple[Split, ...]:
        if not gaps or task.duration is None or task.duration.elapsed:
            return ()
        calendar = people[entry.resource].calendar if task.calendar is None else task.calendar
        time = self._time(calendar)
        if time is None:
            return ()
        splits = []
        for gap in gaps:
            span = time.between(moment_of(gap.last_start), moment_of(gap.resumed))
            length = span - _duration(gap.last_work, entry.units)
            after = _duration(gap.before, entry.units)
            if length > 0 and 0 < after < task.duration.tenths:
                splits.append(Split(after=after, gap=length))
        return tuple(splits)

    def _resumed(self, task: FileTask) -> FileTask:
        """A task that stopped may go on later; most go on at once, after a night perhaps, which says nothing."""
        if task.resume is None or task.stop is None:
            return task
        time = self._time(task.calendar)
        at_once = time is not None and not time.between(moment_of(task.stop), moment_of(task.resume))
        return replace(task, stop=None, resume=None if at_once else task.resume)

    def _time(self, calendar: int | None) -> WorkingTime | None:
        wanted = self._project if calendar is None else calendar
        if wanted not in self._known:
            self._known[wanted] = self._made(None if wanted is None else IDENTITIES.calendar(wanted))
        return self._known[wanted]

    def _made(self, calendar: UUID | None) -> WorkingTime | None:
        if calendar is None:
            return usual_time()
        try:
            return self._times.of(chain_of(self._calendars, calendar))
        except UnschedulableError:
            return None


def _duration(work: int, units: Decimal) -> int:
    return round(work / units)
