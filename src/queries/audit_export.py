"""The audit trail as a file: CSV for spreadsheets, JSON lines for programs; page by page, oldest first."""

import csv
from collections.abc import AsyncIterator, Sequence
from enum import StrEnum
from io import StringIO
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncEngine

from ..events import EventLog
from ..events.keyring import Keyring
from .audit import EVERYTHING, AuditFilter, AuditView, list_audit
from .reading import reading

PAGE = 500
_FIELDS = tuple(AuditView.model_fields)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class ExportFormat(StrEnum):
    """JSON lines are exact. In CSV a text that a spreadsheet would take for a formula has an apostrophe before it."""

    CSV = "csv"
    JSONL = "jsonl"


async def export_audit(
    readers: AsyncEngine, log: EventLog, keyring: Keyring, format_: ExportFormat, wanted: AuditFilter = EVERYTHING
) -> AsyncIterator[bytes]:
    """The entries that fit, in the order of the log. No read session lasts longer than a page.

    What is appended meanwhile may be in it or not.
    """
    if format_ is ExportFormat.CSV:
        yield _csv([dict(zip(_FIELDS, _FIELDS, strict=True))])
    after: str | None = None
    while True:
        async with reading(readers) as read:
            page = await list_audit(read, log, keyring, wanted, after=after, limit=PAGE, oldest_first=True)
        facts = [item.model_dump(mode="json") for item in page.items]
        if facts:
            yield _csv(facts) if format_ is ExportFormat.CSV else _lines(facts)
        if page.next is None:
            return
        after = page.next


def _lines(facts: Sequence[dict[str, Any]]) -> bytes:
    return b"".join(orjson.dumps(fact) + b"\n" for fact in facts)


def _csv(facts: Sequence[dict[str, Any]]) -> bytes:
    out = StringIO()
    csv.writer(out).writerows([_cell(fact[name]) for name in _FIELDS] for fact in facts)
    return out.getvalue().encode()


def _cell(value: Any) -> Any:
    """Whoever is named in an audit trail may have chosen a text that does something where it is opened."""
    if isinstance(value, dict):
        return orjson.dumps(value).decode()
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
