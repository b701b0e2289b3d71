"""What is otherwise in a project between two moments."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from ...projections.planned import INPUTS
from ...projections.schedules import SCHEDULES
from ...queries.diff import DiffPage, differences
from ...queries.reading import cursor_of, key_of, whole
from ..dependencies import MEMBER, After, AtLeast, Limit, TheApp
from ..problems import responses
from ..reading import AsWhen, plan_moment, plan_now

router = APIRouter(tags=["past"], prefix="/projects/{project}")
_EVERYTHING = (*INPUTS, SCHEDULES)
Before = Annotated[AsWhen, Query(alias="from", description="A position of the log, or a time")]
Later = Annotated[AsWhen | None, Query(alias="to", description="The same; now, if it is left out")]


@router.get("/diff", dependencies=[MEMBER], responses=responses(401, 404, 422, 503))
async def diff(
    app: TheApp,
    project: UUID,
    before: Before,
    later: Later = None,
    at_least: AtLeast = 0,
    after: After = None,
    limit: Limit = 100,
) -> DiffPage:
    """What was added, removed and changed, field by field, and which dates moved; deleted things with all they said."""
    start, until = key_of(after, whole(32), whole(63)) if after else (0, await plan_now(app, project, at_least))
    old = await plan_moment(app, project, before, until)  # what is recorded between two pages is in neither
    new = await plan_moment(app, project, until if later is None else later, until)
    async with (
        app.past.reading(project, old, _EVERYTHING) as then,
        app.past.reading(project, new, _EVERYTHING) as now,
    ):
        found = await differences(then, now, project)
    end = start + limit
    more = cursor_of(end, until) if end < len(found) else None
    return DiffPage(items=tuple(found[start:end]), next=more, before=old.position, after=new.position, total=len(found))
