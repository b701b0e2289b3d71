"""Commands as routes: the body is the command without what the path says, the answer is where it stands.

Path, body and command are one definition: a field that a command gains is in its route at once.
"""

import inspect
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, create_model

from ..commands.command import Command, Context, Reason, ScopedCommand
from ..commands.loop import Accepted
from ..commands.result import Failure
from ..queries.reading import Instant
from ..wiring import App
from .bodies import described, json_body
from .dependencies import circumstances, the_app
from .problems import invalid, refused, responses, with_etag

CREATED = 201
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
"""Dates near the first of the calendar have no time in some zones."""


class WarningView(BaseModel):
    """Something that you should know; the command was accepted."""

    code: str
    message: str


class Answer(BaseModel):
    """The command stands."""

    position: int = Field(description="Give it as at_least to a query to read what you wrote")
    recorded_at: Instant
    changed: bool = Field(description="False: it was so already")
    ids: dict[str, str] = Field(description="The ids of what was made, such as task")
    warnings: list[WarningView]


class _Said(BaseModel):
    """What any command may say about itself."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    reason: Reason | None = Field(None, description="Why; kept in the audit trail")


class _SaidWithDate(_Said):
    effective_at: Annotated[AwareDatetime, Field(ge=_EARLIEST)] | None = Field(
        None, description="When it happened, if not now; not before 1900"
    )


IN_PROJECT = "InProject"
"""What follows the name of a command in the name of its route within a project."""


def scoped_routes(
    router: APIRouter,
    method: str,
    path: str,
    command: type[ScopedCommand],
    *,
    status: int = 200,
    tag: int | None = None,
) -> None:
    """Adds both routes of a command on what is shared or a project's own: the path, and the same within a project."""
    command_route(router, method, path, command, status=status, tag=tag)
    name = f"{command.__name__}{IN_PROJECT}"
    command_route(router, method, f"/projects/{{project}}{path}", command, status=status, tag=tag, name=name)


def command_route(
    router: APIRouter,
    method: str,
    path: str,
    command: type[Command],
    *,
    status: int = 200,
    tag: int | None = None,
    name: str = "",
) -> None:
    """Adds the route of a command; `name` if it is not the command's.

    `tag` says what If-Match is compared with: 0, the revision of what the path names; 1, for a task, the revision
    of its place; None where the command compares nothing, so that If-Match is refused.
    """
    name = name or command.__name__
    in_path = [part[1:-1] for part in (router.prefix + path).split("/") if part.startswith("{")]
    body = None if method == "DELETE" else _body(command, name, in_path)

    async def endpoint(
        app: App, context: Context, request: Request, response: Response, said: _Said | None = None, **path_values: Any
    ) -> Answer:
        fields = {name: getattr(said, name) for name in said.model_fields_set} if said else {}
        reason, effective_at = fields.pop("reason", None), fields.pop("effective_at", None)
        try:
            wanted = command(**path_values, **fields)
        except ValidationError as error:
            raise invalid(error.errors(), "body") from error
        answer = await app.commands.execute(wanted, replace(context, reason=reason, effective_at=effective_at))
        if isinstance(answer, Failure):
            raise refused(answer)
        if status == CREATED and len(answer.ids) == 1:
            response.headers["Location"] = f"{request.url.path}/{next(iter(answer.ids.values()))}"
        if answer.tag is not None:
            response.headers["ETag"] = f'"{answer.tag}"'
        return answered(answer)

    parameters = [
        _parameter("app", Annotated[App, Depends(the_app)]),
        _parameter("context", Annotated[Context, Depends(circumstances(tag))]),
        _parameter("request", Request),
        _parameter("response", Response),
        *(_parameter(each, _in_path(command, each)) for each in in_path),
    ]
    if body is not None:
        parameters.append(_parameter("said", Annotated[body, Depends(json_body(body))]))
    endpoint.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined] # what FastAPI reads
    router.add_api_route(
        path,
        endpoint,
        methods=[method],
        status_code=status,
        response_model=Answer,
        name=name,
        operation_id=name,
        summary=_words(name),
        description=inspect.getdoc(command) or "",
        responses=with_etag(status) | responses(*_statuses(command, in_path, tag)),
        openapi_extra=None if body is None else described(body),
    )


def _parameter(name: str, annotation: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation)


def _in_path(command: type[Command], name: str) -> Any:
    """The type of a value in the path: an id, unless the command has another word for what it is about."""
    field = command.model_fields[name]
    if field.annotation in (UUID, UUID | None):
        return UUID
    return Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation


def _statuses(command: type[Command], in_path: list[str], tag: int | None) -> list[int]:
    """What the command may be refused with."""
    statuses = {403, 409, 422}
    statuses |= {404} if in_path or issubclass(command, ScopedCommand) else set()  # it may name what it uses
    statuses |= {412} if tag is not None else set()
    return sorted(statuses)


def _body(command: type[Command], name: str, in_path: list[str]) -> type[_Said]:
    said = [*in_path, "project"] if issubclass(command, ScopedCommand) else in_path
    fields: dict[str, Any] = {
        each: (field.annotation, field) for each, field in command.model_fields.items() if each not in said
    }
    base = _SaidWithDate if command.dated else _Said
    return create_model(f"{name}Body", __base__=base, **fields)


def answered(answer: Accepted) -> Answer:
    """What whoever gave an accepted command is told."""
    return Answer(
        position=answer.position,
        recorded_at=answer.recorded_at,
        changed=answer.changed,
        ids=answer.ids,
        warnings=[WarningView(code=warning.code, message=warning.message) for warning in answer.warnings],
    )


def _words(name: str) -> str:
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip().capitalize()
