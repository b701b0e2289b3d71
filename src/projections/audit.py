"""The audit trail: who did what, when, from where, why and with which result. Personal fields stay sealed.

Each row holds its link of the hash chain over the log (events/chain.py), and all that the link is made of: so rows are
verified by the log, and without it by themselves.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import BigInteger, Index, Integer, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from ..events import RecordedEvent
from ..events.catalogue import BY_MODEL
from ..events.chain import START, link
from ..events.codec import canonical_json
from ..events.notice import AuthenticationFailed, DataExported, RequestRefused, SensitiveDataRead
from .projection import Projection
from .read_model import ReadModel
from .rows import Need, Row, Rows


class AuditResult(StrEnum):
    """What came of it."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    FAILED = "failed"
    """Nobody was signed in."""
    READ = "read"
    EXPORTED = "exported"


NOTICED = "result <> 'accepted'"
"""What changed nothing. It is rare and is asked for by itself, so it has indexes of its own."""

_RESULTS = {
    BY_MODEL[RequestRefused].name: AuditResult.REFUSED,
    BY_MODEL[AuthenticationFailed].name: AuditResult.FAILED,
    BY_MODEL[SensitiveDataRead].name: AuditResult.READ,
    BY_MODEL[DataExported].name: AuditResult.EXPORTED,
}


_AN_ID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


def _noticed(name: str, *columns: str) -> Index:
    where = text(NOTICED)
    return Index(f"ix_audit_noticed_{name}", *columns, "position", sqlite_where=where, postgresql_where=where)


def _where_known(column: str) -> Index:
    """Of the rows that have it, which are few or none."""
    where = text(f"{column} IS NOT NULL")
    return Index(None, column, "position", sqlite_where=where, postgresql_where=where)


class AuditRow(ReadModel):
    """One event of the log; `count` says how many it stands for, `entity` what its stream is about.

    `data` is the canonical text of the log, byte for byte; `address` and `agent` are sealed. `author` did it
    originally, elsewhere, where `actor` imported it. `verbatim` is the text of the metadata where the columns do not
    give it byte for byte.
    """

    append_only = True
    __tablename__ = "audit"
    __table_args__ = (
        Index(None, "project", "position"),
        Index(None, "actor", "position"),
        Index(None, "entity", "position"),
        Index(None, "command_id", "position"),
        Index(None, "correlation_id", "position"),
        Index(None, "type", "position"),
        Index(None, "command", "position"),
        _where_known("session"),
        _where_known("author"),
        _where_known("causation_id"),
        _noticed("result", "result"),
        _noticed("project", "project", "result"),
        _noticed("actor", "actor", "result"),
    )

    position: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False
    )
    recorded_at: Mapped[datetime]
    effective_at: Mapped[datetime]
    result: Mapped[str]
    count: Mapped[int] = mapped_column(BigInteger)
    actor: Mapped[UUID]
    author: Mapped[UUID | None]
    session: Mapped[UUID | None]
    command: Mapped[str]
    command_id: Mapped[UUID]
    correlation_id: Mapped[str]
    causation_id: Mapped[str | None]
    address: Mapped[str | None]
    agent: Mapped[str | None]
    reason: Mapped[str | None]
    verbatim: Mapped[str | None]
    project: Mapped[UUID | None]
    branch: Mapped[str]
    stream: Mapped[str]
    entity: Mapped[str]
    version: Mapped[int] = mapped_column(BigInteger)
    type: Mapped[str]
    schema: Mapped[int]
    data: Mapped[str]
    link: Mapped[bytes] = mapped_column(LargeBinary)


class BrokenTrailError(Exception):
    """The row before is not there, so nothing can be linked to it."""

    def __init__(self, position: int) -> None:
        super().__init__(
            f"the audit trail has no row of position {position}, which the next one is linked to: somebody removed it; "
            "run 'projectory audit verify', keep what it says, then rebuild the audit trail"
        )


def entity_of(stream: str) -> str:
    """What the stream is about: the id at the end of its name, or what stands for one."""
    name = stream.rpartition("@")[0]
    found = _AN_ID.search(name)
    return found[0] if found else name.partition("-")[2]


def row_of(recorded: RecordedEvent, previous: bytes) -> Row:
    """The row of an event, given the link of the one before."""
    metadata = orjson.loads(recorded.metadata)
    result = _RESULTS.get(recorded.type, AuditResult.ACCEPTED)
    session, author = metadata.get("session"), metadata.get("author")
    row = {
        "position": recorded.position,
        "recorded_at": recorded.recorded_at,
        "effective_at": recorded.effective_at,
        "result": result.value,
        "count": 1 if result is AuditResult.ACCEPTED else orjson.loads(recorded.data)["count"],
        "actor": UUID(metadata["actor"]),
        "author": author and UUID(author),
        "session": session and UUID(session),
        "command": metadata["command"],
        "command_id": UUID(metadata["command_id"]),
        "correlation_id": metadata["correlation_id"],
        "causation_id": metadata.get("causation_id"),
        "address": _sealed(metadata.get("address")),
        "agent": _sealed(metadata.get("agent")),
        "reason": metadata.get("reason"),
        "verbatim": None,
        "project": recorded.project,
        "branch": recorded.branch,
        "stream": recorded.stream,
        "entity": entity_of(recorded.stream),
        "version": recorded.version,
        "type": recorded.type,
        "schema": recorded.schema,
        "data": recorded.data,
        "link": link(previous, recorded),
    }
    if metadata_of(row) != recorded.metadata:
        row["verbatim"] = recorded.metadata
    return row


def metadata_of(row: Mapping[str, Any]) -> str:
    """The metadata of the event, from its row."""
    if row["verbatim"] is not None:
        return str(row["verbatim"])
    fields: dict[str, Any] = {name: row[name] for name in _TEXTS if row[name] is not None}
    fields |= {name: str(row[name]) for name in _IDS if row[name] is not None}
    fields |= {name: orjson.Fragment(row[name]) for name in _SEALED if row[name] is not None}
    return canonical_json(fields)


def recorded_of(row: Mapping[str, Any]) -> RecordedEvent:
    """The event as the log has it, from its row."""
    columns = {name: row[name] for name in _OF_EVENT}
    return RecordedEvent(**columns, metadata=metadata_of(row))


_IDS = ("actor", "author", "session", "command_id")
_TEXTS = ("command", "correlation_id", "causation_id", "reason")
_SEALED = ("address", "agent")
_OF_EVENT = (
    "position",
    "stream",
    "version",
    "type",
    "schema",
    "data",
    "project",
    "branch",
    "effective_at",
    "recorded_at",
)


def _sealed(value: object) -> str | None:
    return None if value is None else canonical_json(value)


def _needs(_recorded: RecordedEvent) -> Iterable[Need]:
    return ()


def _before(first: RecordedEvent) -> Iterable[Need]:
    """The row that the first of a batch is linked to."""
    return [(AuditRow.position, first.position - 1)]


def _apply(recorded: RecordedEvent, rows: Rows) -> None:
    before, previous = recorded.position - 1, START
    if before:
        try:
            previous = rows.get(AuditRow, before)["link"]
        except KeyError:
            raise BrokenTrailError(before) from None
    rows.put(AuditRow, row_of(recorded, previous))


AUDIT = Projection("audit", 3, (AuditRow,), None, _needs, _apply, before=_before)
"""Who did what, when, from where, why and with which result."""
