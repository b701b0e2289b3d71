"""What became of a thing: its changes field by field, newest first, with who made them, when, by which command and why.

They are told from the versions of rows: each is compared with the one before it of the same row. One statement finds
the next versions of a kind with those before them, one the events behind them, one the names.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson
from pydantic import Field, JsonValue

from ..events import SYSTEM, EventLog
from ..events.keyring import Keyring
from .kinds import MEMBER, Kind, Thing
from .reading import Instant, Page, ReadSession, View
from .row_versions import Version, cursor_after, is_known, key_in, next_versions
from .subjects import Subject
from .user import ERASED, names_of

THE_SERVICE = "(the service)"
PORTION, _MOST_IN_VAIN = 50, 1_000
"""Versions are read so many at a time, as they can be long; of those that change nothing so many are passed over."""
MOST_TEXT = 8_000_000
"""With so many bytes a page is full, however few changes it has."""


class What(StrEnum):
    """What became of it."""

    ADDED = "added"
    CHANGED = "changed"
    DELETED = "deleted"
    RESTORED = "restored"


class FieldChange(View):
    """A field by its name in the answers about the thing; null: it had no value."""

    field: str
    old: JsonValue
    new: JsonValue


class ChangeView(View):
    """What one event did to one thing. `author` did it originally, elsewhere, where `actor` imported it.

    Of what was added or restored all fields have a new value, of what was deleted all an old one.
    """

    position: int
    recorded_at: Instant
    effective_at: Instant
    actor: UUID
    actor_name: str = Field(description="As it is known today")
    author: UUID | None
    author_name: str | None
    command: str
    event: str
    reason: str | None
    kind: Thing
    id: str = Field(
        description="Of the thing: of a member the user, of an assignment the resource, of a holiday the date"
    )
    name: str | None = Field(description="Of a member")
    what: What
    fields: tuple[FieldChange, ...]


@dataclass
class _Change:
    """Of the version only what is told of it, as rows are long; `user` is that of a member."""

    key: tuple[Any, ...]
    kind: Kind
    id: str
    user: UUID | None
    what: What
    fields: list[tuple[str, Any, Any]]

    @property
    def position(self) -> int:
        """Of the event."""
        return self.key[0]  # type: ignore[no-any-return] # a key begins with it


async def history(
    read: ReadSession,
    log: EventLog,
    keyring: Keyring,
    subject: Subject,
    *,
    after: str | None = None,
    limit: int = 100,
) -> Page[ChangeView] | None:
    """A page of the changes of the subject; None when there never was such a thing.

    In a session of the past it is what had become of it by then, with the names of today.
    """
    parts = subject.parts
    last = None if after is None else key_in(after, parts)
    if not await is_known(read, subject.known):
        return None
    found: list[_Change] = []
    seen = size = 0
    more = True
    while more and len(found) <= limit and seen <= limit + _MOST_IN_VAIN and size < MOST_TEXT:
        versions = await next_versions(read, parts, last, PORTION)
        more = len(versions) == PORTION
        seen += len(versions)
        for version in versions:
            if len(found) > limit or size >= MOST_TEXT:
                more = True
                break
            last = version.key
            if change := _change(version):
                found.append(change)
                size += len(orjson.dumps(change.fields, default=str))
    if len(found) > limit:
        last, more = found[limit - 1].key, True
    items = await _told(read, log, keyring, found[:limit])
    return Page(items=tuple(items), next=cursor_after(last) if more and last is not None else None)


def _change(version: Version) -> _Change | None:
    """What the version is to people; None when they see nothing of it."""
    kind, now, old = version.part.kind, version.now, version.old
    is_, was = kind.there(now), old is not None and kind.there(old)
    if not is_ and not was:
        return None
    after = kind.shown(now) if is_ else {}
    before = kind.shown(old) if was and old is not None else {}
    names = dict.fromkeys((*before, *after))
    changed = [(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)]
    if is_ and was and not changed:
        return None
    what = What.CHANGED if was else What.ADDED
    if not is_:
        what = What.DELETED
    elif not was and old is not None and kind.before(old):
        what = What.RESTORED
    return _Change(version.key, kind, str(now[kind.id]), now["user"] if kind is MEMBER else None, what, changed)


async def _told(read: ReadSession, log: EventLog, keyring: Keyring, changes: Sequence[_Change]) -> Iterable[ChangeView]:
    """The changes with who made them and why, and with the names of people."""
    if not changes:
        return ()
    positions = sorted({change.position for change in changes})
    events = {event.position: event for event in await log.read_positions(positions)}
    said = {position: orjson.loads(event.metadata) for position, event in events.items()}
    people = {UUID(each[role]) for each in said.values() for role in ("actor", "author") if role in each}
    people |= {change.user for change in changes if change.user is not None}
    names = {**await names_of(read.now, keyring, sorted(people)), SYSTEM: THE_SERVICE}
    sealed = [each for change in changes for each in _sealed(change)]
    plain = iter(await keyring.read(sealed) if sealed else ())
    return [_view(change, events[change.position], said, names, plain) for change in changes]


def _sealed(change: _Change) -> Iterator[tuple[str, str]]:
    for name, *values in change.fields:
        if name in change.kind.personal:
            yield from ((name, value) for value in values if value is not None)


def _view(
    change: _Change, event: Any, said: Mapping[int, Any], names: Mapping[UUID, str], plain: Iterator[str | None]
) -> ChangeView:
    kind, metadata = change.kind, said[event.position]

    def shown(name: str, value: Any) -> Any:
        return (next(plain) or ERASED) if name in kind.personal and value is not None else value

    author = metadata.get("author")
    return ChangeView(
        position=event.position,
        recorded_at=event.recorded_at,
        effective_at=event.effective_at,
        actor=UUID(metadata["actor"]),
        actor_name=names[UUID(metadata["actor"])],
        author=author and UUID(author),
        author_name=author and names[UUID(author)],
        command=metadata["command"],
        event=event.type,
        reason=metadata.get("reason"),
        kind=kind.thing,
        id=change.id,
        name=None if change.user is None else names[change.user],
        what=change.what,
        fields=tuple(
            FieldChange(field=name, old=shown(name, old), new=shown(name, new)) for name, old, new in change.fields
        ),
    )
