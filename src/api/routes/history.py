"""What became of everything: its changes field by field, newest first, also when it is deleted."""

from dataclasses import dataclass
from typing import Annotated, Any
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
from ..dependencies import MEMBER, SIGNED_IN, After, Allowed, AllowedInProject, Limit, TheApp
from ..problems import not_found, responses
from ..reading import ReadingPast

router = APIRouter(tags=["history"])
OfProject = Annotated[ReadSession, Depends(ReadingPast(PROJECTS, USERS, plan=False))]
OfPlan = Annotated[ReadSession, Depends(ReadingPast(TASKS, ASSIGNMENTS, LINKS, USERS, plan=False))]
OfCalendars = Annotated[ReadSession, Depends(ReadingPast(CALENDARS, USERS, plan=False))]
OfResources = Annotated[ReadSession, Depends(ReadingPast(RESOURCES, ASSIGNMENTS, USERS, plan=False))]
OfUsers = Annotated[ReadSession, Depends(ReadingPast(USERS, ROLES, plan=False))]

Changes = Page[ChangeView]


@dataclass
class _Asked:
    """Which page of a history is asked for; called with what it is of, it answers."""

    app: TheApp
    after: After = None
    limit: Limit = 100

    async def __call__(self, read: ReadSession, subject: subjects.Subject) -> Changes:
        found = await history(read, self.app.log, self.app.keyring, subject, after=self.after, limit=self.limit)
        if found is None:
            raise not_found(f"{subject.known.kind.thing.value} of this id")
        return found


Asked = Annotated[_Asked, Depends()]


def _to(who: Any, *refused: int) -> dict[str, Any]:
    """Whom a route tells, and what others are answered."""
    return {"dependencies": [who], "responses": responses(401, *refused, 404, 422, 503)}


MEMBERS, EVERYBODY = _to(MEMBER), _to(SIGNED_IN)
OF_RESOURCES = _to(Depends(Allowed(Permission.READ_RESOURCES)), 403)
OF_RATES = _to(Depends(Allowed(Permission.READ_RATES)), 403)
OF_RATES_IN_PROJECT = _to(Depends(AllowedInProject(Permission.READ_RATES)), 403)
OF_USER = _to(Depends(Allowed(Permission.READ_USERS, own=True)), 403)


@router.get("/projects/{project}/history", **MEMBERS)
async def project_history(asked: Asked, read: OfProject, project: UUID) -> Changes:
    """What became of the project, and who became a member, as what."""
    return await asked(read, subjects.project_and_members(project))


@router.get("/projects/{project}/members/{user}/history", **MEMBERS)
async def member_history(asked: Asked, read: OfProject, project: UUID, user: UUID) -> Changes:
    """When a user was a member of the project, and as what."""
    return await asked(read, subjects.member(project, user))


@router.get("/projects/{project}/tasks/{task}/history", **MEMBERS)
async def task_history(asked: Asked, read: OfPlan, project: UUID, task: UUID) -> Changes:
    """What became of the task, of its assignments, and of the links that begin or end at it."""
    return await asked(read, subjects.task(project, task))


@router.get("/projects/{project}/tasks/{task}/assignments/{resource}/history", **MEMBERS)
async def assignment_history(asked: Asked, read: OfPlan, project: UUID, task: UUID, resource: UUID) -> Changes:
    """When the resource was on the task, and what it did there."""
    return await asked(read, subjects.assignment(project, task, resource))


@router.get("/projects/{project}/links/{link}/history", **MEMBERS)
async def link_history(asked: Asked, read: OfPlan, project: UUID, link: UUID) -> Changes:
    """What became of the link."""
    return await asked(read, subjects.link(project, link))


@router.get("/projects/{project}/staff/{resource}/history", **MEMBERS)
async def staff_history(asked: Asked, read: OfPlan, project: UUID, resource: UUID) -> Changes:
    """When the resource was in the project. What it costs there is told with its rates."""
    return await asked(read, subjects.staff(project, resource))


@router.get("/projects/{project}/calendars/{calendar}/history", **MEMBERS)
async def project_calendar_history(asked: Asked, read: OfCalendars, project: UUID, calendar: UUID) -> Changes:
    """What became of a calendar that the project can use, with its hours, exceptions, holidays and events."""
    return await asked(read, subjects.calendar(project, calendar))


@router.get("/calendars/{calendar}/history", **EVERYBODY)
async def calendar_history(asked: Asked, read: OfCalendars, calendar: UUID) -> Changes:
    """What became of a shared calendar, with its hours, exceptions, holidays and events."""
    return await asked(read, subjects.calendar(None, calendar))


@router.get("/projects/{project}/resources/{resource}/history", **MEMBERS)
async def project_resource_history(asked: Asked, read: OfResources, project: UUID, resource: UUID) -> Changes:
    """What became of a resource that the project can take in."""
    return await asked(read, subjects.resource(project, resource))


@router.get("/projects/{project}/resources/{resource}/rates/history", **OF_RATES_IN_PROJECT)
async def project_resource_rates_history(asked: Asked, read: OfResources, project: UUID, resource: UUID) -> Changes:
    """What a resource cost, and what it cost in the project in place of that, and who set it."""
    return await asked(read, subjects.rates(project, resource))


@router.get("/resources/{resource}/history", **OF_RESOURCES)
async def resource_history(asked: Asked, read: OfResources, resource: UUID) -> Changes:
    """What became of a shared resource."""
    return await asked(read, subjects.resource(None, resource))


@router.get("/resources/{resource}/rates/history", **OF_RATES)
async def resource_rates_history(asked: Asked, read: OfResources, resource: UUID) -> Changes:
    """What a shared resource cost, and who set it."""
    return await asked(read, subjects.rates(None, resource))


@router.get("/users/{user}/history", **OF_USER)
async def user_history(asked: Asked, read: OfUsers, user: UUID) -> Changes:
    """What became of a user: oneself, or others for those who may read users."""
    return await asked(read, subjects.user(user))


@router.get("/roles/{role}/history", **EVERYBODY)
async def role_history(asked: Asked, read: OfUsers, role: RoleCode) -> Changes:
    """What became of a role that was defined; those of the system stay as they are."""
    return await asked(read, subjects.role(role))
