"""What is asked about several projects, as routes ask for it: of the present, or of the past of all of them."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends
from sqlalchemy import Select

from ..commands.authorise import Rights
from ..commands.permissions import Permission
from ..projections import Projection
from ..projections.moments import MOMENTS
from ..projections.planned import INPUTS
from ..queries.everywhere import Everywhere, begun
from ..queries.moment import moment_of
from ..queries.past import MOST_ROWS, TooWideError
from ..queries.reading import ReadSession, reading
from .codes import ApiCode
from .dependencies import Allowed, Caller, id_in
from .problems import ProblemError
from .reading import AS_OF, Asked, come_to, plan_moment

MOST_PLANS = 100
"""That are computed for one question about the past."""


async def _reader(
    rights: Annotated[Rights, Depends(Allowed(None, scope=Permission.READ_PROJECT))], caller: Caller
) -> UUID | None:
    return None if Permission.READ_PROJECT in rights.granted else caller


Reader = Annotated[UUID | None, Depends(_reader)]
"""Who is told of the projects that they are a member of; None: of all, by a role of the system."""


@asynccontextmanager
async def everywhere(
    asked: Asked,
    projections: Sequence[Projection],
    which: Callable[[ReadSession, int], Select[Any]],
    reader: UUID | None = None,
) -> AsyncIterator[Everywhere]:
    """Sessions on the read models, for what the reader is told of.

    `which` gives the projects that a question about the past is about, by what is known up to a position.
    """
    app = asked.app
    if not asked.past:
        await come_to(app, projections, asked.at_least, id_in(asked.request, "project"))
        async with reading(app.readers) as session:
            yield Everywhere(session, session, session, reader)
        return
    until = await asked.until()
    for position in (asked.at_least, until):
        await come_to(app, (MOMENTS, *INPUTS), position, None)
    async with reading(app.readers) as session:
        chosen = await begun(session, which(session, until), reader, asked.as_of, until, MOST_PLANS + 1)
    if len(chosen) > MOST_PLANS:
        raise _too_wide()
    moments = {project: await plan_moment(app, project, asked.as_of, until) for project in chosen}
    then = await moment_of(app.log, asked.as_of, until)
    asked.response.headers[AS_OF] = str(then.position)
    try:
        async with app.past.reading_all(moments, projections) as plans, reading(app.readers) as session:
            yield Everywhere(plans, session.at(then.position), session)
    except TooWideError as error:
        raise _too_wide() from error


def _too_wide() -> ProblemError:
    told = f"at most {MOST_PLANS} plans of the past, with {MOST_ROWS:,} rows in all, are computed for one question"
    return ProblemError(ApiCode.PAST_TOO_WIDE, told)
