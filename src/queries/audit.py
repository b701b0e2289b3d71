"""The audit trail: who did what, when, where and with which result; filtered, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from pydantic import Field, field_validator
from sqlalchemy import ColumnElement, FromClause, and_, case, select, text

from ..events import EventLog
from ..events.keyring import Keyring
from ..projections.audit import NOTICED, AuditResult, AuditRow, entity_of
from .reading import Instant, Page, ReadSession, View, cursor_of, key_of, whole

SCAN = 10_000
"""Rows that a page looks at, at most, where no index knows all that is asked for."""
SEALED = 1_000
"""Those of them that are revealed, to compare addresses."""
_FIRST, _LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
"""Nothing was recorded before or will be after."""


class AuditView(View):
    """One event of the log. Of what was refused, failed or read, one can stand for many: `count` says for how many.

    `address` and `agent` are revealed while the actor's key exists; other personal fields stay sealed:
    {"key": …, "box": …}. `author` did it originally, elsewhere, where `actor` imported it.
    """

    position: int
    recorded_at: Instant
    effective_at: Instant
    result: AuditResult
    count: int
    actor: UUID
    author: UUID | None
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
    link: str = Field(description="The link of the hash chain, hexadecimal: with the position it is a checkpoint")

    @field_validator("data", mode="before")
    @classmethod
    def _parsed(cls, value: object) -> object:
        return orjson.loads(value) if isinstance(value, str) else value

    @field_validator("link", mode="before")
    @classmethod
    def _hexadecimal(cls, value: object) -> object:
        return value.hex() if isinstance(value, bytes) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """All that is given counts. `since` is the first recorded time, `until` the one that is too late."""

    project: UUID | None = None
    actor: UUID | None = None
    author: UUID | None = None
    session: UUID | None = None
    address: str | None = None
    command: str | None = None
    command_id: UUID | None = None
    correlation_id: str | None = None
    type: str | None = None
    stream: str | None = None
    entity: str | None = None
    result: AuditResult | None = None
    since: datetime | None = None
    until: datetime | None = None


EVERYTHING = AuditFilter()
_DRIVERS = (
    ("command_id",),
    ("correlation_id",),
    ("session",),
    ("entity",),
    ("author",),
    ("project", "noticed"),
    ("actor", "noticed"),
    ("noticed",),
    ("project",),
    ("actor",),
    ("type",),
    ("command",),
)
"""What there is an index for, in the order of the log; what finds the fewest rows comes first."""


async def list_audit(
    read: ReadSession,
    log: EventLog,
    keyring: Keyring,
    wanted: AuditFilter = EVERYTHING,
    *,
    after: str | None = None,
    limit: int = 100,
    oldest_first: bool = False,
) -> Page[AuditView]:
    """The entries that fit, newest first unless told otherwise.

    A page looks at a bounded number of rows, so where few of them fit it may hold fewer than `limit`, or none, and
    still have a `next`. In a session of the past it is what there was by then.
    """
    audit = read[AuditRow]
    driving, rest = _conditions(audit, wanted)
    within = [*driving, *await _times(log, audit, wanted)]
    if read.position is not None:
        within.append(audit.c.position <= read.position)
    if after is not None:
        cursor = key_of(after, whole(64))[0]
        within.append(audit.c.position > cursor if oldest_first else audit.c.position < cursor)
    order = audit.c.position.asc() if oldest_first else audit.c.position.desc()
    most = SEALED if wanted.address is not None else limit
    end: int | None = None
    if rest:
        behind = select(audit.c.position).where(*within).order_by(order).offset(SCAN).limit(1)
        if (first := await read.scalar(behind)) is not None:
            within.append(audit.c.position < first if oldest_first else audit.c.position > first)
            end = first - 1 if oldest_first else first + 1
        # In words that no index knows: by which one the rows are found is decided here, and so how many they are.
        within.append(case((and_(*rest), 1)) == 1)
    rows = (await read.execute(select(audit).where(*within).order_by(order).limit(most + 1))).all()
    if len(rows) > most:
        end = rows[most - 1].position
    items = await _revealed(keyring, rows[:most])
    if wanted.address is not None:
        items = [item for item in items if item.address == wanted.address]
    if len(items) > limit:
        items = items[:limit]
        end = items[-1].position
    return Page(items=tuple(items), next=None if end is None else cursor_of(end))


def _conditions(audit: FromClause, wanted: AuditFilter) -> tuple[list[ColumnElement[bool]], list[ColumnElement[bool]]]:
    """What an index finds, and what is looked at in each row that it finds."""
    given: dict[str, ColumnElement[bool]] = {
        name: audit.c[name] == value
        for name in ("project", "actor", "author", "session", "command", "command_id", "correlation_id", "type")
        if (value := getattr(wanted, name)) is not None
    }
    if wanted.stream is not None:
        given["entity"] = audit.c.entity == entity_of(wanted.stream)
        given["stream"] = audit.c.stream == wanted.stream
        if wanted.entity is not None:
            given["also"] = audit.c.entity == wanted.entity
    elif wanted.entity is not None:
        given["entity"] = audit.c.entity == wanted.entity
    if wanted.result is not None:
        same = audit.c.result == wanted.result.value
        # In these words, so that the databases know the index.
        given |= {"result": same} if wanted.result is AuditResult.ACCEPTED else {"noticed": and_(same, text(NOTICED))}
    if wanted.address is not None:
        given["address"] = audit.c.address.is_not(None)
    driver = next((names for names in _DRIVERS if given.keys() >= set(names)), ())
    return [given.pop(name) for name in driver], list(given.values())


async def _times(log: EventLog, audit: FromClause, wanted: AuditFilter) -> list[ColumnElement[bool]]:
    """Times as positions, in the order of which they never run backwards."""
    found = []
    if wanted.since is not None:
        found.append(audit.c.position > await log.position_at(_just_before(wanted.since)))
    if wanted.until is not None:
        found.append(audit.c.position <= await log.position_at(_just_before(wanted.until)))
    return found


def _just_before(moment: datetime) -> datetime:
    return min(max(moment, _FIRST), _LAST) - timedelta(microseconds=1)


async def _revealed(keyring: Keyring, rows: Sequence[Any]) -> list[AuditView]:
    """Where actors were, as far as it is known."""
    revealed = iter(await keyring.read([(name, value) for row in rows for name, value in _sealed(row)]))
    return [
        AuditView.model_validate(row).model_copy(update={name: next(revealed) for name, _ in _sealed(row)})
        for row in rows
    ]


def _sealed(row: Any) -> list[tuple[str, str]]:
    return [(name, value) for name in ("address", "agent") if (value := getattr(row, name)) is not None]
