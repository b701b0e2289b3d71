"""Read sessions, as routes ask for them: of the present, or of the past."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BeforeValidator, WithJsonSchema

from ..projections import Projection
from ..projections.assignments import ASSIGNMENTS
from ..projections.calendars import CALENDARS
from ..projections.moments import MOMENTS
from ..projections.planned import INPUTS
from ..projections.resources import RESOURCES
from ..projections.schedules import SCHEDULES
from ..projections.users import USERS
from ..queries.load import Everywhere, projects_of
from ..queries.moment import Moment, When, moment_in, moment_of, when_of
from ..queries.past import MOST_ROWS, TooWideError
from ..queries.reading import ReadSession, reached, reading, wait_until
from ..wiring import App
from .codes import ApiCode
from .dependencies import AtLeast, TheApp, TheBearer, id_in, position_unknown
from .problems import ProblemError

_WAIT_SECONDS = 5.0
AS_OF = "Projectory-As-Of"
"""The header of an answer of the past: up to which position the log was read."""
MOST_PLANS = 100
"""That are computed for one question about the past."""


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


class Reading:
    """A read session on read models that have come as far as the caller, who is known, wants.

    `at_once`: all that it reads is of one moment, on both databases.
    """

    def __init__(self, *projections: Projection, at_once: bool = False) -> None:
        self._projections, self._at_once = projections, at_once

    async def __call__(
        self, request: Request, app: TheApp, _bearer: TheBearer, at_least: AtLeast = 0
    ) -> AsyncIterator[ReadSession]:
        if {"as_of", "known_at"} & set(request.query_params):
            raise ProblemError(ApiCode.AS_OF_NOT_SUPPORTED, "this is told of the present only; leave `as_of` out")
        await come_to(app, self._projections, at_least, id_in(request, "project"))
        async with reading(app.readers, at_once=self._at_once) as session:
            yield session


class ReadingPast(Reading):
    """The same, or of the past, which the header says then.

    `plan`: what is asked for is of the plan of a project, with what is derived from it.
    """

    def __init__(self, *projections: Projection, at_once: bool = False, plan: bool = True) -> None:
        super().__init__(*projections, at_once=at_once)
        self._plan = plan and any(projection.bucketed for projection in projections)

    async def __call__(  # type: ignore[override] # it takes more, from the request
        self,
        request: Request,
        response: Response,
        app: TheApp,
        bearer: TheBearer,
        at_least: AtLeast = 0,
        as_of: AsOf = None,
        known_at: KnownAt = None,
    ) -> AsyncIterator[ReadSession]:
        if as_of is None and known_at is None:
            async for session in super().__call__(request, app, bearer, at_least):
                yield session
            return
        project = id_in(request, "project")
        if project is not None and self._plan:
            then = await plan_moment(app, project, as_of, known_at, at_least)
            if USERS in self._projections:
                await come_to(app, (USERS,), at_least, None)
            response.headers[AS_OF] = str(then.position)
            async with app.past.reading(project, then, self._projections) as session:
                yield session
            return
        then = await moment_of(app.log, as_of, await _known(app, as_of, known_at))
        for position in (at_least, then.last):
            await come_to(app, self._projections, position, project)
        response.headers[AS_OF] = str(then.position)
        async with reading(app.readers, at_once=self._at_once) as session:
            yield session.at(then.position)


async def reading_everywhere(
    request: Request,
    response: Response,
    app: TheApp,
    _bearer: TheBearer,
    at_least: AtLeast = 0,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> AsyncIterator[Everywhere]:
    """Sessions on all projects that the resource in the path is in, of the present or of the past."""
    resource, project = id_in(request, "resource"), id_in(request, "project")
    if as_of is None and known_at is None:
        await come_to(app, (*INPUTS, SCHEDULES), at_least, project)
        async with reading(app.readers) as session:
            yield Everywhere(session, session, session)
        return
    until = await _known(app, as_of, known_at)
    for position in (at_least, until):
        await come_to(app, (ASSIGNMENTS, RESOURCES, CALENDARS), position, None)
    then = await moment_of(app.log, as_of, until)
    async with reading(app.readers) as session:
        asked = [] if resource is None else await projects_of(session, project, resource, until)
    if len(asked) > MOST_PLANS:
        raise too_wide()
    moments = {each: await plan_moment(app, each, as_of, until) for each in asked}
    response.headers[AS_OF] = str(then.position)
    try:
        async with app.past.reading_all(moments, (SCHEDULES,)) as plans, reading(app.readers) as session:
            yield Everywhere(plans, session.at(then.position), session)
    except TooWideError as error:
        raise too_wide() from error


def too_wide() -> ProblemError:
    told = f"at most {MOST_PLANS} plans of the past, with {MOST_ROWS:,} rows in all, are computed for one question"
    return ProblemError(ApiCode.PAST_TOO_WIDE, told)


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
