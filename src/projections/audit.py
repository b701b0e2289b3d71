"""The audit trail: who did what, when, from where and why. One row an event; personal fields stay sealed."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import orjson
from sqlalchemy import BigInteger, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from ..events import RecordedEvent
from ..events.codec import canonical_json
from .projection import Projection
from .read_model import ReadModel
from .rows import Need, Rows


class AuditRow(ReadModel):
    """`data` is the canonical text of the log, byte for byte; `address` and `agent` are sealed."""

    append_only = True
    __tablename__ = "audit"
    __table_args__ = (Index(None, "project", "position"), Index(None, "actor", "position"))

    position: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False
    )
    recorded_at: Mapped[datetime]
    effective_at: Mapped[datetime]
    actor: Mapped[UUID]
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
    rows.put(
        AuditRow,
        {
            "position": recorded.position,
            "recorded_at": recorded.recorded_at,
            "effective_at": recorded.effective_at,
            "actor": UUID(metadata["actor"]),
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


AUDIT = Projection("audit", 1, (AuditRow,), None, _needs, _apply)
