"""How far the reactions and schedules are."""

from fastapi import APIRouter

from ...queries.reading import Instant, View
from ..dependencies import OPERATOR, TheApp
from ..problems import responses

router = APIRouter(tags=["operation"])


class ReactionView(View):
    """`lag` counts the events, or the ticks, that are left. With `attempts`, the next one has failed so often."""

    name: str
    position: int
    lag: int
    attempts: int
    error: str | None
    updated_at: Instant | None


@router.get("/reactions", dependencies=[OPERATOR], responses=responses(401, 403, 422, 503))
async def reactions(app: TheApp) -> list[ReactionView]:
    """Where each reaction and schedule stands, and what stopped it; for administrators."""
    return [ReactionView.model_validate(progress) for progress in await app.reactor.progress()]
