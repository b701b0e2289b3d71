"""The audit trail: of a project for its admins, of everything for administrators."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from ...events.project import ProjectRole
from ...projections.audit import AUDIT, AuditResult
from ...projections.projects import PROJECTS
from ...projections.users import USERS
from ...queries.audit import AuditView, list_audit
from ...queries.reading import Page, ReadSession
from ..dependencies import After, Caller, Limit, Reading, TheApp, member_role, require_administrator
from ..problems import ProblemError, responses

router = APIRouter(tags=["audit"])
Read = Annotated[ReadSession, Depends(Reading(AUDIT, PROJECTS, USERS))]
Result = Annotated[AuditResult | None, Query(description="Only what came to this, such as refused")]


@router.get("/projects/{project}/audit", responses=responses(401, 403, 404, 422, 503))
async def project_audit(
    app: TheApp,
    read: Read,
    actor: Caller,
    project: UUID,
    result: Result = None,
    after: After = None,
    limit: Limit = 100,
) -> Page[AuditView]:
    """What happened in a project, newest first."""
    if await member_role(read, project, actor) is not ProjectRole.ADMIN:
        raise ProblemError(403, "FORBIDDEN", "the audit trail is for the project's admins")
    return await list_audit(read, app.keyring, project=project, result=result, after=after, limit=limit)


@router.get("/audit", responses=responses(401, 403, 422, 503))
async def audit(
    app: TheApp,
    read: Read,
    actor: Caller,
    by: Annotated[UUID | None, Query()] = None,
    result: Result = None,
    after: After = None,
    limit: Limit = 100,
) -> Page[AuditView]:
    """What happened anywhere, newest first; `by` names one actor."""
    await require_administrator(read, actor)
    return await list_audit(read, app.keyring, actor=by, result=result, after=after, limit=limit)
