"""What became of everything: its changes field by field, newest first, also when it is deleted."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from ...commands.permissions import Permission
from ...commands.role import RoleCode
from ...projections.assignments import ASSIGNMENTS
from ...projections.calendars import CALENDARS
from ...projections.links import LINKS
from ...projections.projects import PROJECTS
from ...projections.resources import RESOURCES
from ...projections.roles import ROLES
from ...projections.tasks import TASKS
from ...projections.users import USERS
from ...queries import subjects
from ...queries.history import ChangeView, history
from ...queries.reading import Page, ReadSession
from ...wiring import App
from ..dependencies import MEMBER, SIGNED_IN, After, Allowed, AllowedInProject, Limit, TheApp
from ..problems import not_found, responses
from ..reading import Reading

router = APIRouter(tags=["history"])
_REFUSED, _REFUSED_IN_PROJECT = responses(401, 403, 404, 422, 503), responses(401, 404, 422, 503)
OF_RESOURCES = Depends(Allowed(Permission.READ_RESOURCES))
OF_RATES = Depends(Allowed(Permission.READ_RATES))
OF_RATES_IN_PROJECT = Depends(AllowedInProject(Permission.READ_RATES))
OF_USER = Depends(Allowed(Permission.READ_USERS, own=True))
OfProject = Annotated[ReadSession, Depends(Reading(PROJECTS, USERS))]
OfPlan = Annotated[ReadSession, Depends(Reading(TASKS, ASSIGNMENTS, LINKS, USERS))]
OfCalendars = Annotated[ReadSession, Depends(Reading(CALENDARS, USERS))]
OfResources = Annotated[ReadSession, Depends(Reading(RESOURCES, ASSIGNMENTS, USERS))]
OfUsers = Annotated[ReadSession, Depends(Reading(USERS, ROLES))]

Changes = Page[ChangeView]


@router.get("/projects/{project}/history", dependencies=[MEMBER], responses=_REFUSED_IN_PROJECT)
async def project_history(
    app: TheApp, read: OfProject, project: UUID, after: After = None, limit: Limit = 100
) -> Changes:
    """What became of the project, and who became a member, as what."""
    return await _told(app, read, subjects.project_and_members(project), after, limit)


@router.get("/projects/{project}/members/{user}/history", dependencies=[MEMBER], responses=_REFUSED_IN_PROJECT)
async def member_history(
    app: TheApp, read: OfProject, project: UUID, user: UUID, after: After = None, limit: Limit = 100
) -> Changes:
    """When a user was a member of the project, and as what."""
    return await _told(app, read, subjects.member(project, user), after, limit)


@router.get("/projects/{project}/tasks/{task}/history", dependencies=[MEMBER], responses=_REFUSED_IN_PROJECT)
async def task_history(
    app: TheApp, read: OfPlan, project: UUID, task: UUID, after: After = None, limit: Limit = 100
) -> Changes:
    """What became of the task, of its assignments, and of the links that begin or end at it."""
    return await _told(app, read, subjects.task(project, task), after, limit)


@router.get(
    "/projects/{project}/tasks/{task}/assignments/{resource}/history",
    dependencies=[MEMBER],
    responses=_REFUSED_IN_PROJECT,
)
async def assignment_history(
    app: TheApp, read: OfPlan, project: UUID, task: UUID, resource: UUID, after: After = None, limit: Limit = 100
) -> Changes:
    """When the resource was on the task, and what it did there."""
    return await _told(app, read, subjects.assignment(project, task, resource), after, limit)


@router.get("/projects/{project}/links/{link}/history", dependencies=[MEMBER], responses=_REFUSED_IN_PROJECT)
async def link_history(
    app: TheApp, read: OfPlan, project: UUID, link: UUID, after: After = None, limit: Limit = 100
) -> Changes:
    """What became of the link."""
    return await _told(app, read, subjects.link(project, link), after, limit)


@router.get("/projects/{project}/staff/{resource}/history", dependencies=[MEMBER], responses=_REFUSED_IN_PROJECT)
async def staff_history(
    app: TheApp, read: OfPlan, project: UUID, resource: UUID, after: After = None, limit: Limit = 100
) -> Changes:
    """When the resource was in the project. What it costs there is told with its rates."""
    return await _told(app, read, subjects.staff(project, resource), after, limit)


@router.get("/projects/{project}/calendars/{calendar}/history", dependencies=[MEMBER], responses=_REFUSED_IN_PROJECT)
async def project_calendar_history(
    app: TheApp, read: OfCalendars, project: UUID, calendar: UUID, after: After = None, limit: Limit = 100
) -> Changes:
    """What became of a calendar that the project can use, with its hours, exceptions, holidays and events."""
    return await _told(app, read, subjects.calendar(project, calendar), after, limit)


@router.get("/calendars/{calendar}/history", dependencies=[SIGNED_IN], responses=_REFUSED_IN_PROJECT)
async def calendar_history(
    app: TheApp, read: OfCalendars, calendar: UUID, after: After = None, limit: Limit = 100
) -> Changes:
    """What became of a shared calendar, with its hours, exceptions, holidays and events."""
    return await _told(app, read, subjects.calendar(None, calendar), after, limit)


@router.get("/projects/{project}/resources/{resource}/history", dependencies=[MEMBER], responses=_REFUSED_IN_PROJECT)
async def project_resource_history(
    app: TheApp, read: OfResources, project: UUID, resource: UUID, after: After = None, limit: Limit = 100
) -> Changes:
    """What became of a resource that the project can take in."""
    return await _told(app, read, subjects.resource(project, resource), after, limit)


@router.get(
    "/projects/{project}/resources/{resource}/rates/history", dependencies=[OF_RATES_IN_PROJECT], responses=_REFUSED
)
async def project_resource_rates_history(
    app: TheApp, read: OfResources, project: UUID, resource: UUID, after: After = None, limit: Limit = 100
) -> Changes:
    """What a resource cost, and what it cost in the project in place of that, and who set it."""
    return await _told(app, read, subjects.rates(project, resource), after, limit)


@router.get("/resources/{resource}/history", dependencies=[OF_RESOURCES], responses=_REFUSED)
async def resource_history(
    app: TheApp, read: OfResources, resource: UUID, after: After = None, limit: Limit = 100
) -> Changes:
    """What became of a shared resource."""
    return await _told(app, read, subjects.resource(None, resource), after, limit)


@router.get("/resources/{resource}/rates/history", dependencies=[OF_RATES], responses=_REFUSED)
async def resource_rates_history(
    app: TheApp, read: OfResources, resource: UUID, after: After = None, limit: Limit = 100
) -> Changes:
    """What a shared resource cost, and who set it."""
    return await _told(app, read, subjects.rates(None, resource), after, limit)


@router.get("/users/{user}/history", dependencies=[OF_USER], responses=_REFUSED)
async def user_history(app: TheApp, read: OfUsers, user: UUID, after: After = None, limit: Limit = 100) -> Changes:
    """What became of a user: oneself, or others for those who may read users."""
    return await _told(app, read, subjects.user(user), after, limit)


@router.get("/roles/{role}/history", dependencies=[SIGNED_IN], responses=_REFUSED_IN_PROJECT)
async def role_history(app: TheApp, read: OfUsers, role: RoleCode, after: After = None, limit: Limit = 100) -> Changes:
    """What became of a role that was defined; those of the system stay as they are."""
    return await _told(app, read, subjects.role(role), after, limit)


async def _told(app: App, read: ReadSession, subject: subjects.Subject, after: str | None, limit: int) -> Changes:
    found = await history(read, app.log, app.keyring, subject, after=after, limit=limit)
    if found is None:
        raise not_found(f"{subject.known.kind.thing.value} of this id")
    return found
