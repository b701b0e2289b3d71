"""What commands would do to the dates of a project, before they are given."""

from collections.abc import Sequence
from typing import Annotated, Any, Self
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ...commands.command import Command, ProjectCommand, ScopedCommand
from ...commands.registry import BY_NAME
from ...commands.result import Failure
from ...previewing import Impact, preview
from ...queries.reading import MAX_PAGE, View, WallClock
from ...scheduling import Schedule, ScheduledTask, UnschedulableError
from ...scheduling.findings import FindingCode
from ...scheduling.impact import Change, Move
from ..bodies import described, json_body
from ..codes import ApiCode
from ..commands import IN_PROJECT, WarningView
from ..dependencies import MEMBER, Asking, TheApp, without_tag
from ..problems import ProblemError, invalid, refused, responses

router = APIRouter(tags=["schedule"], prefix="/projects/{project}")
_WAIT_SECONDS = 5.0
_MOST = 100


class Wanted(BaseModel):
    """A command by the id of its operation, with its fields; the project of the path goes without saying."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    command: str = Field(max_length=100, description="Such as SetDuration: the operation ids of this document")
    fields: dict[str, Any] = Field(default_factory=dict, description="Its body, and the ids in its path")


class PreviewWanted(BaseModel):
    """One command, or several that would be given as one."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    command: str | None = Field(None, max_length=100)
    fields: dict[str, Any] = Field(default_factory=dict)
    commands: list[Wanted] | None = Field(None, min_length=1, max_length=_MOST)
    limit: int = Field(100, ge=0, le=MAX_PAGE, description="How many moves are listed, the longest first")

    @model_validator(mode="after")
    def _one_or_many(self) -> Self:
        if (self.command is None) == (self.commands is None):
            raise ValueError("name one command with its fields, or give a list of commands")
        return self

    def all(self) -> list[Wanted]:
        return self.commands or [Wanted(command=self.command or "", fields=self.fields)]


class WholeView(View):
    """The schedule as a whole; `code` and `message` say why there is none."""

    start: WallClock | None = None
    finish: WallClock | None = None
    critical: int = 0
    code: str | None = None
    message: str | None = None


class DatesView(View):
    start: WallClock
    finish: WallClock
    total_slack: int
    critical: bool


class DistanceView(View):
    """Later is positive."""

    tenths: int = Field(description="In tenths of a working minute of the task's calendar")
    days: int = Field(description="In days of the calendar")


class MoveView(View):
    """A task whose dates, slack or place on the critical path would change."""

    task: UUID
    wbs: str
    name: str
    change: Change
    before: DatesView | None
    after: DatesView | None
    start: DistanceView | None
    finish: DistanceView | None


class NewFindingView(View):
    """What would not be kept any more."""

    task: UUID
    wbs: str
    name: str
    code: FindingCode
    message: str


class ImpactView(View):
    """What the commands would do; nothing has been done. `moves` and `findings` are cut at the limit."""

    changed: bool
    events: tuple[str, ...] = Field(description="The types of what would happen")
    warnings: tuple[WarningView, ...] = Field(description="Those of the commands")
    before: WholeView
    after: WholeView
    finish: DistanceView | None = Field(description="How far the finish of the project moves")
    moved: int
    added: int
    removed: int
    became_critical: int
    no_longer_critical: int
    moves: tuple[MoveView, ...]
    findings: tuple[NewFindingView, ...]


@router.post(
    "/preview",
    dependencies=[MEMBER, Depends(without_tag)],
    responses=responses(401, 403, 404, 409, 415, 422, 503),
    openapi_extra=described(PreviewWanted),
    name="preview",
)
async def preview_commands(
    app: TheApp, asking: Asking, project: UUID, said: Annotated[PreviewWanted, Depends(json_body(PreviewWanted))]
) -> ImpactView:
    """What would move, and how far, if these commands were given now; a refusal is that of the command."""
    commands = [_command(each, project, number) for number, each in enumerate(said.all())]
    impact = await preview(app, project, commands, asking, _WAIT_SECONDS)
    if isinstance(impact, Failure):
        raise refused(impact)
    return _view(impact, said.limit)


def _command(wanted: Wanted, project: UUID, number: int) -> Command:
    handler = BY_NAME.get(wanted.command.removesuffix(IN_PROJECT))
    scoped = wanted.command.endswith(IN_PROJECT)
    where = ("body", "commands", str(number))
    if handler is None or not issubclass(handler.command, ScopedCommand if scoped else ProjectCommand | ScopedCommand):
        raise _unfit([{"loc": ("command",), "msg": "there is no command of that name about a plan"}], *where)
    in_project = scoped or issubclass(handler.command, ProjectCommand)
    fields = {"project": str(project), **wanted.fields} if in_project else wanted.fields
    try:
        command = handler.command.model_validate_json(orjson.dumps(fields), strict=True)
    except ValidationError as error:
        raise _unfit(error.errors(include_url=False, include_input=False), *where, "fields") from None
    except (TypeError, ValueError) as error:  # a number that no JSON of ours holds
        raise _unfit([{"loc": ("fields",), "msg": str(error)}], *where) from None
    if getattr(command, "project", None) not in ((project,) if in_project else (None, project)):
        raise _unfit([{"loc": ("fields", "project"), "msg": "it has to be the project in the path"}], *where)
    return command


def _unfit(errors: Sequence[Any], *where: str) -> ProblemError:
    """The same as for any request, under a code of its own: the document does not say what fits which command."""
    problem = invalid(errors, *where)
    return ProblemError(ApiCode.COMMAND_NOT_PREVIEWED, problem.detail, problem.details)


def _view(impact: Impact, limit: int) -> ImpactView:
    moves = impact.moves
    pairs = [(move.before, move.after) for move in moves if move.before and move.after]
    return ImpactView(
        changed=bool(impact.events),
        events=impact.events,
        warnings=tuple(WarningView(code=each.code, message=each.message) for each in impact.warnings),
        before=_whole(impact.before),
        after=_whole(impact.after),
        finish=None if impact.finish is None else _distance(impact.finish),
        moved=sum(move.change is Change.MOVED for move in moves),
        added=sum(move.change is Change.ADDED for move in moves),
        removed=sum(move.change is Change.REMOVED for move in moves),
        became_critical=sum(after.critical and not before.critical for before, after in pairs),
        no_longer_critical=sum(before.critical and not after.critical for before, after in pairs),
        moves=tuple(_move(move, impact) for move in moves[:limit]),
        findings=tuple(
            NewFindingView(
                task=task,
                wbs=impact.names[task].wbs,
                name=impact.names[task].name,
                code=finding.code,
                message=finding.message,
            )
            for task, finding in impact.findings[:limit]
        ),
    )


def _whole(computed: Schedule | UnschedulableError) -> WholeView:
    if isinstance(computed, UnschedulableError):
        return WholeView(code=computed.code.value, message=computed.message)
    critical = sum(task.critical for task in computed.tasks.values())
    return WholeView(start=computed.start, finish=computed.finish, critical=critical)


def _distance(move: Move) -> DistanceView | None:
    return None if move.finish is None else DistanceView.model_validate(move.finish)


def _move(move: Move, impact: Impact) -> MoveView:
    assert move.task is not None  # noqa: S101 - that of the project is apart
    named = impact.names[move.task]
    return MoveView(
        task=move.task,
        wbs=named.wbs,
        name=named.name,
        change=move.change,
        before=_dates(move.before),
        after=_dates(move.after),
        start=None if move.start is None else DistanceView.model_validate(move.start),
        finish=_distance(move),
    )


def _dates(task: ScheduledTask | None) -> DatesView | None:
    return None if task is None else DatesView.model_validate(task)
