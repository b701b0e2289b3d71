"""Projections, as operators order them about: pause, resume, retry, skip, rebuild. What is ordered is an event."""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, assert_never
from uuid import UUID

from pydantic import Field, StringConstraints

from ..events.projection import (
    ProjectionEvent,
    ProjectionEventSkipped,
    ProjectionPaused,
    ProjectionRebuildOrdered,
    ProjectionResumed,
    ProjectionRetried,
)
from .aggregate import Aggregate
from .codes import Code
from .command import Command, Context
from .handler import Handler
from .permissions import Permission
from .result import Failure, Result, Success
from .session import Session

ProjectionName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
NEVER_SKIPS = ("audit",)
"""What is to hold everything passes over nothing."""


class PauseProjection(Command):
    """Stops a projection after the batch under way; what is read stays as it is."""

    permission: ClassVar = Permission.OPERATE
    projection: ProjectionName


class ResumeProjection(Command):
    """Lets a paused projection go on."""

    permission: ClassVar = Permission.OPERATE
    projection: ProjectionName


class RetryProjection(Command):
    """Lets what waits at an event that could not be applied try it again: one project, or all."""

    permission: ClassVar = Permission.OPERATE
    projection: ProjectionName
    waiting: UUID | None = Field(None, description="The project that waits; none: whatever does")


class SkipEvent(Command):
    """Passes over the event at which something waits. The rows then lack it; a rebuild meets it again."""

    permission: ClassVar = Permission.OPERATE
    projection: ProjectionName
    event: int = Field(ge=1, le=2**62, description="The position of the event")


class RebuildProjection(Command):
    """Fills a new generation from the whole log, beside the one that is read, and switches when it is level."""

    permission: ClassVar = Permission.OPERATE
    projection: ProjectionName


ProjectionCommand = PauseProjection | ResumeProjection | RetryProjection | SkipEvent | RebuildProjection


@dataclass(frozen=True, slots=True)
class ProjectionState:
    paused: bool = False


def _evolve(state: ProjectionState, event: ProjectionEvent, _version: int) -> ProjectionState:
    match event:
        case ProjectionPaused():
            return replace(state, paused=True)
        case ProjectionResumed():
            return replace(state, paused=False)
        case ProjectionRetried() | ProjectionEventSkipped() | ProjectionRebuildOrdered():
            return state
        case _:
            assert_never(event)


PROJECTION = Aggregate("projection", ProjectionState(), _evolve)


def decide(command: ProjectionCommand, state: ProjectionState) -> Result:
    stream, name = PROJECTION.at(command.projection).stream, command.projection
    match command:
        case PauseProjection():
            return Success() if state.paused else Success(((stream, ProjectionPaused(projection=name)),))
        case ResumeProjection():
            return Success(((stream, ProjectionResumed(projection=name)),)) if state.paused else Success()
        case RetryProjection():
            return Success(((stream, ProjectionRetried(projection=name, waiting=command.waiting)),))
        case SkipEvent():
            if name in NEVER_SKIPS:
                return Failure(Code.NEVER_SKIPPED, f"{name} passes over no event: mend what stops it, and retry")
            return Success(((stream, ProjectionEventSkipped(projection=name, event=command.event)),))
        case RebuildProjection():
            return Success(((stream, ProjectionRebuildOrdered(projection=name)),))
        case _:
            assert_never(command)


async def _handle(command: ProjectionCommand, session: Session, _context: Context) -> Result:
    return decide(command, await session.load(PROJECTION.at(command.projection)))


def _queue(command: ProjectionCommand, _context: Context) -> str:
    return PROJECTION.at(command.projection).stream


HANDLERS = tuple(
    Handler(command.__name__, command, _handle, _queue)
    for command in (PauseProjection, ResumeProjection, RetryProjection, SkipEvent, RebuildProjection)
)
