"""What happened in a project, newest first, in words that a person understands."""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

import orjson
from pydantic import Field
from sqlalchemy import select, union_all

from ..events import SYSTEM
from ..events.keyring import Keyring
from ..projections.activity import AboutRow, ActivityRow
from ..projections.projects import MemberRow
from .names import Named, names
from .reading import Instant, Page, ReadSession, View, cursor_of, key_of, whole

_AT_ONCE = 100
"""Of so many projects one statement takes the newest: SQLite takes 500."""
THE_SERVICE = "(the service)"


class EntityView(View):
    """What something happened to. `name` is what it is called now, or was called last; None: nobody knows any more."""

    kind: str
    id: UUID
    name: str | None


class ChangeView(View):
    """One event. `values` holds what it has set, by field; long texts are cut."""

    position: int
    type: str
    what: str = Field(description="The type of the event, in words")
    about: EntityView
    values: dict[str, Any]


class ActivityView(View):
    """What somebody did by one command, newest change first. `position` is that of the newest.

    `actor` gave the command; `author` is who did it originally, elsewhere, where the actor imported it.
    """

    position: int
    project: UUID
    recorded_at: Instant
    effective_at: Instant
    actor: UUID
    actor_name: str
    author: UUID | None
    author_name: str | None
    command: str
    command_id: UUID
    reason: str | None
    changes: tuple[ChangeView, ...]


async def list_activity(
    read: ReadSession,
    keyring: Keyring,
    project: UUID,
    *,
    by: UUID | None = None,
    about: UUID | None = None,
    kind: str | None = None,
    after: str | None = None,
    limit: int = 100,
) -> Page[ActivityView]:
    """What happened in the project; by one person, about one entity, or to one kind of them.

    A page holds at most `limit` changes, and none of those it holds half of, unless one command did more than that.
    Events are never changed, so nothing is missed or shown twice whatever happens meanwhile. In a session of the past
    it is what had happened by then, with the names of today.
    """
    activity, of = read[ActivityRow], read[AboutRow]
    wanted = select(activity).where(activity.c.project == project)
    order: Any = activity.c.position
    if about is not None:
        order = of.c.position
        there = (of.c.project == project) & (of.c.entity == about)
        wanted = wanted.join(of, of.c.position == activity.c.position).where(there)
    if by is not None:
        wanted = wanted.where((activity if about is None else of).c.by == by)
    if kind is not None:
        wanted = wanted.where(activity.c.kind == kind)
    if after is not None:
        wanted = wanted.where(order < key_of(after, whole(64))[0])
    if read.position is not None:
        wanted = wanted.where(order <= read.position)
    rows = (await read.execute(wanted.order_by(order.desc()).limit(limit + 1))).all()
    return await _page(read, keyring, rows, limit)


async def list_my_activity(
    read: ReadSession, keyring: Keyring, user: UUID, *, after: str | None = None, limit: int = 100
) -> Page[ActivityView]:
    """The same in all projects that the user is a member of.

    The newest positions of each are put in order first; only those that are shown are read whole.
    """
    activity, members = read[ActivityRow], read.now[MemberRow]
    ends = [] if read.position is None else [read.position + 1]
    ends += [] if after is None else key_of(after, whole(64))
    before = min(ends, default=None)
    mine = (await read.execute(select(members.c.project).where(members.c.user == user))).scalars().all()
    newest: list[int] = []
    for start in range(0, len(mine), _AT_ONCE):
        each = (_newest(activity, project, before, limit + 1) for project in mine[start : start + _AT_ONCE])
        newest += (await read.execute(union_all(*each))).scalars().all()
        newest = sorted(newest, reverse=True)[: limit + 1]
    rows = (await read.execute(select(activity).where(activity.c.position.in_(newest)))).all() if newest else []
    return await _page(read, keyring, sorted(rows, key=lambda row: -row.position), limit)


def _newest(activity: Any, project: UUID, before: int | None, count: int) -> Any:
    wanted = select(activity.c.position).where(activity.c.project == project)
    if before is not None:
        wanted = wanted.where(activity.c.position < before)
    cut = wanted.order_by(activity.c.position.desc()).limit(count).subquery()
    return select(cut.c.position)


async def _page(read: ReadSession, keyring: Keyring, rows: Sequence[Any], limit: int) -> Page[ActivityView]:
    """What was done by one command stays together, where the page has room for it."""
    shown = rows[:limit]
    if len(rows) > limit and _command(rows[limit]) == _command(shown[-1]):
        whole_ = [row for row in shown if _command(row) != _command(rows[limit])]
        shown = whole_ or shown
    people = {user for row in shown for user in (row.actor, row.author) if user is not None}
    wanted = {(row.kind, row.entity) for row in shown} | {("user", user) for user in people}
    called = await names(read.now, keyring, wanted, {row.project for row in shown})
    items = tuple(_item(list(group), called) for _, group in groupby(shown, _command))
    return Page(items=items, next=cursor_of(shown[-1].position) if len(shown) < len(rows) else None)


def _command(row: Any) -> tuple[UUID, UUID, str]:
    return row.project, row.command_id, row.command


def _item(rows: Sequence[Any], called: Named) -> ActivityView:
    first = rows[0]
    return ActivityView(
        **{name: getattr(first, name) for name in ("position", "project", "recorded_at", "effective_at")},
        actor=first.actor,
        actor_name=THE_SERVICE if first.actor == SYSTEM else called["user", first.actor] or "",
        author=first.author,
        author_name=first.author and called["user", first.author],
        command=first.command,
        command_id=first.command_id,
        reason=first.reason,
        changes=tuple(_changes(rows, called)),
    )


def _changes(rows: Iterable[Any], called: Named) -> Iterable[ChangeView]:
    for row in rows:
        yield ChangeView(
            position=row.position,
            type=row.type,
            what=_words(row.type),
            about=EntityView(kind=row.kind, id=row.entity, name=called[row.kind, row.entity]),
            values=orjson.loads(row.data),
        )


def _words(type_: str) -> str:
    """`TaskDeadlineSet` as a sentence has it."""
    return re.sub("(?<!^)([A-Z])", lambda match: f" {match[1].lower()}", type_)
