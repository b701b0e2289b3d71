"""Who did what, when, from where and why."""

from typing import Any
from uuid import UUID

import orjson
from pydantic import field_validator
from sqlalchemy import select

from ..projections.audit import AuditRow
from .reading import Instant, Page, ReadSession, View, cursor_of, key_of, whole


class AuditView(View):
    """One event of the log. Personal fields stay sealed: {"key": …, "box": …}."""

    position: int
    recorded_at: Instant
    effective_at: Instant
    actor: UUID
    command: str
    command_id: UUID
    correlation_id: str
    causation_id: str | None
    address: str | None
    agent: str | None
    reason: str | None
    project: UUID | None
    branch: str
    stream: str
    version: int
    type: str
    data: dict[str, Any]

    @field_validator("data", mode="before")
    @classmethod
    def _parsed(cls, value: object) -> object:
        return orjson.loads(value) if isinstance(value, str) else value


async def list_audit(
    read: ReadSession,
    *,
    project: UUID | None = None,
    actor: UUID | None = None,
    after: str | None = None,
    limit: int = 100,
) -> Page[AuditView]:
    """The entries of a project, or of all, newest first."""
    wanted = select(AuditRow.__table__)
    if project is not None:
        wanted = wanted.where(AuditRow.project == project)
    if actor is not None:
        wanted = wanted.where(AuditRow.actor == actor)
    if after is not None:
        wanted = wanted.where(AuditRow.position < key_of(after, whole(64))[0])
    rows = (await read.execute(wanted.order_by(AuditRow.position.desc()).limit(limit + 1))).all()
    more = cursor_of(rows[limit - 1].position) if len(rows) > limit else None
    return Page(items=tuple(AuditView.model_validate(row) for row in rows[:limit]), next=more)
