"""For who runs the service: whether it lives, whether it is ready, and its measurements. Outside of the API's path."""

from fastapi import APIRouter, Response
from pydantic import BaseModel

from ...projections import PROJECTIONS
from ...queries.reading import BuildingError
from ..dependencies import TheApp
from ..metrics import MEDIA_TYPE, measured
from ..problems import responses

router = APIRouter(tags=["operation"])


class Health(BaseModel):
    status: str


class Standing(BaseModel):
    """How far behind the log what is read is."""

    projection: str
    state: str
    lag: int
    lag_seconds: float


class Readiness(Health):
    position: int
    projections: list[Standing]


@router.get("/healthz")
async def alive() -> Health:
    """The process answers."""
    return Health(status="alive")


@router.get("/readyz", responses=responses(503))
async def ready(app: TheApp, response: Response) -> Readiness:
    """The database answers, and every read model has tables of this version to read: requests may come.

    Lag is told and does not matter here: an API whose workers have stopped still serves what there is.
    """
    standing = [each for each in await app.runner.progress() if each.active]
    found = {(each.projection, each.version) for each in standing}
    for projection in PROJECTIONS:
        if (projection.name, projection.version) not in found:
            raise BuildingError(projection.name)
    head = await app.log.head()
    response.headers["Projectory-Position"] = str(head)
    shown = [
        Standing(projection=each.projection, state=each.state, lag=each.lag, lag_seconds=each.lag_seconds)
        for each in standing
    ]
    return Readiness(status="ready", position=head, projections=shown)


@router.get("/metrics", responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}} | responses(503))
async def metrics(app: TheApp) -> Response:
    """Measurements in Prometheus' text format."""
    return Response(await measured(app), media_type=MEDIA_TYPE)
