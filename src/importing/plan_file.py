"""What a plan file says, as plain values, and the refusal of a file that cannot be taken over."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

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


class RefusalCode(StrEnum):
    """Why a file was refused. Callers and scripts rely on these: add, never change."""

    FILE_UNREADABLE = "FILE_UNREADABLE"
    FILE_TOO_LARGE = "FILE_TOO_LARGE"
    ENCODING_REFUSED = "ENCODING_REFUSED"
    XML_ENTITIES_REFUSED = "XML_ENTITIES_REFUSED"
    NOT_XML = "NOT_XML"
    TRUNCATED = "TRUNCATED"
    NOT_MSPDI = "NOT_MSPDI"
    TOO_MANY_TASKS = "TOO_MANY_TASKS"
    TOO_MANY_LINKS = "TOO_MANY_LINKS"
    BAD_VALUE = "BAD_VALUE"
    BAD_OUTLINE = "BAD_OUTLINE"
    DUPLICATE_UID = "DUPLICATE_UID"
    DANGLING_LINK = "DANGLING_LINK"
    LINK_TO_ITSELF = "LINK_TO_ITSELF"
    LINK_TO_ANCESTOR = "LINK_TO_ANCESTOR"
    DUPLICATE_LINK = "DUPLICATE_LINK"
    LINK_CYCLE = "LINK_CYCLE"


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
