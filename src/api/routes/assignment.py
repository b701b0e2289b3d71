"""Who is in a project, and on which of its tasks. The ETag of an assignment is its revision, as is that of staff."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from ...commands.actual_work import RecordActualWork
from ...commands.assignment import Assign, Unassign
from ...commands.assignment_change import ChangeUnits, SetAssignmentDelay, SetWork
from ...commands.staffing import AddResourceToProject, ChangeEnvelope, WithdrawResource
from ...projections.assignments import ASSIGNMENTS
from ...queries.assignment import (
    AssignmentView,
    StaffView,
    get_assignment,
    get_staff,
    list_assignments,
    list_staff,
)
from ...queries.reading import Page, ReadSession
from ..commands import command_route
from ..dependencies import MEMBER, After, Limit
from ..problems import not_found, responses, with_etag
from ..reading import ReadingPast

router = APIRouter(tags=["assignments"], prefix="/projects/{project}")
Read = Annotated[ReadSession, Depends(ReadingPast(ASSIGNMENTS))]
Ended = Annotated[bool, Query(description="Also those of resources that were unassigned")]
_STAFF, _ITEM = "/staff/{resource}", "/tasks/{task}/assignments/{resource}"
_LIST, _ONE = responses(401, 404, 422, 503), with_etag() | responses(401, 404, 422, 503)

command_route(router, "PUT", _STAFF, AddResourceToProject)
command_route(router, "PUT", f"{_STAFF}/envelope", ChangeEnvelope, tag=0)
command_route(router, "DELETE", _STAFF, WithdrawResource, tag=0)
command_route(router, "PUT", _ITEM, Assign)
command_route(router, "PUT", f"{_ITEM}/units", ChangeUnits, tag=0)
command_route(router, "PUT", f"{_ITEM}/work", SetWork, tag=0)
command_route(router, "PUT", f"{_ITEM}/delay", SetAssignmentDelay, tag=0)
command_route(router, "POST", f"{_ITEM}/actual-work", RecordActualWork, tag=0)
command_route(router, "DELETE", _ITEM, Unassign, tag=0)


@router.get("/staff", dependencies=[MEMBER], responses=_LIST)
async def staff(read: Read, project: UUID, after: After = None, limit: Limit = 100) -> Page[StaffView]:
    """The resources that are in the project: those that can be put on its tasks."""
    return await list_staff(read, project, after=after, limit=limit)


@router.get(_STAFF, dependencies=[MEMBER], responses=_ONE)
async def staff_member(read: Read, response: Response, project: UUID, resource: UUID) -> StaffView:
    """One resource that is in the project."""
    found = await get_staff(read, project, resource)
    if found is None:
        raise not_found(f"resource {resource}")
    response.headers["ETag"] = f'"{found.revision}"'
    return found


@router.get("/assignments", dependencies=[MEMBER], responses=_LIST)
async def assignments(
    read: Read, project: UUID, after: After = None, limit: Limit = 100, ended: Ended = False
) -> Page[AssignmentView]:
    """Who works on what, by task; those of deleted tasks are there as well."""
    return await list_assignments(read, project, ended=ended, after=after, limit=limit)


@router.get("/tasks/{task}/assignments", dependencies=[MEMBER], responses=_LIST)
async def task_assignments(
    read: Read, project: UUID, task: UUID, after: After = None, limit: Limit = 100, ended: Ended = False
) -> Page[AssignmentView]:
    """Who works on one task."""
    return await list_assignments(read, project, task=task, ended=ended, after=after, limit=limit)


@router.get(_ITEM, dependencies=[MEMBER], responses=_ONE)
async def assignment(read: Read, response: Response, project: UUID, task: UUID, resource: UUID) -> AssignmentView:
    """One assignment, also when it was ended."""
    found = await get_assignment(read, project, task, resource)
    if found is None:
        raise not_found(f"assignment of {resource}")
    response.headers["ETag"] = f'"{found.revision}"'
    return found
