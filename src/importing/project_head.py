"""The project's own fields: which plan the file holds, its name, its start and its currency."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from . import left_out as kinds
from .field_text import Fields, boolean, integer, name, wall_clock
from .xml_stream import Item

T = TypeVar("T")

_READ = (
    "GUID Name Title CreationDate StartDate FinishDate CurrencyCode ScheduleFromStart StatusDate CalendarUID "
    "CriticalSlackLimit MinutesPerDay"
)
PROJECT_FIELDS = frozenset(_READ.split())
UNNAMED_PLAN = "Imported plan"

_GUID = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")
_NO_GUID = "00000000-0000-0000-0000-000000000000"
_UID = integer(-1, 2**31 - 1)
_SLACK = integer(0, 9_999)
_MINUTES = integer(1, 24 * 60)
_USUAL_DAY = 480
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, slots=True)
class ProjectHead:
    """What a plan says of itself before its tasks."""

    source: str
    name: str
    start: datetime | None
    currency: str | None
    calendar: int | None
    must_finish: datetime | None
    status_date: datetime | None
    critical_slack: int
    left_out: frozenset[str]


def project_head(items: Mapping[str, Item]) -> ProjectHead:
    """The head from the project's fields. Raises ImportRefused for a value that cannot be."""

    def read(field: str, value_of: Callable[[str], T], default: T) -> T:
        item = items.get(field)
        return default if item is None else Fields("The project", item.line, item.fields).read(field, value_of, default)

    file_name, title = read("Name", name, ""), read("Title", name, "")
    currency = read("CurrencyCode", name, "").upper()
    left_out = set()
    start, must_finish = read("StartDate", wall_clock, None), None
    if not read("ScheduleFromStart", boolean, default=True):
        left_out.add(kinds.FROM_FINISH)
        must_finish = read("FinishDate", wall_clock, None)
        if start is not None and must_finish is not None and must_finish < start:
            item = items["FinishDate"]
            raise Fields("The project", item.line, item.fields).refused("its <FinishDate> is before its <StartDate>")
    slack = read("CriticalSlackLimit", _SLACK, 0) * read("MinutesPerDay", _MINUTES, _USUAL_DAY) * 10
    if slack:
        left_out.add(kinds.CRITICAL_SLACK)
    calendar = read("CalendarUID", _UID, -1)
    return ProjectHead(
        source=_source(read("GUID", name, ""), file_name, read("CreationDate", name, ""), title),
        name=title or re.sub(r"\.xml$", "", file_name, flags=re.IGNORECASE) or UNNAMED_PLAN,
        start=start,
        currency=currency if _CURRENCY.fullmatch(currency) else None,
        calendar=calendar if calendar >= 0 else None,
        must_finish=must_finish,
        status_date=read("StatusDate", wall_clock, None),
        critical_slack=slack,
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
