"""What somebody has to do, over all their projects."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from ...projections.assignments import ASSIGNMENTS
from ...projections.projects import PROJECTS
from ...projections.resources import RESOURCES
from ...projections.schedules import SCHEDULES
from ...projections.tasks import TASKS
from ...queries.everywhere import Everywhere
from ...queries.reading import Page
from ...queries.work import WorkState, WorkView, list_work, projects_of
from ..dependencies import After, Caller, Limit
from ..everywhere import Reader, everywhere
from ..problems import responses
from ..reading import TheAsked

router = APIRouter(tags=["users"])
Project = Annotated[UUID | None, Query(description="Of one project only")]
_READ = (PROJECTS, TASKS, RESOURCES, ASSIGNMENTS, SCHEDULES)


async def _everywhere(
    reader: Reader, asked: TheAsked, caller: Caller, project: Project = None
) -> AsyncIterator[Everywhere]:
    async with everywhere(asked, _READ, partial(projects_of, user=caller, project=project), reader) as read:
        yield read


@router.get("/users/me/work", responses=responses(401, 422, 503))
async def my_work(
    read: Annotated[Everywhere, Depends(_everywhere)],
    asked: TheAsked,
    caller: Caller,
    state: Annotated[
        WorkState,
        Query(
            description="Late: open, though the planned finish or the deadline has passed; with `as_of`, by that time, "
            "or the time at which that position was recorded"
        ),
    ] = WorkState.OPEN,
    project: Project = None,
    after: After = None,
    limit: Limit = 100,
) -> Page[WorkView]:
    """The tasks that the caller is assigned to, as one resource or several, by start.

    With `as_of`: was assigned to, in projects that they may read now.
    """
    return await list_work(
        read.plans,
        caller,
        now=await asked.clock(),
        everything=read.reader is None,
        state=state,
        project=project,
        after=after,
        limit=limit,
    )
