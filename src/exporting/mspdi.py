"""Writing a Microsoft Project XML file (MSPDI), in the order of elements that Microsoft Project expects."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from lxml import etree

from ..importing.limits import MAX_NAME
from ..importing.plan_file import FileAssignment, FileLink, PlanFile
from ..importing.splits import Interruptions
from ..scheduling import ResourceType, Schedule, ScheduledTask
from .calendars import calendar_element
from .elements import NAMESPACES, Value, name_of, text_of
from .staff import Stretch, assignment_element, resource_element
from .tasks import task_element

_ITEMS_A_CHUNK = 200
_MINUTES_A_DAY = 480
_TENTHS_A_DAY = _MINUTES_A_DAY * 10


class _Sink:
    """Where the writer puts bytes, and the stream takes them from."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(data)
        return len(data)

    def taken(self) -> bytes:
        data, self._parts = b"".join(self._parts), []
        return data


def mspdi(plan: PlanFile, results: Mapping[int, ScheduledTask], schedule: Schedule | None = None) -> Iterator[bytes]:
    """The file in chunks. `results` are the computed dates by UID; `schedule` is that of the whole plan.

    A reader of this format gets back the plan that was given.
    """
    sink = _Sink()
    with etree.xmlfile(sink, encoding="UTF-8") as xml:
        xml.write_declaration(standalone=True)
        with xml.element(name_of("Project"), nsmap=NAMESPACES):
            for name, value in _head(plan, schedule):
                if value is not None:
                    with xml.element(name_of(name)):
                        xml.write(text_of(value))
            for section, elements in _sections(plan, results):
                with xml.element(name_of(section)):
                    for chunk in _batched(elements):
                        for each in chunk:
                            xml.write("\n", each)  # a line an item: indented, a large plan were a third larger
                        xml.flush()
                        yield sink.taken()
    yield sink.taken()


def _batched(elements: Iterable[etree._Element]) -> Iterator[list[etree._Element]]:
    chunk = []
    for each in elements:
        chunk.append(each)
        if len(chunk) == _ITEMS_A_CHUNK:
            yield chunk
            chunk = []
    yield chunk


def _head(plan: PlanFile, schedule: Schedule | None) -> Iterator[tuple[str, Value]]:
    yield from (
        ("SaveVersion", 14),
        ("Name", f"{plan.name[: MAX_NAME - 4]}.xml"),
        ("GUID", plan.source),
        ("Title", plan.name),
        ("ScheduleFromStart", True),
        ("StartDate", plan.start),
        ("FinishDate", schedule.finish if schedule else None),
        ("FYStartDate", 1),
        ("CriticalSlackLimit", plan.critical_slack // _TENTHS_A_DAY),
        ("CurrencyCode", plan.currency),
        ("CalendarUID", -1 if plan.calendar is None else plan.calendar),
        ("DefaultStartTime", "08:00:00"),
        ("DefaultFinishTime", "17:00:00"),
        ("MinutesPerDay", _MINUTES_A_DAY),
        ("MinutesPerWeek", 5 * _MINUTES_A_DAY),
        ("DaysPerMonth", 20),
        ("DefaultTaskType", 0),
        ("DurationFormat", 7),
        ("WorkFormat", 2),
        ("HonorConstraints", False),
        ("NewTasksEffortDriven", False),
        ("NewTasksEstimated", False),
        ("SplitsInProgressTasks", True),
        ("WeekStartDay", 1),
        ("StatusDate", plan.status_date),
        ("NewTasksAreManual", False),
    )


def _sections(plan: PlanFile, results: Mapping[int, ScheduledTask]) -> Iterator[tuple[str, Iterable[etree._Element]]]:
    resources = {resource.uid: resource for resource in plan.resources}
    split = {task.uid: task for task in plan.tasks if task.splits}
    interruptions = Interruptions(plan.calendars, plan.calendar)

    def _stretches(entry: FileAssignment) -> list[Stretch]:
        task, result = split.get(entry.task), results.get(entry.task)
        if task is None or result is None or not entry.work:
            return []
        return interruptions.stretches(task, resources[entry.resource].calendar, result.start)

    yield "Calendars", (calendar_element(calendar) for calendar in plan.calendars)
    yield "Tasks", _tasks(plan, results)
    yield "Resources", (resource_element(each, number) for number, each in enumerate(plan.resources, 1))
    yield (
        "Assignments",
        (
            assignment_element(
                each,
                works=resources[each.resource].type is ResourceType.WORK,
                result=results.get(each.task),
                stretches=_stretches(each),
            )
            for each in plan.assignments
        ),
    )


def _tasks(plan: PlanFile, results: Mapping[int, ScheduledTask]) -> Iterator[etree._Element]:
    links: dict[int, list[FileLink]] = defaultdict(list)
    for link in plan.links:
        links[link.successor].append(link)
    summaries = {task.parent for task in plan.tasks}
    counts: dict[int | None, int] = {}
    codes: dict[int, str] = {}
    for number, task in enumerate(plan.tasks, 1):
        counts[task.parent] = counts.get(task.parent, 0) + 1
        above = "" if task.parent is None else f"{codes[task.parent]}."
        codes[task.uid] = f"{above}{counts[task.parent]}"
        yield task_element(
            task,
            number,
            codes[task.uid],
            summary=task.uid in summaries,
            result=results.get(task.uid),
            links=links[task.uid],
        )
