"""The schedule of a project: computed beside, soon after each change of the plan."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from ...projections.planned import INPUTS
from ...projections.schedules import SCHEDULES
from ...queries.critical_path import CriticalPathView, get_critical_path
from ...queries.reading import ReadSession
from ...queries.schedule import (
    ScheduledTaskDetailView,
    SchedulePage,
    WarningsPage,
    get_scheduled_task,
    list_scheduled_tasks,
    list_warnings,
)
from ..dependencies import MEMBER, After, Limit
from ..problems import not_found, responses
from ..reading import ReadingPast

router = APIRouter(tags=["schedule"], prefix="/projects/{project}")
Read = Annotated[ReadSession, Depends(ReadingPast(*INPUTS, SCHEDULES))]
_PROBLEMS = responses(401, 404, 422, 503)


@router.get("/schedule", dependencies=[MEMBER], responses=_PROBLEMS)
async def schedule(
    read: Read,
    project: UUID,
    after: After = None,
    limit: Limit = 100,
    critical: Annotated[bool | None, Query(description="Only the critical tasks, or only the others")] = None,
) -> SchedulePage:
    """When the tasks are, in the order of the outline, and the schedule as a whole."""
    return await list_scheduled_tasks(read, project, critical=critical, after=after, limit=limit)


@router.get("/schedule/{task}", dependencies=[MEMBER], responses=_PROBLEMS)
async def scheduled_task(read: Read, project: UUID, task: UUID) -> ScheduledTaskDetailView:
    """When a task is, and what holds it there."""
    found = await get_scheduled_task(read, project, task)
    if found is None:
        raise not_found(f"task {task} in the schedule")
    return found


@router.get("/critical-path", dependencies=[MEMBER], responses=_PROBLEMS)
async def critical_path(read: Read, project: UUID, limit: Limit = 100) -> CriticalPathView:
    """The tasks that cannot be later without the project being later: chain by chain, in the order of their dates."""
    return await get_critical_path(read, project, limit)


@router.get("/warnings", dependencies=[MEMBER], responses=_PROBLEMS)
async def warnings(read: Read, project: UUID, after: After = None, limit: Limit = 100) -> WarningsPage:
    """What does not keep what was asked of it: deadlines, dates against the links, the finish of the project."""
    return await list_warnings(read, project, after=after, limit=limit)
