"""Who is in a project, and on which of its tasks."""

from uuid import UUID

from sqlalchemy import select, tuple_

from ..projections.assignments import AssignmentRow, StaffRow
from ..scheduling import ResourceType
from .reading import Instant, Page, ReadSession, View, cursor_of, key_of, page
from .resource import Amount


class AssignmentView(View):
    """What a resource does on a task, `live` until it was unassigned. Work and delay in tenths of a minute.

    Of a material `units` says how much; it does no work.
    """

    task: UUID
    resource: UUID
    live: bool
    type: ResourceType
    units: Amount
    work: int
    delay: int
    actual_work: int
    remaining_work: int
    work_as_of: Instant | None
    external_id: str | None
    revision: int
    created_at: Instant
    updated_at: Instant


class StaffView(View):
    """A resource that is in the project; `planned` is the work foreseen, in tenths of a minute."""

    resource: UUID
    planned: int | None
    revision: int
    created_at: Instant
    updated_at: Instant


async def list_assignments(
    read: ReadSession,
    project: UUID,
    *,
    task: UUID | None = None,
    ended: bool = False,
    after: str | None = None,
    limit: int = 100,
) -> Page[AssignmentView]:
    """The assignments of the project, or of one task, by task and resource; `ended` adds those that were ended."""
    assignments = read[AssignmentRow]
    order = assignments.c.task, assignments.c.resource
    wanted = select(assignments).where(assignments.c.project == project).order_by(*order).limit(limit + 1)
    if task is not None:
        wanted = wanted.where(assignments.c.task == task)
    if not ended:
        wanted = wanted.where(assignments.c.live)
    if after is not None:
        wanted = wanted.where(tuple_(*order) > tuple_(*key_of(after, UUID, UUID)))
    rows = (await read.execute(wanted)).all()
    more = cursor_of(str(rows[limit - 1].task), str(rows[limit - 1].resource)) if len(rows) > limit else None
    return Page(items=tuple(AssignmentView.model_validate(row) for row in rows[:limit]), next=more)


async def get_assignment(read: ReadSession, project: UUID, task: UUID, resource: UUID) -> AssignmentView | None:
    """The assignment, also when it was ended."""
    assignments = read[AssignmentRow]
    key = (assignments.c.project == project, assignments.c.task == task, assignments.c.resource == resource)
    row = (await read.execute(select(assignments).where(*key))).one_or_none()
    return None if row is None else AssignmentView.model_validate(row)


async def list_staff(
    read: ReadSession, project: UUID, *, after: str | None = None, limit: int = 100
) -> Page[StaffView]:
    """The resources that are in the project, by id."""
    staff = read[StaffRow]
    wanted = select(staff).where(staff.c.project == project, staff.c.member)
    if after is not None:
        wanted = wanted.where(staff.c.resource > key_of(after, UUID)[0])
    rows = (await read.execute(wanted.order_by(staff.c.resource).limit(limit + 1))).all()
    return page(rows, limit, StaffView, "resource")


async def get_staff(read: ReadSession, project: UUID, resource: UUID) -> StaffView | None:
    """The resource in the project, if it is there now."""
    staff = read[StaffRow]
    wanted = select(staff).where(staff.c.project == project, staff.c.resource == resource, staff.c.member)
    row = (await read.execute(wanted)).one_or_none()
    return None if row is None else StaffView.model_validate(row)
