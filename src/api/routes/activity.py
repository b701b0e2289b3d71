"""What happened in a project, for all its members; the audit trail, which knows more, is for its admins."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from ...commands.permissions import Permission
from ...projections.activity import ACTIVITY
from ...projections.calendars import CALENDARS
from ...projections.links import LINKS
from ...projections.projects import PROJECTS
from ...projections.resources import RESOURCES
from ...projections.tasks import TASKS
from ...projections.users import USERS
from ...queries.activity import ActivityView, list_activity, list_my_activity
from ...queries.reading import Page, ReadSession
from ..dependencies import MEMBER, After, Allowed, Caller, Limit, TheApp
from ..problems import responses
from ..reading import ReadingPast

router = APIRouter(tags=["activity"])
_NAMED = (PROJECTS, TASKS, LINKS, RESOURCES, CALENDARS, USERS)
Read = Annotated[ReadSession, Depends(ReadingPast(ACTIVITY, *_NAMED, plan=False))]
ONESELF = Depends(Allowed(None, scope=Permission.READ_PROJECT))
Kind = Literal["task", "link", "resource", "calendar", "user", "project"]


@router.get("/projects/{project}/activity", dependencies=[MEMBER], responses=responses(401, 404, 422, 503))
async def project_activity(
    app: TheApp,
    read: Read,
    project: UUID,
    by: Annotated[UUID | None, Query(description="What this user did, here or elsewhere")] = None,
    about: Annotated[UUID | None, Query(description="What happened to this task, link, resource, …")] = None,
    kind: Annotated[Kind | None, Query(description="What happened to any of this kind")] = None,
    after: After = None,
    limit: Limit = 100,
) -> Page[ActivityView]:
    """What happened in the project, newest first, by command; a page holds so many changes."""
    return await list_activity(read, app.keyring, project, by=by, about=about, kind=kind, after=after, limit=limit)


@router.get("/users/me/activity", dependencies=[ONESELF], responses=responses(401, 422, 503))
async def my_activity(
    app: TheApp, read: Read, actor: Caller, after: After = None, limit: Limit = 100
) -> Page[ActivityView]:
    """What happened in all projects that the caller is a member of, newest first."""
    return await list_my_activity(read, app.keyring, actor, after=after, limit=limit)
