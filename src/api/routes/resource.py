"""Resources: those that are shared, and those of a project. A resource's ETag is its revision."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from ...commands.permissions import Permission
from ...commands.resource import (
    DeactivateResource,
    DefineResource,
    ReactivateResource,
    RenameResource,
    SetMaxUnits,
    SetResourceCalendar,
)
from ...commands.resource_rate import SetRate
from ...commands.resource_user import SetResourceUser
from ...projections.assignments import ASSIGNMENTS
from ...projections.resources import RESOURCES
from ...queries.reading import Page, ReadSession
from ...queries.resource import RatesView, ResourceView, get_rates, get_resource, list_resources
from ..commands import scoped_routes
from ..dependencies import MEMBER, After, Allowed, AllowedInProject, Limit
from ..problems import not_found, responses, with_etag
from ..reading import ReadingPast

router = APIRouter(tags=["resources"])
Read = Annotated[ReadSession, Depends(ReadingPast(RESOURCES))]
ReadRates = Annotated[ReadSession, Depends(ReadingPast(RESOURCES, ASSIGNMENTS, plan=False))]
READER = Depends(Allowed(Permission.READ_RESOURCES))
OF_RATES = Depends(Allowed(Permission.READ_RATES))
OF_RATES_IN_PROJECT = Depends(AllowedInProject(Permission.READ_RATES))
"""Both are noted in the audit trail: rates are sensitive."""
_ITEM = "/resources/{resource}"
_REFUSED = responses(401, 403, 404, 422, 503)

scoped_routes(router, "POST", "/resources", DefineResource, status=201)
scoped_routes(router, "PATCH", _ITEM, RenameResource, tag=0)
scoped_routes(router, "PUT", f"{_ITEM}/max-units", SetMaxUnits, tag=0)
scoped_routes(router, "PUT", f"{_ITEM}/calendar", SetResourceCalendar, tag=0)
scoped_routes(router, "PUT", f"{_ITEM}/user", SetResourceUser, tag=0)
scoped_routes(router, "POST", f"{_ITEM}/rates", SetRate, tag=0)
scoped_routes(router, "POST", f"{_ITEM}/deactivate", DeactivateResource, tag=0)
scoped_routes(router, "POST", f"{_ITEM}/reactivate", ReactivateResource, tag=0)


@router.get("/resources", dependencies=[READER], responses=responses(401, 403, 422, 503))
async def resources(read: Read, after: After = None, limit: Limit = 100) -> Page[ResourceView]:
    """The resources that are shared: every project can take them in."""
    return await list_resources(read, None, after=after, limit=limit)


@router.get(_ITEM, dependencies=[READER], responses=with_etag() | _REFUSED)
async def resource(read: Read, response: Response, resource: UUID) -> ResourceView:
    """One shared resource."""
    return _tagged(await _found(read, None, resource), response)


@router.get(f"{_ITEM}/rates", dependencies=[OF_RATES], responses=_REFUSED)
async def resource_rates(read: ReadRates, resource: UUID) -> RatesView:
    """What a shared resource costs, from when on."""
    await _found(read, None, resource)
    return await get_rates(read, None, resource)


@router.get("/projects/{project}/resources", dependencies=[MEMBER], responses=responses(401, 404, 422, 503))
async def project_resources(read: Read, project: UUID, after: After = None, limit: Limit = 100) -> Page[ResourceView]:
    """The resources that the project can take in: its own, and those that are shared."""
    return await list_resources(read, project, after=after, limit=limit)


@router.get(
    f"/projects/{{project}}{_ITEM}", dependencies=[MEMBER], responses=with_etag() | responses(401, 404, 422, 503)
)
async def project_resource(read: Read, response: Response, project: UUID, resource: UUID) -> ResourceView:
    """One resource that the project can take in."""
    return _tagged(await _found(read, project, resource), response)


@router.get(f"/projects/{{project}}{_ITEM}/rates", dependencies=[OF_RATES_IN_PROJECT], responses=_REFUSED)
async def project_resource_rates(read: ReadRates, project: UUID, resource: UUID) -> RatesView:
    """What a resource costs, and what it costs in the project in place of that."""
    await _found(read, project, resource)
    return await get_rates(read, project, resource)


async def _found(read: ReadSession, project: UUID | None, resource: UUID) -> ResourceView:
    if (found := await get_resource(read, project, resource)) is None:
        raise not_found(f"resource {resource}")
    return found


def _tagged(view: ResourceView, response: Response) -> ResourceView:
    response.headers["ETag"] = f'"{view.revision}"'
    return view
