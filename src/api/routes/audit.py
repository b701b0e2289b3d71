"""The audit trail: of a project for its admins, of everything for auditors and administrators."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse
from pydantic import AfterValidator, AwareDatetime

from ...commands.command import printable
from ...commands.permissions import Permission
from ...projections.audit import AUDIT, AuditResult
from ...queries.audit import AuditFilter, AuditView, list_audit
from ...queries.audit_export import ExportFormat, export_audit
from ...queries.causes import Causes, get_causes
from ...queries.reading import Page, ReadSession
from ..dependencies import After, Allowed, AllowedInProject, Asking, Limit, TheApp
from ..problems import not_found, responses
from ..reading import Reading, ReadingPast

router = APIRouter(tags=["audit"])
Read = Annotated[ReadSession, Depends(ReadingPast(AUDIT, plan=False))]
ReadNow = Annotated[ReadSession, Depends(Reading(AUDIT))]
Ready = Depends(Reading(AUDIT), scope="function")
"""Level as wanted, and given back before the answer begins, which may take long."""
OF_PROJECT = Depends(AllowedInProject(Permission.READ_PROJECT_AUDIT))
OF_ALL = Depends(Allowed(Permission.READ_AUDIT))
Text = Annotated[str, AfterValidator(printable)] | None
MEDIA = {ExportFormat.CSV: "text/csv", ExportFormat.JSONL: "application/x-ndjson"}
_SEALED = (
    "Only from this address. Addresses are sealed, so each page reveals and compares a bounded number of entries: it "
    "may be empty and still have a `next`. Those of who was erased are known to nobody"
)


def filters(
    by: Annotated[UUID | None, Query(description="Only what this actor did")] = None,
    author: Annotated[UUID | None, Query(description="Only what this person did elsewhere, and was imported")] = None,
    session: Annotated[UUID | None, Query(description="Only what came by this session or API key")] = None,
    address: Annotated[Text, Query(max_length=255, description=_SEALED)] = None,
    command: Annotated[Text, Query(max_length=100, description="Only of commands of this name")] = None,
    command_id: Annotated[UUID | None, Query(description="Only of this one command")] = None,
    correlation_id: Annotated[Text, Query(max_length=255, description="Only of this request")] = None,
    type_: Annotated[Text, Query(alias="type", max_length=100, description="Only events of this type")] = None,
    stream: Annotated[Text, Query(max_length=300, description="Only events of this stream")] = None,
    entity: Annotated[Text, Query(max_length=200, description="Only events about what has this id")] = None,
    result: Annotated[AuditResult | None, Query(description="Only what came to this, such as refused")] = None,
    since: Annotated[AwareDatetime | None, Query(alias="from", description="Recorded then or later")] = None,
    until: Annotated[AwareDatetime | None, Query(alias="to", description="Recorded before then")] = None,
) -> AuditFilter:
    """What is asked for; all that is given counts."""
    return AuditFilter(
        actor=by,
        author=author,
        session=session,
        address=address,
        command=command,
        command_id=command_id,
        correlation_id=correlation_id,
        type=type_,
        stream=stream,
        entity=entity,
        result=result,
        since=since,
        until=until,
    )


Filters = Annotated[AuditFilter, Depends(filters)]


@router.get("/projects/{project}/audit", dependencies=[OF_PROJECT], responses=responses(401, 403, 404, 422, 503))
async def project_audit(
    app: TheApp, read: Read, project: UUID, filters: Filters, after: After = None, limit: Limit = 100
) -> Page[AuditView]:
    """What happened in a project, newest first. A page may hold fewer than `limit`, or none, and have a `next`."""
    return await list_audit(read, app.log, app.keyring, replace(filters, project=project), after=after, limit=limit)


@router.get("/audit", dependencies=[OF_ALL], responses=responses(401, 403, 422, 503))
async def audit(
    app: TheApp,
    read: Read,
    filters: Filters,
    project: Annotated[UUID | None, Query(description="Only in this project")] = None,
    after: After = None,
    limit: Limit = 100,
) -> Page[AuditView]:
    """What happened anywhere, newest first. A page may hold fewer than `limit`, or none, and have a `next`."""
    return await list_audit(read, app.log, app.keyring, replace(filters, project=project), after=after, limit=limit)


@router.get(
    "/audit/export",
    dependencies=[OF_ALL, Ready],
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "All entries that fit, oldest first",
            "content": {media: {"schema": {}} for media in MEDIA.values()},
        },
        **responses(401, 403, 422, 503),
    },
)
async def export_audit_trail(
    app: TheApp,
    asking: Asking,
    filters: Filters,
    format_: Annotated[
        ExportFormat, Query(alias="format", description="JSON lines are exact; CSV is for spreadsheets")
    ] = ExportFormat.JSONL,
    project: Annotated[UUID | None, Query(description="Only in this project")] = None,
) -> StreamingResponse:
    """The audit trail as a file, sent as it is read. That it was taken out is noted in it."""
    await app.notices.exported(asking, "audit")
    lines = export_audit(app.readers, app.log, app.keyring, format_, replace(filters, project=project))
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="audit.{format_}"',
    }
    return StreamingResponse(lines, media_type=MEDIA[format_], headers=headers)


@router.get("/audit/commands/{command_id}/causes", dependencies=[OF_ALL], responses=responses(401, 403, 404, 422, 503))
async def causes(read: ReadNow, command_id: UUID) -> Causes:
    """What a command was caused by, and what it has caused: its events, and what reactions did about them."""
    found = await get_causes(read, command_id)
    if found is None:
        raise not_found(f"command {command_id}")
    return found
