"""Whole plans for other programs."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from ...commands.authorise import Rights
from ...commands.permissions import Permission
from ...exporting.mspdi import mspdi
from ...exporting.plan_rows import exported_plan
from ...projections.assignments import ASSIGNMENTS
from ...projections.calendars import CALENDARS
from ...projections.links import LINKS
from ...projections.projects import PROJECTS
from ...projections.resources import RESOURCES
from ...projections.schedules import SCHEDULES
from ...projections.tasks import TASKS
from ...queries.reading import ReadSession
from ..dependencies import AllowedInProject, Asking, TheApp
from ..problems import not_found, responses
from ..reading import ReadingPast

router = APIRouter(tags=["projects"])
Member = Annotated[Rights, Depends(AllowedInProject())]
ReadAll = Annotated[
    ReadSession,
    Depends(
        ReadingPast(PROJECTS, TASKS, LINKS, CALENDARS, RESOURCES, ASSIGNMENTS, SCHEDULES, at_once=True),
        scope="function",
    ),
]
"""All of one moment, and given back before the answer begins, which may take long."""
XML = "application/xml"


class XmlResponse(StreamingResponse):
    """A file of Microsoft Project, sent as it is written."""

    media_type = XML


@router.get(
    "/projects/{project}/export.xml",
    response_class=XmlResponse,
    responses={
        200: {"description": "The plan as Microsoft Project XML (MSPDI)", "content": {XML: {"schema": {}}}},
        **responses(401, 404, 422, 503),
    },
)
async def export_plan(app: TheApp, rights: Member, read: ReadAll, asking: Asking, project: UUID) -> XmlResponse:
    """The plan with its schedule; what resources cost is in it for those who may read rates."""
    rates = rights.refuse(Permission.READ_RATES, project) is None
    plan = await exported_plan(read, project, rates=rates)
    if plan is None:
        raise not_found(f"project {project}")
    await app.notices.exported(asking, "plan", project=project)
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{project}.xml"'}
    return XmlResponse(mspdi(plan.file, plan.results, plan.schedule), headers=headers)
