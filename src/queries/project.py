"""Which projects there are for somebody, and who their members are."""

from uuid import UUID

from sqlalchemy import func, select

from ..events.keyring import Keyring
from ..events.project import ProjectRole
from ..projections.projects import MemberRow, ProjectRow
from ..projections.tasks import TaskRow
from .reading import Instant, Page, ReadSession, View, WallClock, key_of, page
from .user import ERASED, names_of


class ProjectView(View):
    """A project as a member sees it; `start` and `must_finish` are wall-clock times of `time_zone`."""

    id: UUID
    name: str
    owner: UUID
    role: ProjectRole
    time_zone: str
    start: WallClock | None
    must_finish: WallClock | None
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


_TASKS = (
    select(func.count())
    .where(TaskRow.project == ProjectRow.id, TaskRow.sequence.is_not(None))
    .scalar_subquery()
    .label("tasks")
)


async def role_in(read: ReadSession, project: UUID, user: UUID) -> ProjectRole | None:
    """The user's role in a project; None for outsiders, and when there is no such project."""
    role = await read.scalar(select(MemberRow.role).where(MemberRow.project == project, MemberRow.user == user))
    return None if role is None else ProjectRole(role)


async def list_projects(
    read: ReadSession, user: UUID, *, after: str | None = None, limit: int = 100, archived: bool = False
) -> Page[ProjectView]:
    """The projects that the user is a member of, oldest first."""
    wanted = (
        select(ProjectRow.__table__, MemberRow.role, _TASKS)
        .join(MemberRow, MemberRow.project == ProjectRow.id)
        .where(MemberRow.user == user)
        .order_by(MemberRow.project)  # the index of the members has them in this order
        .limit(limit + 1)
    )
    if not archived:
        wanted = wanted.where(ProjectRow.archived.is_(False))
    if after is not None:
        wanted = wanted.where(MemberRow.project > key_of(after, UUID)[0])
    return page((await read.execute(wanted)).all(), limit, ProjectView, "id")


async def get_project(read: ReadSession, project: UUID, user: UUID) -> ProjectView | None:
    """The project as this member sees it; None for outsiders."""
    wanted = (
        select(ProjectRow.__table__, MemberRow.role, _TASKS)
        .join(MemberRow, MemberRow.project == ProjectRow.id)
        .where(ProjectRow.id == project, MemberRow.user == user)
    )
    row = (await read.execute(wanted)).one_or_none()
    return None if row is None else ProjectView.model_validate(row)


async def list_members(
    read: ReadSession, keyring: Keyring, project: UUID, *, after: str | None = None, limit: int = 100
) -> Page[MemberView]:
    wanted = select(MemberRow.__table__).where(MemberRow.project == project).order_by(MemberRow.user).limit(limit + 1)
    if after is not None:
        wanted = wanted.where(MemberRow.user > key_of(after, UUID)[0])
    rows = (await read.execute(wanted)).all()
    names = await names_of(read, keyring, [row.user for row in rows])
    cut = page(rows, limit, _Member, "user")
    items = (MemberView(name=names.get(m.user, ERASED), **m.model_dump()) for m in cut.items)
    return Page(items=tuple(items), next=cut.next)


class _Member(View):
    user: UUID
    role: ProjectRole
    created_at: Instant
