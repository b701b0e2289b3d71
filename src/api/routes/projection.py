"""How far the read models are behind the log, and what administrators may do about it."""

from uuid import UUID

from fastapi import APIRouter, Depends, Request

from ...commands.projection import PauseProjection, RebuildProjection, ResumeProjection, RetryProjection, SkipEvent
from ...projections import BY_NAME
from ...queries.reading import Instant, View
from ..codes import ApiCode
from ..commands import command_route
from ..dependencies import OPERATOR, TheApp
from ..problems import ProblemError, responses


async def _known(request: Request) -> None:
    name = request.path_params.get("projection")
    if name is not None and name not in BY_NAME:
        detail = f"there is no projection of that name; there are {', '.join(BY_NAME)}"
        raise ProblemError(ApiCode.PROJECTION_UNKNOWN, detail)


router = APIRouter(tags=["operation"], dependencies=[Depends(_known)])


class FaultView(View):
    """An event that could not be applied. `project` waits at it; null: the whole read model does."""

    bucket: int
    project: UUID | None
    event: int
    type: str
    error: str
    trace: str
    state: str
    at: Instant


class BucketView(View):
    """A bucket that is behind, as a whole: -1 stands for a read model that has no buckets."""

    bucket: int
    position: int
    lag: int
    lag_seconds: float


class ProjectionView(View):
    """A generation of a projection; `active` says whether it is the one that is read.

    `lag` counts the events that it has not passed yet, `lag_seconds` is the age of the oldest of them; `speed` is in
    events a second, `seconds_to_go` what the lag takes at that speed.
    """

    projection: str
    generation: int
    version: int
    state: str
    active: bool
    position: int
    events: int
    lag: int
    lag_seconds: float
    speed: float
    seconds_to_go: float | None
    error: str | None
    updated_at: Instant | None
    behind: tuple[BucketView, ...]
    faults: tuple[FaultView, ...]


@router.get("/projections", dependencies=[OPERATOR], responses=responses(401, 403, 422, 503))
async def projections(app: TheApp) -> list[ProjectionView]:
    """Where each projection stands, what it is behind, and what could not be applied; for administrators."""
    return [ProjectionView.model_validate(progress) for progress in await app.runner.progress()]


command_route(router, "POST", "/projections/{projection}/pause", PauseProjection)
command_route(router, "POST", "/projections/{projection}/resume", ResumeProjection)
command_route(router, "POST", "/projections/{projection}/retry", RetryProjection)
command_route(router, "POST", "/projections/{projection}/skip", SkipEvent)
command_route(router, "POST", "/projections/{projection}/rebuild", RebuildProjection)
