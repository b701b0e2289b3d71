"""Tasks. A task's ETag holds two revisions, "3.17": of the task itself, and of its place in the plan."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from ...commands.plan import DeleteTask, MoveTask, RestoreTask
from ...commands.progress import RecordProgress
from ...commands.task import AddTask, SetConstraint, SetDuration, UpdateTask
from ...commands.task_fields import SetFields
from ...commands.task_schedule import SetDeadline, SetMode, SetPriority, SetTaskCalendar, SetTaskType, SplitTask
from ...projections.tasks import TASKS
from ...queries.reading import Page, ReadSession
from ...queries.task import TaskView, get_task, list_tasks
from ..commands import command_route
from ..dependencies import MEMBER, After, Limit
from ..problems import not_found, responses, with_etag
from ..reading import ReadingPast

router = APIRouter(tags=["tasks"], prefix="/projects/{project}")
Read = Annotated[ReadSession, Depends(ReadingPast(TASKS))]

command_route(router, "POST", "/tasks", AddTask, status=201)
command_route(router, "PATCH", "/tasks/{task}", UpdateTask, tag=0)
command_route(router, "PUT", "/tasks/{task}/duration", SetDuration, tag=0)
command_route(router, "PUT", "/tasks/{task}/constraint", SetConstraint, tag=0)
command_route(router, "PUT", "/tasks/{task}/deadline", SetDeadline, tag=0)
command_route(router, "PUT", "/tasks/{task}/mode", SetMode, tag=0)
command_route(router, "PUT", "/tasks/{task}/calendar", SetTaskCalendar, tag=0)
command_route(router, "PUT", "/tasks/{task}/priority", SetPriority, tag=0)
command_route(router, "PUT", "/tasks/{task}/type", SetTaskType, tag=0)
command_route(router, "PUT", "/tasks/{task}/splits", SplitTask, tag=0)
command_route(router, "PATCH", "/tasks/{task}/fields", SetFields, tag=0)
command_route(router, "POST", "/tasks/{task}/progress", RecordProgress, tag=0)
command_route(router, "POST", "/tasks/{task}/move", MoveTask, tag=1)
command_route(router, "DELETE", "/tasks/{task}", DeleteTask, tag=1)
command_route(router, "POST", "/tasks/{task}/restore", RestoreTask)


@router.get("/tasks", dependencies=[MEMBER], responses=responses(401, 404, 422, 503))
async def tasks(
    read: Read,
    project: UUID,
    after: After = None,
    limit: Limit = 100,
    deleted: Annotated[bool, Query(description="The deleted tasks instead")] = False,
) -> Page[TaskView]:
    """The plan as an outline, in order, with WBS codes."""
    return await list_tasks(read, project, after=after, limit=limit, deleted=deleted)


@router.get("/tasks/{task}", dependencies=[MEMBER], responses=with_etag() | responses(401, 404, 422, 503))
async def task(read: Read, response: Response, project: UUID, task: UUID) -> TaskView:
    """One task, also when it is deleted."""
    found = await get_task(read, project, task)
    if found is None:
        raise not_found(f"task {task}")
    response.headers["ETag"] = f'"{found.revision}.{found.placement_revision}"'
    return found
