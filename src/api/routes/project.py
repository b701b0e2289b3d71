"""Projects and their members."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from ...commands.authorise import Rights
from ...commands.member import AddMember, ChangeMemberRole, RemoveMember, TransferOwnership
from ...commands.permissions import Permission
from ...commands.project import ArchiveProject, CreateProject, RenameProject, ReopenProject, SetProjectWindow
from ...commands.project_settings import SetDefaultCalendar, SetStatusDate
from ...projections.projects import PROJECTS
from ...projections.tasks import TASKS
from ...projections.users import USERS
from ...queries.project import MemberView, ProjectView, get_project, list_members, list_projects
from ...queries.reading import Page, ReadSession
from ..commands import command_route
from ..dependencies import MEMBER, After, Allowed, Caller, Limit, TheApp
from ..problems import not_found, responses, with_etag
from ..reading import ReadingPast

router = APIRouter(tags=["projects"])
Read = Annotated[ReadSession, Depends(ReadingPast(PROJECTS, TASKS))]
ReadMembers = Annotated[ReadSession, Depends(ReadingPast(PROJECTS, USERS))]

Known = Annotated[Rights, Depends(Allowed(None, scope=Permission.READ_PROJECT))]

command_route(router, "POST", "/projects", CreateProject, status=201)
command_route(router, "PATCH", "/projects/{project}", RenameProject, tag=0)
command_route(router, "PUT", "/projects/{project}/window", SetProjectWindow, tag=0)
command_route(router, "PUT", "/projects/{project}/calendar", SetDefaultCalendar, tag=0)
command_route(router, "PUT", "/projects/{project}/status-date", SetStatusDate, tag=0)
command_route(router, "POST", "/projects/{project}/archive", ArchiveProject, tag=0)
command_route(router, "POST", "/projects/{project}/reopen", ReopenProject, tag=0)
command_route(router, "PUT", "/projects/{project}/owner", TransferOwnership, tag=0)
command_route(router, "POST", "/projects/{project}/members", AddMember, status=201)
command_route(router, "PUT", "/projects/{project}/members/{user}", ChangeMemberRole)
command_route(router, "DELETE", "/projects/{project}/members/{user}", RemoveMember)


@router.get("/projects", responses=responses(401, 422, 503))
async def projects(
    rights: Known,
    read: Read,
    actor: Caller,
    after: After = None,
    limit: Limit = 100,
    archived: Annotated[bool, Query()] = False,
) -> Page[ProjectView]:
    """The projects that the caller may read; `archived` adds those that are archived."""
    everything = Permission.READ_PROJECT in rights.granted
    return await list_projects(read, actor, after=after, limit=limit, archived=archived, everything=everything)


@router.get("/projects/{project}", dependencies=[MEMBER], responses=with_etag() | responses(401, 404, 422, 503))
async def project(read: Read, actor: Caller, response: Response, project: UUID) -> ProjectView:
    """One project. The ETag is its revision."""
    found = await get_project(read, project, actor, everything=True)
    if found is None:
        raise not_found(f"project {project}")
    response.headers["ETag"] = f'"{found.revision}"'
    return found


@router.get("/projects/{project}/members", dependencies=[MEMBER], responses=responses(401, 404, 422, 503))
async def members(
    app: TheApp, read: ReadMembers, project: UUID, after: After = None, limit: Limit = 100
) -> Page[MemberView]:
    """Who may see the project, and as what."""
    return await list_members(read, app.keyring, project, after=after, limit=limit)
