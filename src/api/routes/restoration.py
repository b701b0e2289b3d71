"""Bringing back what was deleted, or as it was."""

from dataclasses import replace
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, model_validator

from ...commands.calendar_hours import CalendarDate
from ...commands.command import Context, Moment, Reason
from ...commands.result import Failure
from ...restoring import NAMES, NeverThereError, NotThereThenError, Restorable, Wanted, restore
from ...scheduling import Weekday
from ..bodies import described, json_body
from ..codes import ApiCode
from ..commands import Answer, answered
from ..dependencies import MAX_POSITION, MEMBER, TheApp, circumstances, position_unknown
from ..problems import ProblemError, not_found, refused, responses

router = APIRouter(tags=["history"], prefix="/projects/{project}")
_WAIT_SECONDS = 5.0


class RestorationWanted(BaseModel):
    """A thing by its kind and what it is called: an assignment by task and resource, a holiday by calendar and date."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    kind: Restorable
    task: UUID | None = None
    link: UUID | None = None
    resource: UUID | None = None
    user: UUID | None = None
    calendar: UUID | None = Field(None, description="One of the project's own")
    weekday: Weekday | None = None
    work_week: UUID | None = None
    exception: UUID | None = None
    date: CalendarDate | None = None
    entry: UUID | None = None
    as_of: Annotated[int, Field(ge=0, le=MAX_POSITION)] | Moment | None = Field(
        None, description="As it was after the event at this position of the log, or at this time; else as it was last"
    )
    reason: Reason | None = Field(None, description="Why; kept in the audit trail")

    @model_validator(mode="after")
    def _called_by_its_names(self) -> Self:
        given, wanted = set(self.names()), set(NAMES[self.kind])
        if given != wanted:
            raise ValueError(f"a {self.kind.value} is named by {' and '.join(NAMES[self.kind])}, and by nothing else")
        return self

    def names(self) -> dict[str, Any]:
        """Those that are given."""
        known = {name for names in NAMES.values() for name in names}
        return {name: value for name in sorted(known) if (value := getattr(self, name)) is not None}


@router.post(
    "/restorations",
    dependencies=[MEMBER],
    responses=responses(401, 403, 404, 409, 415, 422, 503),
    openapi_extra=described(RestorationWanted),
    name="restore",
)
async def restore_thing(
    app: TheApp,
    context: Annotated[Context, Depends(circumstances(None))],
    project: UUID,
    said: Annotated[RestorationWanted, Depends(json_body(RestorationWanted))],
) -> Answer:
    """Brings a deleted thing back, or makes one what it was: by the ordinary commands, with their rights and rules."""
    if isinstance(said.as_of, int) and said.as_of > (head := await app.log.head()):
        raise position_unknown(said.as_of, head)
    wanted = Wanted(project, said.kind, said.names(), said.as_of)
    try:
        answer = await restore(app, wanted, replace(context, reason=said.reason), _WAIT_SECONDS)
    except NeverThereError as error:
        raise not_found(str(error)) from error
    except NotThereThenError as error:
        raise ProblemError(ApiCode.NOT_THERE_THEN, str(error)) from error
    if isinstance(answer, Failure):
        raise refused(answer)
    return answered(answer)
