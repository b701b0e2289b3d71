"""Who has how much to do: within a project, and of a resource across all projects."""

from collections.abc import AsyncIterator
from datetime import date
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from ...commands.authorise import Rights
from ...commands.permissions import Permission
from ...projections.planned import INPUTS
from ...projections.schedules import SCHEDULES
from ...queries.calendar import MOST_DAYS
from ...queries.everywhere import Everywhere
from ...queries.load import (
    NOBODY,
    DayLoadView,
    LoadView,
    OverAllocationView,
    list_load,
    list_over_allocations,
    projects_of,
    resource_load,
)
from ...queries.reading import Page, ReadSession
from ..dependencies import MEMBER, After, Allowed, AllowedInProject, Caller, Limit, id_in
from ..everywhere import everywhere
from ..problems import invalid, not_found, responses
from ..reading import ReadingPast, TheAsked

router = APIRouter(tags=["load"])
_EVERYTHING = (*INPUTS, SCHEDULES)


async def _everywhere(asked: TheAsked) -> AsyncIterator[Everywhere]:
    project, resource = id_in(asked.request, "project"), id_in(asked.request, "resource")
    async with everywhere(asked, _EVERYTHING, partial(projects_of, project=project, resource=resource)) as read:
        yield read


Read = Annotated[Everywhere, Depends(_everywhere)]
ReadPlan = Annotated[ReadSession, Depends(ReadingPast(*_EVERYTHING))]
First = Annotated[date, Query(alias="from", ge=date(1900, 1, 1), le=date(2199, 12, 31))]
Last = Annotated[date, Query(alias="to", ge=date(1900, 1, 1), le=date(2199, 12, 31), description="Within a year")]


def _span(first: First, last: Last) -> tuple[date, date]:
    if not 0 <= (last - first).days < MOST_DAYS:
        told = f"it has to be from `from` on, at most {MOST_DAYS} days in all"
        raise invalid([{"loc": ("query", "to"), "msg": told}])
    return first, last


Span = Annotated[tuple[date, date], Depends(_span)]
Reader = Annotated[Rights, Depends(Allowed(Permission.READ_RESOURCES))]
InProject = Annotated[Rights, Depends(AllowedInProject())]
_REFUSED = responses(401, 403, 404, 422, 503)
_PROBLEMS = responses(401, 404, 422, 503)


@router.get("/projects/{project}/load", dependencies=[MEMBER], responses=_PROBLEMS)
async def project_load(
    span: Span, read: ReadPlan, project: UUID, after: After = None, limit: Limit = 100
) -> Page[LoadView]:
    """The work of every resource for the project, day by day, within a year."""
    return await list_load(read, project, *span, after=after, limit=limit)


@router.get("/resources/{resource}/load", responses=_REFUSED)
async def load_of_resource(_rights: Reader, span: Span, read: Read, resource: UUID) -> list[DayLoadView]:
    """The work of a shared resource for all projects, day by day, and what it can do."""
    return await _load(read, None, resource, span)


@router.get("/projects/{project}/resources/{resource}/load", dependencies=[MEMBER], responses=_PROBLEMS)
async def load_of_project_resource(span: Span, read: Read, project: UUID, resource: UUID) -> list[DayLoadView]:
    """The same, of a resource that the project can take in."""
    return await _load(read, project, resource, span)


@router.get("/resources/{resource}/over-allocations", responses=_REFUSED)
async def over_allocations(
    rights: Reader, caller: Caller, span: Span, read: Read, resource: UUID, after: After = None, limit: Limit = 100
) -> Page[OverAllocationView]:
    """When more is taken of a shared resource than there is, and by what; projects of others without their names."""
    return await _over(read, None, resource, span, _reader(rights, caller), after, limit)


@router.get("/projects/{project}/resources/{resource}/over-allocations", responses=_PROBLEMS)
async def over_allocations_in_project(
    _rights: InProject,
    caller: Caller,
    span: Span,
    read: Read,
    project: UUID,
    resource: UUID,
    after: After = None,
    limit: Limit = 100,
) -> Page[OverAllocationView]:
    """The same, of a resource that the project can take in."""
    return await _over(read, project, resource, span, caller, after, limit)


def _reader(rights: Rights, caller: UUID) -> UUID | None:
    """Whoever may read all projects, by a role of the system, sees all names; by a key that leaves this out, none."""
    if not rights.passes_on(Permission.READ_PROJECT):
        return NOBODY
    return None if Permission.READ_PROJECT in rights.granted else caller


async def _load(read: Everywhere, project: UUID | None, resource: UUID, span: tuple[date, date]) -> list[DayLoadView]:
    found = await resource_load(read, project, resource, *span)
    if found is None:
        raise not_found(f"resource {resource}")
    return found


async def _over(
    read: Everywhere,
    project: UUID | None,
    resource: UUID,
    span: tuple[date, date],
    reader: UUID | None,
    after: str | None,
    limit: int,
) -> Page[OverAllocationView]:
    found = await list_over_allocations(read, project, resource, *span, reader=reader, after=after, limit=limit)
    if found is None:
        raise not_found(f"resource {resource}")
    return found
