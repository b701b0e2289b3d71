"""How far the read models are behind the log."""

from typing import Annotated

from fastapi import APIRouter, Depends

from ...projections.users import USERS
from ...queries.reading import Instant, ReadSession, View
from ..dependencies import Caller, Reading, TheApp, require_administrator
from ..problems import responses

router = APIRouter(tags=["operation"])


class ProjectionView(View):
    """`lag` counts the events of the log that the projection has not passed yet."""

    projection: str
    version: int
    position: int
    lag: int
    state: str
    error: str | None
    updated_at: Instant | None


@router.get("/projections", responses=responses(401, 403, 422, 503))
async def projections(
    app: TheApp, read: Annotated[ReadSession, Depends(Reading(USERS))], actor: Caller
) -> list[ProjectionView]:
    """Position, lag and state of each projection; for administrators."""
    await require_administrator(read, actor)
    return [ProjectionView.model_validate(progress) for progress in await app.runner.progress()]
