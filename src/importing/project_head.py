"""The project's own fields: which plan the file holds, its name, its start and its currency."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from . import left_out as kinds
from .field_text import Fields, boolean, name, wall_clock
from .xml_stream import Item

T = TypeVar("T")

PROJECT_FIELDS = frozenset(
    ("GUID", "Name", "Title", "CreationDate", "StartDate", "CurrencyCode", "ScheduleFromStart", "StatusDate")
)
UNNAMED_PLAN = "Imported plan"

_GUID = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")
_NO_GUID = "00000000-0000-0000-0000-000000000000"
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class ProjectHead:
    """What a plan says of itself before its tasks."""

    source: str
    name: str
    start: datetime | None
    currency: str | None
    left_out: frozenset[str]


def project_head(items: Mapping[str, Item]) -> ProjectHead:
    """The head from the project's fields. Raises ImportRefused for a value that cannot be."""

    def read(field: str, value_of: Callable[[str], T], default: T) -> T:
        item = items.get(field)
        return default if item is None else Fields("The project", item.line, item.fields).read(field, value_of, default)

    file_name, title = read("Name", name, ""), read("Title", name, "")
    currency = read("CurrencyCode", name, "").upper()
    left_out = set()
    if not read("ScheduleFromStart", boolean, default=True):
        left_out.add(kinds.FROM_FINISH)
    if "StatusDate" in items:
        left_out.add(kinds.STATUS_DATE)
    return ProjectHead(
        source=_source(read("GUID", name, ""), file_name, read("CreationDate", name, ""), title),
        name=title or re.sub(r"\.xml$", "", file_name, flags=re.IGNORECASE) or UNNAMED_PLAN,
        start=read("StartDate", wall_clock, None),
        currency=currency if _CURRENCY.fullmatch(currency) else None,
        left_out=frozenset(left_out),
    )


def _source(guid: str, file_name: str, created: str, title: str) -> str:
    """What stays the same when the same plan is exported again, as far as the file tells."""
    guid = guid.strip("{}").upper()
    if _GUID.fullmatch(guid) and guid != _NO_GUID:
        return guid
    if file_name and created:
        return f"{file_name}|{created}"
    return title or file_name or UNNAMED_PLAN
