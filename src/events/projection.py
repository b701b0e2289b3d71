# These names and fields are the stored format: add, never change.
"""What operators order for a projection; a reaction carries it out."""

from uuid import UUID

from .event import Event


class ProjectionPaused(Event):
    projection: str


class ProjectionResumed(Event):
    projection: str


class ProjectionRetried(Event):
    """What waits at an event is to be tried again: one project, or all."""

    projection: str
    waiting: UUID | None = None


class ProjectionEventSkipped(Event):
    """Whatever waits at the event of that position is to pass over it."""

    projection: str
    event: int


class ProjectionRebuildOrdered(Event):
    projection: str


ProjectionEvent = (
    ProjectionPaused | ProjectionResumed | ProjectionRetried | ProjectionEventSkipped | ProjectionRebuildOrdered
)
