"""Commands as routes: the body is the command without what the path says, the answer is where it stands.

Path, body and command are one definition: a field that a command gains is in its route at once.
"""

import inspect
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, create_model

from ..commands.command import Command, Context, Reason
from ..commands.loop import Accepted
from ..commands.result import Failure
from ..queries.reading import Instant
from ..wiring import App
from .dependencies import circumstances, the_app
from .problems import refused, responses


class Warning_(BaseModel):  # noqa: N801 - the shadowed name is the right one in the document
    """Something that you should know; the command was accepted."""

    model_config = ConfigDict(title="Warning")
    code: str
    message: str


class Answer(BaseModel):
    """The command stands."""

    position: int = Field(description="Give it as at_least to a query to read what you wrote")
    recorded_at: Instant
    changed: bool = Field(description="False: it was so already")
    ids: dict[str, str] = Field(description="The ids of what was made, such as task")
    warnings: list[Warning_]


class _Said(BaseModel):
    """What any command may say about itself."""

    model_config = ConfigDict(extra="forbid")
    reason: Reason | None = Field(None, description="Why; kept in the audit trail")


class _SaidWithDate(_Said):
    effective_at: AwareDatetime | None = Field(None, description="When it happened, if not now")


def command_route(
    router: APIRouter, method: str, path: str, command: type[Command], *, status: int = 200, tag_part: int = 0
) -> None:
    """Adds the route of a command. `tag_part` 1: If-Match speaks of a task's place, not of the task itself."""
    in_path = [part[1:-1] for part in (router.prefix + path).split("/") if part.startswith("{")]
    body = _body(command, in_path)

    async def endpoint(
        app: App, context: Context, response: Response, said: _Said | None = None, **path_values: UUID
    ) -> Answer:
        fields = said.model_dump(exclude_unset=True) if said else {}
        reason, effective_at = fields.pop("reason", None), fields.pop("effective_at", None)
        context = replace(context, reason=reason, effective_at=effective_at)
        answer = await app.commands.execute(command(**path_values, **fields), context)
        if isinstance(answer, Failure):
            raise refused(answer)
        return _answered(answer, response)

    parameters = [
        inspect.Parameter("app", inspect.Parameter.KEYWORD_ONLY, annotation=Annotated[App, Depends(the_app)]),
        inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=Annotated[Context, Depends(circumstances)]),
        inspect.Parameter("response", inspect.Parameter.KEYWORD_ONLY, annotation=Response),
        *(inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=UUID) for name in in_path),
    ]
    if method != "DELETE":
        parameters.append(
            inspect.Parameter("said", inspect.Parameter.KEYWORD_ONLY, annotation=Annotated[body, Body()])
        )
    endpoint.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    endpoint.tag_part = tag_part  # type: ignore[attr-defined]
    router.add_api_route(
        path,
        endpoint,
        methods=[method],
        status_code=status,
        response_model=Answer,
        name=command.__name__,
        operation_id=command.__name__,
        summary=_words(command.__name__),
        description=inspect.getdoc(command) or "",
        responses=responses(400, 401, 403, 404, 409, 412, 413, 422, 503),
    )


def _body(command: type[Command], in_path: list[str]) -> type[_Said]:
    fields: dict[str, Any] = {
        name: (field.annotation, field)
        for name, field in command.model_fields.items()
        if name not in in_path
    }
    base = _SaidWithDate if command.dated else _Said
    return create_model(f"{command.__name__}Body", __base__=base, **fields)


def _answered(answer: Accepted, response: Response) -> Answer:
    if answer.tag is not None:
        response.headers["ETag"] = f'"{answer.tag}"'
    return Answer(
        position=answer.position,
        recorded_at=answer.recorded_at,
        changed=answer.changed,
        ids=answer.ids,
        warnings=[Warning_(code=warning.code, message=warning.message) for warning in answer.warnings],
    )


def _words(name: str) -> str:
    return "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip().capitalize()
