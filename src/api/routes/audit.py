"""The audit trail: of a project for its admins, of everything for auditors and administrators."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from ...commands.permissions import Permission
from ...projections.audit import AUDIT, AuditResult
from ...queries.audit import AuditView, list_audit
from ...queries.reading import Page, ReadSession
from ..dependencies import After, Allowed, AllowedInProject, Limit, TheApp
from ..problems import responses
from ..reading import Reading

router = APIRouter(tags=["audit"])
Read = Annotated[ReadSession, Depends(Reading(AUDIT))]
OF_PROJECT = Depends(AllowedInProject(Permission.READ_PROJECT_AUDIT))
OF_ALL = Depends(Allowed(Permission.READ_AUDIT))
Result = Annotated[AuditResult | None, Query(description="Only what came to this, such as refused")]


@router.get("/projects/{project}/audit", dependencies=[OF_PROJECT], responses=responses(401, 403, 404, 422, 503))
async def project_audit(
    app: TheApp,
    read: Read,
    project: UUID,
    result: Result = None,
    after: After = None,
    limit: Limit = 100,
) -> Page[AuditView]:
    """What happened in a project, newest first."""
    return await list_audit(read, app.keyring, project=project, result=result, after=after, limit=limit)


@router.get("/audit", dependencies=[OF_ALL], responses=responses(401, 403, 422, 503))
async def audit(
    app: TheApp,
    read: Read,
    by: Annotated[UUID | None, Query()] = None,
    result: Result = None,
    after: After = None,
    limit: Limit = 100,
) -> Page[AuditView]:
    """What happened anywhere, newest first; `by` names one actor."""
    return await list_audit(read, app.keyring, actor=by, result=result, after=after, limit=limit)
