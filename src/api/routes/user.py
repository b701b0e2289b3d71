"""Users."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from fastapi.responses import StreamingResponse

from ...commands.account import ChangeProfile, DeactivateUser, DeleteAccount, ReactivateUser
from ...commands.user import AssignRole, RegisterUser, RevokeRole
from ...projections.audit import AUDIT
from ...projections.projects import PROJECTS
from ...projections.users import USERS
from ...queries.export import export_user, is_held
from ...queries.reading import ReadSession
from ...queries.user import UserView, get_user
from ..commands import command_route
from ..dependencies import Caller, Reading, TheApp, require_administrator
from ..problems import not_found, responses, with_etag

router = APIRouter(tags=["users"])
Read = Annotated[ReadSession, Depends(Reading(USERS))]
ReadAll = Annotated[ReadSession, Depends(Reading(USERS, PROJECTS, AUDIT), scope="function")]
"""Given back before the answer begins, which may take long."""
NDJSON = "application/x-ndjson"


class LinesResponse(StreamingResponse):
    """JSON objects, one a line, sent as they are read."""

    media_type = NDJSON


command_route(router, "POST", "/users", RegisterUser, status=201)
command_route(router, "PATCH", "/users/{user}", ChangeProfile, tag=0)
command_route(router, "DELETE", "/users/{user}", DeleteAccount, tag=0)
command_route(router, "POST", "/users/{user}/deactivate", DeactivateUser, tag=0)
command_route(router, "POST", "/users/{user}/reactivate", ReactivateUser, tag=0)
command_route(router, "PUT", "/users/{user}/roles", AssignRole, tag=0)
command_route(router, "POST", "/users/{user}/roles/revoke", RevokeRole, tag=0)


@router.get("/users/me", responses=with_etag() | responses(401, 404, 422, 503))
async def who_am_i(app: TheApp, read: Read, actor: Caller, response: Response) -> UserView:
    """The caller. The ETag is the revision."""
    return await read_user(app, read, actor, response, actor)


@router.get("/users/{user}", responses=with_etag() | responses(401, 403, 404, 422, 503))
async def read_user(app: TheApp, read: Read, actor: Caller, response: Response, user: UUID) -> UserView:
    """A user; others than oneself are for administrators. The ETag is the revision."""
    if user != actor:
        await require_administrator(read, actor)
    found = await get_user(read, app.keyring, user)
    if found is None:
        raise not_found(f"user {user}")
    response.headers["ETag"] = f'"{found.revision}"'
    return found


@router.get(
    "/users/{user}/export",
    response_class=LinesResponse,
    responses={
        200: {"description": "A JSON object a line: profile, memberships, events", "content": {NDJSON: {"schema": {}}}},
        **responses(401, 403, 404, 422, 503),
    },
)
async def export(app: TheApp, read: ReadAll, actor: Caller, user: UUID) -> LinesResponse:
    """All that is held of a user, in plain text; of others than oneself it is for administrators."""
    if user != actor:
        await require_administrator(read, actor)
    if not await is_held(read, user):
        raise not_found(f"user {user}")
    return LinesResponse(export_user(app.log, app.readers, app.keyring, user), headers={"Cache-Control": "no-store"})
