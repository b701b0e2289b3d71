"""Roles: those of the system, and those that were defined."""

from typing import Annotated

from fastapi import APIRouter, Depends

from ...commands.permissions import SYSTEM_GRANTS
from ...commands.role import DefineRole, GrantPermission, RetireRole, RevokePermission
from ...projections.roles import ROLES
from ...queries.reading import Page, ReadSession
from ...queries.role import RoleView, list_roles
from ..commands import command_route
from ..dependencies import SIGNED_IN, After, Limit, Reading
from ..problems import responses

router = APIRouter(tags=["users"])
Read = Annotated[ReadSession, Depends(Reading(ROLES))]

command_route(router, "POST", "/roles", DefineRole, status=201)
command_route(router, "POST", "/roles/{role}/grant", GrantPermission, tag=0)
command_route(router, "POST", "/roles/{role}/revoke", RevokePermission, tag=0)
command_route(router, "POST", "/roles/{role}/retire", RetireRole, tag=0)


@router.get("/roles/system", dependencies=[SIGNED_IN], responses=responses(401, 503))
async def system_roles() -> list[RoleView]:
    """The roles of the system, and what they grant."""
    return [
        RoleView(code=code, name=code.capitalize(), permissions=tuple(sorted(granted)), retired=False, revision=None)
        for code, granted in SYSTEM_GRANTS.items()
    ]


@router.get("/roles", dependencies=[SIGNED_IN], responses=responses(401, 422, 503))
async def roles(read: Read, after: After = None, limit: Limit = 100) -> Page[RoleView]:
    """The roles that were defined beside them."""
    return await list_roles(read, after=after, limit=limit)
