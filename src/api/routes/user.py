"""Users."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from ...commands.permissions import Permission
from ...commands.user import RegisterUser, RenameUser
from ...commands.user_role import AssignRole, RevokeRole
from ...projections.users import USERS
from ...queries.reading import ReadSession
from ...queries.user import UserView, get_user
from ..commands import command_route
from ..dependencies import SIGNED_IN, Allowed, Caller, Reading, TheApp
from ..problems import not_found, responses, with_etag

router = APIRouter(tags=["users"])
Read = Annotated[ReadSession, Depends(Reading(USERS))]
OF_USER = Depends(Allowed(Permission.READ_USERS, own=True))

command_route(router, "POST", "/users", RegisterUser, status=201)
command_route(router, "PATCH", "/users/{user}", RenameUser, tag=0)
command_route(router, "PUT", "/users/{user}/roles", AssignRole, tag=0)
command_route(router, "POST", "/users/{user}/roles/revoke", RevokeRole, tag=0)


@router.get("/users/me", dependencies=[SIGNED_IN], responses=with_etag() | responses(401, 404, 422, 503))
async def who_am_i(app: TheApp, read: Read, actor: Caller, response: Response) -> UserView:
    """The caller. The ETag is the revision."""
    return await read_user(app, read, response, actor)


@router.get("/users/{user}", dependencies=[OF_USER], responses=with_etag() | responses(401, 403, 404, 422, 503))
async def read_user(app: TheApp, read: Read, response: Response, user: UUID) -> UserView:
    """A user: oneself, or others for those who may read users. The ETag is the revision."""
    found = await get_user(read, app.keyring, user)
    if found is None:
        raise not_found(f"user {user}")
    response.headers["ETag"] = f'"{found.revision}"'
    return found
