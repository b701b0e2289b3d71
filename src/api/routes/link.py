"""The links of a plan."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from ...commands.link import ChangeLink, LinkTasks, UnlinkTasks
from ...projections.links import LINKS
from ...queries.link import LinkView, get_link, list_links
from ...queries.reading import Page, ReadSession
from ..commands import command_route
from ..dependencies import MEMBER, After, Limit
from ..problems import not_found, responses, with_etag
from ..reading import ReadingPast

router = APIRouter(tags=["links"], prefix="/projects/{project}")
Read = Annotated[ReadSession, Depends(ReadingPast(LINKS))]

command_route(router, "POST", "/links", LinkTasks, status=201)
command_route(router, "PATCH", "/links/{link}", ChangeLink, tag=0)
command_route(router, "DELETE", "/links/{link}", UnlinkTasks, tag=0)


@router.get("/links", dependencies=[MEMBER], responses=responses(401, 404, 422, 503))
async def links(
    read: Read,
    project: UUID,
    task: Annotated[UUID | None, Query(description="Only links that begin or end at this task")] = None,
    after: After = None,
    limit: Limit = 100,
) -> Page[LinkView]:
    """What waits for what."""
    return await list_links(read, project, task=task, after=after, limit=limit)


@router.get("/links/{link}", dependencies=[MEMBER], responses=with_etag() | responses(401, 404, 422, 503))
async def link(read: Read, response: Response, project: UUID, link: UUID) -> LinkView:
    """One link. The ETag is its revision."""
    found = await get_link(read, project, link)
    if found is None:
        raise not_found(f"link {link}")
    response.headers["ETag"] = f'"{found.revision}"'
    return found
