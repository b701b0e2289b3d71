"""What is noticed is counted by the minute, in memory that is bounded whatever comes.

Too many kinds of one actor, or of one address or account that nobody signed in with, are counted together; and so are
those of all when there are too many of all. A flood by nobody in particular leaves the room of those who are known.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ..events import ANONYMOUS, Sealed
from ..events.notice import AuthenticationFailed, DataExported, NoticeEvent, SensitiveDataRead
from .command import Context

MOST_TRIED = 60
"""Kinds of refusals, or of failed sign-ins, that are kept apart for one actor, address or account."""
MOST_READ = 1_000
"""Kinds of reads and exports of one actor: of each it should be known whose data they were."""
MOST_KNOWN = 10_000
"""Kinds of all actors who are known."""
MOST_ANONYMOUS = 1_000
"""Kinds of all others."""


class Kind(NamedTuple):
    """What is counted together: the same event, but for its count, by the same actor who came the same way."""

    event: NoticeEvent
    actor: UUID
    session: UUID | None = None
    address: str | None = None
    project: UUID | None = None


@dataclass(eq=False)
class Entry:
    """The present count of a kind. `context` is that of the first who was counted."""

    kind: Kind
    context: Context
    stands: bool = False
    """Whether the first of the minute is stored, so that this is the number of those that followed."""
    count: int = 0
    since: datetime | None = None
    sealed: Mapping[str, Sealed] | None = None
    """Where the first came from. None: not sealed yet."""
    together: bool = False
    """Whether these are kinds for which there was no room."""
    writing: asyncio.Event | None = field(default=None, repr=False)
    """There while the first is being stored; set afterwards, whatever came of it."""


class Tally:
    """The counts of the present minute."""

    def __init__(self) -> None:
        self._entries: dict[Kind, Entry] = {}
        self._kinds: Counter[Kind | bool] = Counter()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def counted(self) -> int:
        """How much there is that is not stored."""
        return sum(entry.count for entry in self._entries.values())

    def find(self, kind: Kind, context: Context) -> Entry:
        """The entry under which the kind is counted: its own while there is room."""
        if entry := self._entries.get(kind):
            return entry
        told = replace(context, actor=kind.actor, agent=None, causation_id=None, reason=None, effective_at=None)
        if (group := self._without_room(kind)) is None:
            self._kinds.update(_places(kind))
            return self._entries.setdefault(kind, Entry(kind, told))
        told = replace(told, actor=group.actor, session=None, address=group.address)
        return self._entries.setdefault(group, Entry(group, told, stands=True, together=True))

    def add(self, kind: Kind, context: Context) -> None:
        """One more."""
        entry = self.find(kind, context)
        entry.count += 1
        entry.since = entry.since or context.now

    def writing(self, kind: Kind) -> asyncio.Event | None:
        """There while the first of the kind is being stored."""
        entry = self._entries.get(kind)
        return entry.writing if entry else None

    def drop(self, entry: Entry) -> None:
        """Forgets an entry that counted nothing."""
        if not entry.count:
            del self._entries[entry.kind]
            self._kinds.subtract(_places(entry.kind))

    def unsealed(self) -> list[Entry]:
        """Those that counted something and cannot be taken yet."""
        return [entry for entry in self._entries.values() if entry.count and entry.sealed is None]

    def take(self) -> list[Entry]:
        """The minute is over: what it counted, and a fresh start. What is being stored is left for the next one."""
        over = [e for e in self._entries.values() if e.writing is None and (not e.count or e.sealed is not None)]
        for entry in over:
            del self._entries[entry.kind]
        left = [entry.kind for entry in self._entries.values() if not entry.together]
        self._kinds = Counter(place for kind in left for place in _places(kind))
        return [entry for entry in over if entry.count]

    def _without_room(self, kind: Kind) -> Kind | None:
        """Under what else it is to be counted; None while there is room for it."""
        *groups, anything = _less_exactly(kind)
        for group in groups:
            if self._kinds[group] >= _most(kind):
                return group
        most = MOST_ANONYMOUS if _anonymous(kind) else MOST_KNOWN
        return anything if self._kinds[_anonymous(kind)] >= most else None


def _places(kind: Kind) -> list[Kind | bool]:
    """Where it takes room."""
    *groups, _ = _less_exactly(kind)
    return [*groups, _anonymous(kind)]


def _anonymous(kind: Kind) -> bool:
    return kind.actor == ANONYMOUS


def _most(kind: Kind) -> int:
    return MOST_READ if isinstance(kind.event, SensitiveDataRead | DataExported) else MOST_TRIED


def _less_exactly(kind: Kind) -> list[Kind]:
    """Under what it may be counted when there is no room for it, the last time under nothing but its type."""
    several = type(kind.event)()
    if not _anonymous(kind):
        return [Kind(several, kind.actor), Kind(several, ANONYMOUS)]
    groups = []
    if kind.address is not None:
        groups.append(Kind(several, ANONYMOUS, address=kind.address))
    if isinstance(kind.event, AuthenticationFailed) and kind.event.account is not None:
        account = AuthenticationFailed(account=kind.event.account, user=kind.event.user)
        groups.append(Kind(account, ANONYMOUS))
    return [*groups, Kind(several, ANONYMOUS)]
