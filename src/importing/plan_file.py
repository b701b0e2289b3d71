"""What a plan file says, as plain values, and the refusal of a file that cannot be taken over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from ..commands.meanings import ExplainedCode
from ..events.resource import UnitsPeriod
from ..scheduling import (
    CalendarException,
    Constraint,
    Duration,
    Hours,
    Lag,
    LinkType,
    ResourceType,
    Split,
    TaskMode,
    TaskType,
    Weekday,
    WorkWeek,
)


@dataclass(frozen=True, slots=True)
class FileDates:
    """When a task is by the file itself, as far as it says: what its own program made of the plan."""

    start: datetime | None = None
    finish: datetime | None = None
    early_start: datetime | None = None
    early_finish: datetime | None = None
    late_start: datetime | None = None
    late_finish: datetime | None = None


_NO_DATES = FileDates()


@dataclass(frozen=True, slots=True)
class FileTask:
    """A task as the file has it; a task with others below it is a summary.

    `manual_start` and `manual_finish` are the dates of a manual task; `remaining` is of the duration, None: what the
    percentage leaves; `resume` is when the rest of a started task goes on, if not where it was left (`stop`).
    """

    uid: int
    name: str
    parent: int | None
    outline_number: str | None
    duration: Duration | None  # None: a summary, whose duration is rolled up
    constraint: Constraint
    notes: str
    percent_complete: int
    actual_start: datetime | None
    actual_finish: datetime | None
    line: int
    deadline: datetime | None = None
    mode: TaskMode = TaskMode.AUTO
    manual_start: datetime | None = None
    manual_finish: datetime | None = None
    calendar: int | None = None
    ignores_resource_calendars: bool = False
    priority: int = 500
    type: TaskType = TaskType.FIXED_UNITS
    effort_driven: bool = False
    physical_percent: int | None = None
    remaining: int | None = None
    stop: datetime | None = None
    resume: datetime | None = None
    splits: tuple[Split, ...] = ()
    dates: FileDates = _NO_DATES
    guid: UUID | None = None


@dataclass(frozen=True, slots=True)
class FileLink:
    """A dependency between two tasks of the file."""

    predecessor: int
    successor: int
    type: LinkType
    lag: Lag
    line: int


@dataclass(frozen=True, slots=True)
class FileCalendar:
    """A calendar of the file. The ids of its exceptions and work weeks follow from what they say."""

    uid: int
    name: str
    base: int | None
    weekdays: Mapping[Weekday, Hours]
    exceptions: tuple[CalendarException, ...]
    work_weeks: tuple[WorkWeek, ...]
    line: int
    guid: UUID | None = None


@dataclass(frozen=True, slots=True)
class FileRate:
    """What a resource costs from a date on (None: from ever), in the plan's currency; `rate` is for an hour or unit."""

    start: date | None
    rate: Decimal
    overtime: Decimal
    per_use: Decimal


@dataclass(frozen=True, slots=True)
class FileResource:
    """Who or what works, is used up or only costs."""

    uid: int
    name: str
    type: ResourceType
    max_units: Decimal
    line: int
    periods: tuple[UnitsPeriod, ...] = ()
    calendar: int | None = None
    unit: str | None = None
    rates: tuple[FileRate, ...] = ()
    guid: UUID | None = None


@dataclass(frozen=True, slots=True)
class FileAssignment:
    """A resource on a task; work and delay are tenths of a minute. Of a material `units` is how much, and no work."""

    uid: int
    task: int
    resource: int
    units: Decimal
    work: int
    actual_work: int
    remaining_work: int
    delay: int
    line: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that is in the file and not in the plan read from it, how often, and why."""

    kind: str
    count: int
    why: str


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A whole plan: its tasks in document order, what holds and staffs them, and what was left out.

    `calendar` is the project's own, by its UID. `unassigned` counts the assignments that name no resource.
    """

    source: str
    name: str
    start: datetime | None
    currency: str | None
    tasks: tuple[FileTask, ...]
    links: tuple[FileLink, ...]
    left_out: tuple[LeftOut, ...]
    calendars: tuple[FileCalendar, ...] = ()
    resources: tuple[FileResource, ...] = ()
    assignments: tuple[FileAssignment, ...] = ()
    calendar: int | None = None
    must_finish: datetime | None = None
    status_date: datetime | None = None
    critical_slack: int = 0
    unassigned: int = 0


class RefusalCode(ExplainedCode):
    """Why a file was refused. Callers and scripts rely on these: add, never change."""

    FILE_UNREADABLE = "FILE_UNREADABLE", "The file cannot be read.", "Check the path and its permissions."
    FILE_TOO_LARGE = "FILE_TOO_LARGE", "The file is beyond the limits.", "Divide the plan."
    ENCODING_REFUSED = "ENCODING_REFUSED", "The file is in an encoding that is not read.", "Save it as UTF-8."
    XML_ENTITIES_REFUSED = (
        "XML_ENTITIES_REFUSED",
        "The file declares a document type or entities.",
        "Remove the `<!DOCTYPE …>`.",
    )
    NOT_XML = "NOT_XML", "The file is no XML, or broken.", "Save the plan as XML from Microsoft Project."
    TRUNCATED = "TRUNCATED", "The file ends in its midst.", "Save or copy it again."
    NOT_MSPDI = "NOT_MSPDI", "The XML is no plan of Microsoft Project.", "Save the plan as XML from there."
    TOO_MANY_TASKS = "TOO_MANY_TASKS", "The plan has too many tasks.", "Divide it."
    TOO_MANY_LINKS = "TOO_MANY_LINKS", "The plan has too many links.", "Divide it."
    TOO_MANY_CALENDARS = (
        "TOO_MANY_CALENDARS",
        "The plan has too many calendars, or exceptions in them.",
        "Remove those that nothing uses.",
    )
    TOO_MANY_RESOURCES = "TOO_MANY_RESOURCES", "The plan has too many resources.", "Remove those without work."
    TOO_MANY_ASSIGNMENTS = "TOO_MANY_ASSIGNMENTS", "The plan has too many assignments.", "Divide it."
    BAD_VALUE = "BAD_VALUE", "A value in the file cannot be.", "Correct it in the line that the text names."
    BAD_OUTLINE = "BAD_OUTLINE", "The outline has levels that cannot be.", "Correct it there, and save again."
    DUPLICATE_UID = (
        "DUPLICATE_UID",
        "Two tasks, calendars, resources or assignments have the same UID.",
        "Save the plan anew from Microsoft Project.",
    )
    DANGLING_LINK = "DANGLING_LINK", "A link begins at a task that is not in the file.", "Remove the link."
    LINK_TO_ITSELF = "LINK_TO_ITSELF", "A task waits for itself.", "Remove the link."
    LINK_TO_ANCESTOR = "LINK_TO_ANCESTOR", "A task waits for a summary that it is part of.", "Remove the link."
    DUPLICATE_LINK = "DUPLICATE_LINK", "Two tasks are linked twice, differently.", "Keep one of the two."
    DANGLING_ASSIGNMENT = (
        "DANGLING_ASSIGNMENT",
        "An assignment names a task or resource that is not in the file.",
        "Remove the assignment.",
    )
    CALENDAR_CYCLE = "CALENDAR_CYCLE", "Calendars are based on each other.", "Give one of them another base."
    NOT_JSON = "NOT_JSON", "The file is no JSON, or broken.", "Export it again."
    NOT_JIRA = "NOT_JIRA", "The JSON is no history of Jira.", "Export issues with `expand=changelog`."
    TOO_MANY_CHANGES = "TOO_MANY_CHANGES", "There are too many changes.", "Import them into several projects."
    LINK_CYCLE = "LINK_CYCLE", "Tasks wait for each other.", "Remove one of the links that the text names."


class ImportRefused(Exception):  # noqa: N818 - named for what happened, like every refusal here
    """The file cannot be taken over: what is wrong, on which line, and what to do about it."""

    def __init__(self, code: RefusalCode, message: str, line: int | None = None, hint: str = "") -> None:
        super().__init__(code, message, line, hint)
        self.code = code
        self.message = message
        self.line = line
        self.hint = hint

    def __str__(self) -> str:
        where = "" if self.line is None else f"line {self.line}: "
        return f"{self.code}: {where}{self.message} {self.hint}".rstrip()
