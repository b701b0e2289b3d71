"""Full text search over the names and notes of tasks."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from ...projections.projects import PROJECTS
from ...projections.search import SEARCH
from ...projections.tasks import TASKS
from ...queries.everywhere import Everywhere, every_project
from ...queries.reading import Page, ReadSession
from ...queries.search import SearchHit, search
from ...queries.search_query import parse
from ..dependencies import MEMBER, After
from ..everywhere import Reader, everywhere
from ..problems import responses
from ..reading import ReadingPast, TheAsked

router = APIRouter(tags=["search"])
_READ = (PROJECTS, TASKS, SEARCH)


def _understood(
    q: Annotated[
        str,
        Query(
            max_length=500,
            description='Words, which must all be found; "a phrase"; the beginning* of a word; '
            "what is -not to be found",
        ),
    ],
) -> str:
    """What cannot be asked for is refused before anything is read."""
    parse(q)
    return q


Question = Annotated[str, Depends(_understood)]


async def _everywhere(reader: Reader, _question: Question, asked: TheAsked) -> AsyncIterator[Everywhere]:
    async with everywhere(asked, _READ, every_project, reader) as read:
        yield read


Hits = Annotated[int, Query(ge=1, le=100)]
Deleted = Annotated[bool, Query(description="Deleted tasks too")]


@router.get("/projects/{project}/search", dependencies=[MEMBER], responses=responses(401, 404, 422, 503))
async def search_project(
    question: Question,
    read: Annotated[ReadSession, Depends(ReadingPast(*_READ))],
    project: UUID,
    deleted: Deleted = False,
    after: After = None,
    limit: Hits = 20,
) -> Page[SearchHit]:
    """The tasks of the project that are found, those first of which more is found in the name."""
    return await search(read, question, project=project, deleted=deleted, after=after, limit=limit)


@router.get("/search", responses=responses(401, 422, 503))
async def search_all(
    read: Annotated[Everywhere, Depends(_everywhere)],
    question: Question,
    deleted: Deleted = False,
    after: After = None,
    limit: Hits = 20,
) -> Page[SearchHit]:
    """The same in all projects that the caller may read."""
    return await search(read.plans, question, reader=read.reader, deleted=deleted, after=after, limit=limit)
