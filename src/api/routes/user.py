"""Users."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from fastapi.responses import StreamingResponse

from ...commands.account import ChangeProfile, DeactivateUser, DeleteAccount, ReactivateUser
from ...commands.permissions import Permission
from ...commands.user import RegisterUser
from ...commands.user_role import AssignRole, RevokeRole
from ...projections.audit import AUDIT
from ...projections.projects import PROJECTS
from ...projections.users import USERS
from ...queries.export import export_user, is_held
from ...queries.reading import ReadSession
from ...queries.user import UserView, get_user
from ..commands import command_route
from ..dependencies import Allowed, Asking, Caller, TheApp
from ..problems import not_found, responses, with_etag
from ..reading import Reading, ReadingPast

router = APIRouter(tags=["users"])
Read = Annotated[ReadSession, Depends(ReadingPast(USERS))]
EXPORTER = Depends(Allowed(Permission.READ_AUDIT, own=True))
"""What others did stands in the audit trail, and all of that is for who may read it."""
ONESELF = Depends(Allowed(None, scope=Permission.READ_USERS))
OF_USER = Depends(Allowed(Permission.READ_USERS, own=True))
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


@router.get("/users/me", dependencies=[ONESELF], responses=with_etag() | responses(401, 404, 422, 503))
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


@router.get(
    "/users/{user}/export",
    dependencies=[EXPORTER],
    response_class=LinesResponse,
    responses={
        200: {"description": "A JSON object a line: profile, memberships, events", "content": {NDJSON: {"schema": {}}}},
        **responses(401, 403, 404, 422, 503),
    },
)
async def export(app: TheApp, read: ReadAll, asking: Asking, user: UUID) -> LinesResponse:
    """All that is held of a user, in plain text; of others than oneself it is for those who read the audit trail."""
    if not await is_held(read, user):
        raise not_found(f"user {user}")
    await app.notices.exported(asking, "export", user)
    return LinesResponse(export_user(app.log, app.readers, app.keyring, user), headers={"Cache-Control": "no-store"})
