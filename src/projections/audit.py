"""The audit trail: who did what, when, from where, why and with which result. Personal fields stay sealed."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import orjson
from sqlalchemy import BigInteger, Index, Integer, text
from sqlalchemy.orm import Mapped, mapped_column

from ..events import RecordedEvent
from ..events.catalogue import BY_MODEL
from ..events.codec import canonical_json
from ..events.notice import AuthenticationFailed, DataExported, RequestRefused, SensitiveDataRead
from .projection import Projection
from .read_model import ReadModel
from .rows import Need, Rows


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


def _noticed(name: str, *columns: str) -> Index:
    where = text(NOTICED)
    return Index(f"ix_audit_noticed_{name}", *columns, "position", sqlite_where=where, postgresql_where=where)


class AuditRow(ReadModel):
    """One event of the log; `count` says how many it stands for.

    `data` is the canonical text of the log, byte for byte; `address` and `agent` are sealed.
    """

    append_only = True
    __tablename__ = "audit"
    __table_args__ = (
        Index(None, "project", "position"),
        Index(None, "actor", "position"),
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
    session: Mapped[UUID | None]
    command: Mapped[str]
    command_id: Mapped[UUID]
    correlation_id: Mapped[str]
    causation_id: Mapped[str | None]
    address: Mapped[str | None]
    agent: Mapped[str | None]
    reason: Mapped[str | None]
    project: Mapped[UUID | None]
    branch: Mapped[str]
    stream: Mapped[str]
    version: Mapped[int] = mapped_column(BigInteger)
    type: Mapped[str]
    schema: Mapped[int]
    data: Mapped[str]


def _needs(_recorded: RecordedEvent) -> Iterable[Need]:
    return ()


def _apply(recorded: RecordedEvent, rows: Rows) -> None:
    metadata = orjson.loads(recorded.metadata)
    result = _RESULTS.get(recorded.type, AuditResult.ACCEPTED)
    session = metadata.get("session")
    rows.put(
        AuditRow,
        {
            "position": recorded.position,
            "recorded_at": recorded.recorded_at,
            "effective_at": recorded.effective_at,
            "result": result.value,
            "count": 1 if result is AuditResult.ACCEPTED else orjson.loads(recorded.data)["count"],
            "actor": UUID(metadata["actor"]),
            "session": session and UUID(session),
            "command": metadata["command"],
            "command_id": UUID(metadata["command_id"]),
            "correlation_id": metadata["correlation_id"],
            "causation_id": metadata.get("causation_id"),
            "address": _sealed(metadata.get("address")),
            "agent": _sealed(metadata.get("agent")),
            "reason": metadata.get("reason"),
            "project": recorded.project,
            "branch": recorded.branch,
            "stream": recorded.stream,
            "version": recorded.version,
            "type": recorded.type,
            "schema": recorded.schema,
            "data": recorded.data,
        },
    )


def _sealed(value: object) -> str | None:
    return None if value is None else canonical_json(value)


AUDIT = Projection("audit", 2, (AuditRow,), None, _needs, _apply)
