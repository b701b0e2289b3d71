"""Full text search over the names and notes of tasks."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from ...commands.authorise import Rights
from ...commands.permissions import Permission
from ...projections.projects import PROJECTS
from ...projections.search import SEARCH
from ...projections.tasks import TASKS
from ...queries.reading import Page, ReadSession
from ...queries.search import SearchHit, search
from ..dependencies import MEMBER, After, Allowed, Caller
from ..problems import responses
from ..reading import Reading

router = APIRouter(tags=["search"])
Read = Annotated[ReadSession, Depends(Reading(PROJECTS, TASKS, SEARCH))]
Known = Annotated[Rights, Depends(Allowed(None, scope=Permission.READ_PROJECT))]
Question = Annotated[
    str,
    Query(
        max_length=500,
        description='Words, which must all be found; "a phrase"; the beginning* of a word; what is -not to be found',
    ),
]
Hits = Annotated[int, Query(ge=1, le=100)]
Deleted = Annotated[bool, Query(description="Deleted tasks too")]


@router.get("/projects/{project}/search", dependencies=[MEMBER], responses=responses(401, 404, 422, 503))
async def search_project(
    read: Read, project: UUID, q: Question, deleted: Deleted = False, after: After = None, limit: Hits = 20
) -> Page[SearchHit]:
    """The tasks of the project that are found, those first of which more is found in the name."""
    return await search(read, q, project=project, deleted=deleted, after=after, limit=limit)


@router.get("/search", responses=responses(401, 422, 503))
async def search_all(
    rights: Known,
    read: Read,
    actor: Caller,
    q: Question,
    deleted: Deleted = False,
    after: After = None,
    limit: Hits = 20,
) -> Page[SearchHit]:
    """The same in all projects that the caller may read."""
    reader = None if Permission.READ_PROJECT in rights.granted else actor
    return await search(read, q, reader=reader, deleted=deleted, after=after, limit=limit)
