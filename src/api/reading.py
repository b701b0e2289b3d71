"""Read sessions, as routes ask for them: of the present, or of the past."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from pydantic import BeforeValidator, WithJsonSchema

from ..projections import Projection
from ..projections.moments import MOMENTS
from ..projections.planned import INPUTS
from ..projections.users import USERS
from ..queries.moment import Moment, When, moment_in, moment_of, when_of
from ..queries.reading import ReadSession, reached, reading, wait_until
from ..wiring import App
from .codes import ApiCode
from .dependencies import Asking, AtLeast, TheApp, TheBearer, id_in, position_unknown
from .problems import ProblemError

_WAIT_SECONDS = 5.0
AS_OF = "Projectory-As-Of"
"""The header of an answer of the past: up to which position the log was read."""


def _when(value: object) -> object:
    return when_of(value) if isinstance(value, str) else value


AsWhen = Annotated[
    int | datetime,
    BeforeValidator(_when),
    WithJsonSchema({"type": "string", "pattern": r"^([0-9]{1,18}|(19|[2-8][0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}T.{5,40})$"}),
]
AsOf = Annotated[
    AsWhen | None,
    Query(
        description="As it was: after the event at this position of the log, or at this time. "
        "A time counts what was reported later about it, too."
    ),
]
KnownAt = Annotated[
    AsWhen | None, Query(description="Without what was recorded after this position or time, whenever it counts from")
]


@dataclass(frozen=True)
class Asked:
    """A question by what is the same in all: who asks it, how far the log has to be read, and of when it is."""

    request: Request
    response: Response
    app: TheApp
    context: Asking
    at_least: AtLeast = 0
    as_of: AsOf = None
    known_at: KnownAt = None

    @property
    def past(self) -> bool:
        return self.as_of is not None or self.known_at is not None

    async def until(self) -> int:
        """The position after which nothing counts. Raises ProblemError for one that the log does not have."""
        return await _known(self.app, self.as_of, self.known_at)

    async def clock(self) -> datetime:
        """The time that is asked about, and never one to come: of a position, when it was recorded."""
        when = self.known_at if self.as_of is None else self.as_of
        if isinstance(when, int):
            return next((each.recorded_at for each in await self.app.log.read_positions([when])), self.context.now)
        return self.context.now if when is None else min(when, self.context.now)


TheAsked = Annotated[Asked, Depends()]


class Reading:
    """A read session on read models that have come as far as the caller, who is known, wants."""

    def __init__(self, *projections: Projection) -> None:
        self._projections = projections

    async def __call__(
        self, request: Request, app: TheApp, _bearer: TheBearer, at_least: AtLeast = 0
    ) -> AsyncIterator[ReadSession]:
        if {"as_of", "known_at"} & set(request.query_params):
            raise ProblemError(ApiCode.AS_OF_NOT_SUPPORTED, "this is told of the present only; leave `as_of` out")
        await come_to(app, self._projections, at_least, id_in(request, "project"))
        async with reading(app.readers) as session:
            yield session


class ReadingPast:
    """The same, or of the past, which the header says then.

    `at_once`: all that it reads is of one moment, on both databases. `plan`: what is asked for is of the plan of a
    project, with what is derived from it.
    """

    def __init__(self, *projections: Projection, at_once: bool = False, plan: bool = True) -> None:
        self._projections, self._at_once = projections, at_once
        self._plan = plan and any(projection.bucketed for projection in projections)

    async def __call__(self, asked: TheAsked) -> AsyncIterator[ReadSession]:
        app, project = asked.app, id_in(asked.request, "project")
        if asked.past and self._plan and project is not None:
            then = await plan_moment(app, project, asked.as_of, asked.known_at, asked.at_least)
            if USERS in self._projections:
                await come_to(app, (USERS,), asked.at_least, None)
            asked.response.headers[AS_OF] = str(then.position)
            async with app.past.reading(project, then, self._projections) as session:
                yield session
            return
        await come_to(app, self._projections, asked.at_least, project)
        position = None
        if asked.past:
            position = (await moment_of(app.log, asked.as_of, await asked.until())).position
            await come_to(app, self._projections, position, project)
            asked.response.headers[AS_OF] = str(position)
        async with reading(app.readers, at_once=self._at_once) as session:
            yield session.at(position)


async def plan_now(app: App, project: UUID, at_least: int) -> int:
    """The position that the read models of a plan have come to. Raises as `come_to` does."""
    await come_to(app, (MOMENTS, *INPUTS), at_least, project)
    return await reached(app.log, app.readers, (MOMENTS, *INPUTS), project)


async def plan_moment(
    app: App, project: UUID, as_of: When | None, known_at: When | None = None, at_least: int = 0
) -> Moment:
    """The moment in the life of a project, once the read models have come there. Raises as `come_to` does."""
    until = await _known(app, as_of, known_at)
    for position in (at_least, until):
        await come_to(app, (MOMENTS,), position, project)
    async with reading(app.readers) as session:
        then = await moment_in(session, app.log, project, as_of, until)
    await come_to(app, INPUTS, then.last, project)
    return then


async def _known(app: App, as_of: When | None, known_at: When | None) -> int:
    """The position after which nothing counts. Raises ProblemError for one that the log does not have.

    Of a time any event up to now may tell something.
    """
    head = await app.log.head()
    for position in _positions(as_of, known_at):
        if position > head:
            raise position_unknown(position, head)
    until = min([head, *_positions(as_of)])
    return (await moment_of(app.log, known_at, until)).position


def _positions(*when: When | None) -> list[int]:
    return [each for each in when if isinstance(each, int)]


async def come_to(app: App, projections: Sequence[Projection], position: int, project: UUID | None) -> None:
    """Waits until read models have passed the position. Raises ProblemError when there is none, and BehindError."""
    if position:
        head = await app.log.head()
        if position > head:
            raise position_unknown(position, head)
        await wait_until(app.log, app.readers, projections, position, _WAIT_SECONDS, project)
