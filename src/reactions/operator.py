"""Carries out what operators order for projections: the order is an event of the log, so it is known who gave it."""

from typing import assert_never, cast, get_args

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from ..events import RecordedEvent
from ..events.projection import (
    ProjectionEvent,
    ProjectionEventSkipped,
    ProjectionPaused,
    ProjectionRebuildOrdered,
    ProjectionResumed,
    ProjectionRetried,
)
from ..projections import BY_NAME, control
from .reaction import Act, Reaction

_logger = structlog.get_logger(__name__)


def operator(models: AsyncEngine) -> Reaction:
    """The reaction; `models` is where the registry of the projections is."""

    async def carry_out(recorded: RecordedEvent, _act: Act) -> None:
        event = cast("ProjectionEvent", recorded.event)
        projection = BY_NAME.get(event.projection)
        if projection is None:
            _logger.warning("no such projection", projection=event.projection)
            return
        match event:
            case ProjectionPaused():
                await control.pause(models, projection)
            case ProjectionResumed():
                await control.pause(models, projection, paused=False)
            case ProjectionRetried():
                await control.retry(models, projection, event.waiting)
            case ProjectionEventSkipped():
                await control.skip(models, projection, event.event)
            case ProjectionRebuildOrdered():
                await control.rebuild(models, projection)
            case _:
                assert_never(event)

    return Reaction("operator", get_args(ProjectionEvent), carry_out)
