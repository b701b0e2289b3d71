"""All that is held of a person, for that person: read by indexes, page by page, so that it may be long."""

from collections.abc import AsyncIterator, Iterable
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from ..events import EventLog, stream_name
from ..events.catalogue import BY_TYPE
from ..events.keyring import Keyring
from ..projections.audit import AuditRow
from ..projections.projects import MemberRow, ProjectRow
from ..projections.users import UserRow
from .reading import ReadSession, reading
from .user import revealed

PAGE = 500
ABOUT = ("user", "access", "connections")
"""The kinds of streams that tell about one user, whose id is in their names."""

_TOLD = (
    *("position", "recorded_at", "effective_at", "type", "stream", "version", "project"),
    *("actor", "command", "command_id", "correlation_id", "causation_id", "reason", "address", "agent"),
)
_WHERE = ("address", "agent")

Fact = dict[str, Any]


async def export_user(log: EventLog, readers: AsyncEngine, keyring: Keyring, user: UUID) -> AsyncIterator[bytes]:
    """A JSON object a line: the profile, memberships, events about the user, and events that the user caused.

    What was sealed for this person is in plain text; what is sealed for others is left out. Nothing comes of a user
    who does not exist or was deleted. No read session lasts longer than a page.
    """
    async with reading(readers) as read:
        profile = await _profile(read, keyring, user)
    if profile is None:
        return
    yield _lines([profile])
    async for page in _memberships(readers, user):
        yield _lines(page)
    for kind in ABOUT:
        version, stream = 0, stream_name(kind, user)
        while recorded := await log.read_stream(stream, version, PAGE):
            facts = [{**vars(each), **orjson.loads(each.metadata)} for each in recorded]
            yield _lines(await _events(keyring, user, facts))
            version = recorded[-1].version
    async for rows in _caused(readers, user):
        yield _lines(await _events(keyring, user, rows))


async def is_held(read: ReadSession, user: UUID) -> bool:
    """Whether there is anything of this person to export."""
    users = read[UserRow]
    return await read.scalar(select(users.c.id).where(users.c.id == user, ~users.c.deleted)) is not None


async def _profile(read: ReadSession, keyring: Keyring, user: UUID) -> Fact | None:
    users = read[UserRow]
    row = (await read.execute(select(users).where(users.c.id == user, ~users.c.deleted))).one_or_none()
    if row is None:
        return None
    personal = ("username", "email", "name")
    plain = dict(zip(personal, await revealed(keyring, row, *personal), strict=True))
    held = {name: getattr(row, name) for name in ("id", "roles", "active", "created_at", "updated_at")}
    return {"kind": "profile", **held, **plain}


async def _memberships(readers: AsyncEngine, user: UUID) -> AsyncIterator[list[Fact]]:
    last = UUID(int=0)
    while True:
        async with reading(readers) as read:
            members, projects = read[MemberRow], read[ProjectRow]
            wanted = (
                select(members, projects.c.name, projects.c.owner)
                .join(projects, projects.c.id == members.c.project)
                .where(members.c.user == user, members.c.project > last)
                .order_by(members.c.project)
                .limit(PAGE)
            )
            rows = (await read.execute(wanted)).all()
        if not rows:
            return
        yield [
            {
                "kind": "membership",
                "project": row.project,
                "name": row.name,
                "role": row.role,
                "owner": row.owner == user,
                "created_at": row.created_at,
            }
            for row in rows
        ]
        last = rows[-1].project


async def _caused(readers: AsyncEngine, user: UUID) -> AsyncIterator[list[Fact]]:
    """The events of the user's commands, but for those that the user's own streams have told."""
    told, last = [stream_name(kind, user) for kind in ABOUT], 0
    while True:
        async with reading(readers) as read:
            audit = read[AuditRow]
            wanted = select(audit).where(audit.c.actor == user, audit.c.position > last)
            rows = (await read.execute(wanted.order_by(audit.c.position).limit(PAGE))).all()
        if not rows:
            return
        last = rows[-1].position
        yield [_as_recorded(row) for row in rows if row.stream not in told]


def _as_recorded(row: Any) -> Fact:
    """The entry of the audit trail as the log has it."""
    fact = {name: getattr(row, name) for name in (*_TOLD, "data")}
    return fact | {name: orjson.loads(fact[name]) for name in _WHERE if fact[name] is not None}


async def _events(keyring: Keyring, user: UUID, facts: Iterable[Fact]) -> list[Fact]:
    """The events as they are told, with what is sealed for the user in plain text."""
    told: list[Fact] = []
    boxes: list[tuple[Fact, str, str]] = []
    for fact in facts:
        data = orjson.loads(fact["data"])
        event = {"kind": "event", **{name: fact.get(name) for name in _TOLD}, "data": data}
        for place, names in ((data, BY_TYPE[fact["type"]].personal), (event, _WHERE)):
            for name in names:
                sealed = place.pop(name, None)
                if sealed is not None and sealed["key"] == str(user):
                    boxes.append((place, name, orjson.dumps(sealed).decode()))
        told.append(event)
    plain = await keyring.read((name, text) for _, name, text in boxes)
    for (place, name, _), text in zip(boxes, plain, strict=True):
        place[name] = text
    return told


def _lines(facts: Iterable[Fact]) -> bytes:
    return b"".join(orjson.dumps(fact, str, orjson.OPT_UTC_Z) + b"\n" for fact in facts)
