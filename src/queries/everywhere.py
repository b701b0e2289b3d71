"""What is asked about several projects: which they are, and where they are told of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from ..projections.moments import MomentRow
from ..projections.projects import MemberRow, ProjectRow
from .moment import When
from .reading import ReadSession


@dataclass(frozen=True)
class Everywhere:
    """Sessions for what is asked about all projects: in the present they are one.

    `plans` tells what is planned in them, `shared` what belongs to none of them; `now` is of the present, as are the
    rights to see a project. Of what is in `plans`, the `reader` is told where they are a member; None: all of it.
    """

    plans: ReadSession
    shared: ReadSession
    now: ReadSession
    reader: UUID | None = None


def every_project(read: ReadSession, _until: int) -> Select[Any]:
    """All that there are."""
    return select(read[ProjectRow].c.id)


async def begun(
    read: ReadSession, projects: Select[Any], reader: UUID | None, as_of: When | None, until: int, most: int
) -> Sequence[UUID]:
    """Those of the projects that had begun then, by what is known up to a position, and that the reader is in now.

    No more than `most`. Reader None: whoever is in them.
    """
    there, members, moments = read[ProjectRow], read[MemberRow], read[MomentRow]
    first = select(moments.c.project).where(moments.c.project == there.c.id, moments.c.position <= until)
    if isinstance(as_of, datetime):
        first = first.where(moments.c.latest <= as_of)  # that of the first is when it counts from, and none is less
    wanted = select(there.c.id).where(there.c.id.in_(projects), first.exists()).limit(most)
    if reader is not None:
        wanted = wanted.where(there.c.id.in_(select(members.c.project).where(members.c.user == reader)))
    return (await read.execute(wanted)).scalars().all()
