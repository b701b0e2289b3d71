"""Who did what, when, from where, why and with which result."""

from typing import Any
from uuid import UUID

import orjson
from pydantic import field_validator
from sqlalchemy import select, text

from ..events.keyring import Keyring
from ..projections.audit import NOTICED, AuditResult, AuditRow
from .reading import Instant, Page, ReadSession, View, cursor_of, key_of, whole


class AuditView(View):
    """One event of the log. Of what was refused, failed or read, one can stand for many: `count` says for how many.

    `address` and `agent` are revealed while the actor's key exists; other personal fields stay sealed:
    {"key": …, "box": …}.
    """

    position: int
    recorded_at: Instant
    effective_at: Instant
    result: AuditResult
    count: int
    actor: UUID
    session: UUID | None
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
    keyring: Keyring,
    *,
    project: UUID | None = None,
    actor: UUID | None = None,
    result: AuditResult | None = None,
    after: str | None = None,
    limit: int = 100,
) -> Page[AuditView]:
    """The entries of a project, of an actor or of all, with any result or with one, newest first."""
    audit = read[AuditRow]
    wanted = select(audit)
    if project is not None:
        wanted = wanted.where(audit.c.project == project)
    if actor is not None:
        wanted = wanted.where(audit.c.actor == actor)
    if result is not None:
        wanted = wanted.where(audit.c.result == result.value)
    if result not in (None, AuditResult.ACCEPTED):
        wanted = wanted.where(text(NOTICED))  # in these words, so that the databases know the index
    if after is not None:
        wanted = wanted.where(audit.c.position < key_of(after, whole(64))[0])
    rows = (await read.execute(wanted.order_by(audit.c.position.desc()).limit(limit + 1))).all()
    more = cursor_of(rows[limit - 1].position) if len(rows) > limit else None
    shown = rows[:limit]
    places = await keyring.read([(name, value) for row in shown for name, value in _sealed(row)])
    revealed = iter(places)
    items = tuple(
        AuditView.model_validate(row).model_copy(update={name: next(revealed) for name, _ in _sealed(row)})
        for row in shown
    )
    return Page(items=items, next=more)


def _sealed(row: Any) -> list[tuple[str, str]]:
    """Where the actor was, as far as it is known."""
    return [(name, value) for name in ("address", "agent") if (value := getattr(row, name)) is not None]
