"""Roles: those of the system, and those that were defined."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from ...commands.permissions import SYSTEM_GRANTS
from ...commands.role import DefineRole, GrantPermission, RetireRole, RevokePermission, RoleCode
from ...projections.roles import ROLES
from ...queries.reading import Page, ReadSession
from ...queries.role import RoleView, get_role, list_roles
from ..commands import command_route
from ..dependencies import SIGNED_IN, After, Limit
from ..problems import not_found, responses, with_etag
from ..reading import ReadingPast

router = APIRouter(tags=["users"])
Read = Annotated[ReadSession, Depends(ReadingPast(ROLES))]

command_route(router, "POST", "/roles", DefineRole, status=201)
command_route(router, "POST", "/roles/{role}/grant", GrantPermission, tag=0)
command_route(router, "POST", "/roles/{role}/revoke", RevokePermission, tag=0)
command_route(router, "POST", "/roles/{role}/retire", RetireRole, tag=0)


@router.get("/system-roles", dependencies=[SIGNED_IN], responses=responses(401, 503))
async def system_roles() -> list[RoleView]:
    """The roles of the system, and what they grant."""
    return [_of_the_system(code) for code in SYSTEM_GRANTS]


@router.get("/roles", dependencies=[SIGNED_IN], responses=responses(401, 422, 503))
async def roles(read: Read, after: After = None, limit: Limit = 100) -> Page[RoleView]:
    """The roles that were defined beside them."""
    return await list_roles(read, after=after, limit=limit)


@router.get("/roles/{role}", dependencies=[SIGNED_IN], responses=with_etag() | responses(401, 404, 422, 503))
async def role(read: Read, response: Response, role: RoleCode) -> RoleView:
    """One role. The ETag is its revision, but for those of the system, which stay as they are."""
    found = _of_the_system(role) if role in SYSTEM_GRANTS else await get_role(read, role)
    if found is None:
        raise not_found(f"role {role!r}")
    if found.revision is not None:
        response.headers["ETag"] = f'"{found.revision}"'
    return found


def _of_the_system(code: str) -> RoleView:
    permissions = tuple(sorted(SYSTEM_GRANTS[code]))
    return RoleView(code=code, name=code.capitalize(), permissions=permissions, retired=False, revision=None)
