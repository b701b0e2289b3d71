"""What things are called, by kind and id: for lists of what happened to any of them."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from ..events.keyring import Keyring
from ..projections.calendars import CalendarRow
from ..projections.links import LinkRow
from ..projections.projects import ProjectRow
from ..projections.resources import ResourceRow
from ..projections.tasks import TaskRow
from .reading import ReadSession
from .user import names_of

Named = Mapping[tuple[str, UUID], str | None]
_NAMED: dict[str, Any] = {"task": TaskRow, "resource": ResourceRow, "calendar": CalendarRow, "project": ProjectRow}


async def names(
    read: ReadSession, keyring: Keyring, wanted: Iterable[tuple[str, UUID]], projects: Collection[UUID]
) -> Named:
    """The name of each, as it is now or was when it was deleted; None where there is none. One statement a kind.

    A link is called by the tasks that it is between; `projects` are those whose links may be asked for.
    """
    ids: dict[str, set[UUID]] = {}
    for kind, id_ in wanted:
        ids.setdefault(kind, set()).add(id_)
    found: dict[tuple[str, UUID], str | None] = {(kind, id_): None for kind, those in ids.items() for id_ in those}
    ends = await _ends(read, ids.get("link", set()), projects)
    ids.setdefault("task", set()).update(task for pair in ends.values() for task in pair)
    for kind, model in _NAMED.items():
        if those := ids.get(kind):
            rows = await read.execute(select(read[model].c.id, read[model].c.name).where(read[model].c.id.in_(those)))
            found |= {(kind, row.id): row.name for row in rows}
    for link, (predecessor, successor) in ends.items():
        found["link", link] = f"{found.get(('task', predecessor))} → {found.get(('task', successor))}"
    people = await names_of(read, keyring, list(ids.get("user", ())))
    return found | {("user", user): name for user, name in people.items()}


async def _ends(read: ReadSession, links: set[UUID], projects: Collection[UUID]) -> dict[UUID, tuple[UUID, UUID]]:
    if not links:
        return {}
    table = read[LinkRow]
    asked = table.c.project.in_(projects) & table.c.id.in_(links)
    rows = await read.execute(select(table.c.id, table.c.predecessor, table.c.successor).where(asked))
    return {row.id: (row.predecessor, row.successor) for row in rows}
