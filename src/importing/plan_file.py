"""What a plan file says, as plain values, and the refusal of a file that cannot be taken over."""

from dataclasses import dataclass
from datetime import datetime

from ..commands.meanings import ExplainedCode
from ..scheduling.values import Constraint, Duration, Lag, LinkType


@dataclass(frozen=True, slots=True)
class FileTask:
    """A task as the file has it; a task with others below it is a summary."""

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


@dataclass(frozen=True, slots=True)
class FileLink:
    """A dependency between two tasks of the file."""

    predecessor: int
    successor: int
    type: LinkType
    lag: Lag
    line: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that is in the file and not in the plan read from it, how often, and why."""

    kind: str
    count: int
    why: str


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A whole plan: its tasks in document order, its links, and what was left out."""

    source: str
    name: str
    start: datetime | None
    currency: str | None
    tasks: tuple[FileTask, ...]
    links: tuple[FileLink, ...]
    left_out: tuple[LeftOut, ...]


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
    BAD_VALUE = "BAD_VALUE", "A value in the file cannot be.", "Correct it in the line that the text names."
    BAD_OUTLINE = "BAD_OUTLINE", "The outline has levels that cannot be.", "Correct it there, and save again."
    DUPLICATE_UID = "DUPLICATE_UID", "Two tasks have the same UID.", "Save the plan anew from Microsoft Project."
    DANGLING_LINK = "DANGLING_LINK", "A link begins at a task that is not in the file.", "Remove the link."
    LINK_TO_ITSELF = "LINK_TO_ITSELF", "A task waits for itself.", "Remove the link."
    LINK_TO_ANCESTOR = "LINK_TO_ANCESTOR", "A task waits for a summary that it is part of.", "Remove the link."
    DUPLICATE_LINK = "DUPLICATE_LINK", "Two tasks are linked twice, differently.", "Keep one of the two."
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
