"""Plans of the past on the command line."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated
from uuid import UUID

import typer

from ..projections.planned import INPUTS
from ..projections.schedules import SCHEDULES
from ..queries.moment import moment_in, when_of
from ..queries.reading import ReadSession, reading
from ..wiring import App
from .codes import CliCode
from .session import Terminal

AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="WHEN", help="As it was: a position of the log, or a time"),
]


@asynccontextmanager
async def reading_plan(
    app: App, project: UUID, as_of: str | None, terminal: Terminal, *, at_once: bool = False
) -> AsyncIterator[ReadSession]:
    """A session on the plan as it is, or as it was. Ends the command when the moment is none."""
    if as_of is None:
        async with reading(app.readers, at_once=at_once) as read:
            yield read
        return
    try:
        when = when_of(as_of)
    except ValueError as error:
        terminal.fail(CliCode.MOMENT_UNKNOWN, f"{as_of!r} is no moment: {error}")
    if isinstance(when, int) and when > (head := await app.log.head()):
        terminal.fail(CliCode.MOMENT_UNKNOWN, f"the log ends at position {head}, before {when}")
    async with reading(app.readers) as read:  # the read models are level: `fresh` has waited for them
        moment = await moment_in(read, app.log, project, when)
    async with app.past.reading(project, moment, (*INPUTS, SCHEDULES)) as read:
        yield read
