"""The links of a plan."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from ..projections.links import LinkRow
from ..scheduling import Lag, LagUnit, LinkType
from .reading import Instant, Page, ReadSession, View, cursor_of, key_of


class LinkView(View):
    id: UUID
    predecessor: UUID
    successor: UUID
    type: LinkType
    lag: Lag
    revision: int
    created_at: Instant
    updated_at: Instant


def link_view(row: Mapping[str, Any]) -> LinkView:
    """The link of a row, by the names of its columns."""
    return LinkView(
        id=row["id"],
        predecessor=row["predecessor"],
        successor=row["successor"],
        type=LinkType(row["type"]),
        lag=Lag(amount=row["lag_amount"], unit=LagUnit(row["lag_unit"])),
        revision=row["revision"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _view(row: Any) -> LinkView:
    return link_view(dict(row._mapping))  # noqa: SLF001 - the documented way to a row's names


async def list_links(
    read: ReadSession, project: UUID, *, task: UUID | None = None, after: str | None = None, limit: int = 100
) -> Page[LinkView]:
    """The links of the plan, or those that begin or end at one task, by id."""
    links = read[LinkRow]
    wanted = select(links).where(links.c.project == project, links.c.deleted.is_(False))
    if task is not None:
        wanted = wanted.where(or_(links.c.predecessor == task, links.c.successor == task))
    if after is not None:
        wanted = wanted.where(links.c.id > key_of(after, UUID)[0])
    rows = (await read.execute(wanted.order_by(links.c.id).limit(limit + 1))).all()
    more = cursor_of(str(rows[limit - 1].id)) if len(rows) > limit else None
    return Page(items=tuple(_view(row) for row in rows[:limit]), next=more)


async def get_link(read: ReadSession, project: UUID, link: UUID) -> LinkView | None:
    links = read[LinkRow]
    wanted = select(links).where(links.c.id == link, links.c.project == project, links.c.deleted.is_(False))
    row = (await read.execute(wanted)).one_or_none()
    return None if row is None else _view(row)
