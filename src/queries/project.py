"""Which projects there are for somebody, and who their members are."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from ..events.keyring import Keyring
from ..events.project import ProjectRole
from ..projections.projects import MemberRow, ProjectRow
from ..projections.tasks import TaskRow
from .reading import Instant, Page, ReadSession, View, WallClock, key_of, page
from .user import ERASED, names_of


class ProjectView(View):
    """A project as somebody sees it; `start`, `must_finish` and `status_date` are wall-clock times of `time_zone`.

    `calendar` None: five days of eight hours.

    `role` is the reader's own in it; None for who reads all projects by a role of the system.
    """

    id: UUID
    name: str
    owner: UUID
    role: ProjectRole | None
    time_zone: str
    start: WallClock | None
    must_finish: WallClock | None
    calendar: UUID | None
    status_date: WallClock | None
    currency: str | None
    external_id: str | None
    archived: bool
    tasks: int
    revision: int
    created_at: Instant
    updated_at: Instant


class MemberView(View):
    user: UUID
    name: str
    role: ProjectRole
    created_at: Instant


def _shown(read: ReadSession, user: UUID, *, everything: bool) -> Select[Any]:
    """Projects with the role of the user, and how many tasks there are: the user's own, or all.

    Also of the past: whoever is a member now may read it.
    """
    projects, members, tasks = read[ProjectRow], read.now[MemberRow], read[TaskRow]
    there = tasks.c.sequence.is_not(None) if read.position is None else tasks.c.placed
    count = select(func.count()).where(tasks.c.project == projects.c.id, there)
    mine = (members.c.project == projects.c.id) & (members.c.user == user)
    return select(projects, members.c.role, count.scalar_subquery().label("tasks")).join(
        members, mine, isouter=everything
    )


async def list_projects(
    read: ReadSession,
    user: UUID,
    *,
    after: str | None = None,
    limit: int = 100,
    archived: bool = False,
    everything: bool = False,
) -> Page[ProjectView]:
    """The projects that the user is a member of, oldest first; or all there are."""
    projects, members = read[ProjectRow], read.now[MemberRow]
    order = projects.c.id if everything else members.c.project  # each has an index in this order
    wanted = _shown(read, user, everything=everything).order_by(order).limit(limit + 1)
    if not archived:
        wanted = wanted.where(projects.c.archived.is_(False))
    if after is not None:
        wanted = wanted.where(order > key_of(after, UUID)[0])
    return page((await read.execute(wanted)).all(), limit, ProjectView, "id")


async def get_project(read: ReadSession, project: UUID, user: UUID, *, everything: bool = False) -> ProjectView | None:
    """The project, with the role of this user in it, if the user is a member, or in any case."""
    wanted = _shown(read, user, everything=everything).where(read[ProjectRow].c.id == project)
    row = (await read.execute(wanted)).one_or_none()
    return None if row is None else ProjectView.model_validate(row)


async def list_members(
    read: ReadSession, keyring: Keyring, project: UUID, *, after: str | None = None, limit: int = 100
) -> Page[MemberView]:
    members = read[MemberRow]
    wanted = select(members).where(members.c.project == project).order_by(members.c.user).limit(limit + 1)
    if after is not None:
        wanted = wanted.where(members.c.user > key_of(after, UUID)[0])
    rows = (await read.execute(wanted)).all()
    names = await names_of(read, keyring, [row.user for row in rows])
    cut = page(rows, limit, _Member, "user")
    items = (MemberView(name=names.get(m.user, ERASED), **m.model_dump()) for m in cut.items)
    return Page(items=tuple(items), next=cut.next)


class _Member(View):
    user: UUID
    role: ProjectRole
    created_at: Instant
