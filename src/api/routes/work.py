"""What somebody has to do, over all their projects."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from ...commands.authorise import Rights
from ...commands.permissions import Permission
from ...projections.assignments import ASSIGNMENTS
from ...projections.projects import PROJECTS
from ...projections.resources import RESOURCES
from ...projections.schedules import SCHEDULES
from ...projections.tasks import TASKS
from ...queries.reading import Page, ReadSession
from ...queries.work import WorkState, WorkView, list_work
from ..dependencies import After, Allowed, Asking, Limit
from ..problems import responses
from ..reading import Reading

router = APIRouter(tags=["users"])
Read = Annotated[ReadSession, Depends(Reading(PROJECTS, TASKS, RESOURCES, ASSIGNMENTS, SCHEDULES))]
Known = Annotated[Rights, Depends(Allowed(None, scope=Permission.READ_PROJECT))]


@router.get("/users/me/work", responses=responses(401, 422, 503))
async def my_work(
    rights: Known,
    read: Read,
    asking: Asking,
    state: Annotated[
        WorkState, Query(description="Late: open, though the planned finish or the deadline has passed")
    ] = WorkState.OPEN,
    project: Annotated[UUID | None, Query(description="Of one project only")] = None,
    after: After = None,
    limit: Limit = 100,
) -> Page[WorkView]:
    """The tasks that the caller is assigned to, as one resource or several, by start."""
    return await list_work(
        read,
        asking.actor,
        now=asking.now,
        everything=Permission.READ_PROJECT in rights.granted,
        state=state,
        project=project,
        after=after,
        limit=limit,
    )
