"""Every error as a problem document (RFC 9457) with a stable code."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, NotSupportedError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from ..commands.codes import Code, http_status
from ..commands.loop import TooBusyError
from ..commands.result import Failure
from ..events import LogUnavailableError
from ..identity.openid.errors import NotGrantedError, ProviderError
from ..identity.passwords import TooManyPasswordsError
from ..identity.throttle import ThrottledError
from ..identity.tokens import BadTokenError
from ..queries.reading import BadCursorError, BehindError, BuildingError
from ..queries.search_query import SearchError
from .codes import ApiCode

MEDIA_TYPE = "application/problem+json"
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="projectory"'}
_HTTP_CODES = {
    404: ApiCode.ROUTE_UNKNOWN,
    405: ApiCode.METHOD_NOT_ALLOWED,
    408: ApiCode.REQUEST_TOO_SLOW,
    413: ApiCode.BODY_TOO_LARGE,
}
_OURS = (DataError, IntegrityError, NotSupportedError, ProgrammingError)
"""What a database says of statements that should never have been sent: a fault, not an outage."""
_MOST_FAULTS, _LONGEST_TEXT = 20, 200

_logger = structlog.get_logger(__name__)


class Problem(BaseModel):
    """What went wrong, where, and what to do."""

    type: str = Field(description="urn:projectory:problem: and the code")
    title: str
    status: int
    code: str = Field(description="Stable; what a program should look at")
    detail: str = Field(description="For people")
    instance: str = Field(description="The correlation id: quote it when you ask for help")
    details: dict[str, Any] = Field(default_factory=dict, description="The facts behind it, by code")


class ProblemError(Exception):
    """Ends a request with a problem."""

    def __init__(
        self,
        code: ApiCode | Code,
        detail: str,
        details: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = http_status(code) if isinstance(code, Code) else code.status
        self.code, self.detail = code, detail
        self.details, self.headers = details or {}, headers or {}


def refused(failure: Failure) -> ProblemError:
    """A command's refusal as a problem."""
    status = http_status(failure.code)
    headers = CHALLENGE if status == HTTPStatus.UNAUTHORIZED else None
    return ProblemError(failure.code, failure.message, failure.details, headers)


def not_found(what: str) -> ProblemError:
    return ProblemError(Code.NOT_FOUND, f"there is no {what} that you can see")


def invalid(errors: Sequence[Any], *where: str) -> ProblemError:
    """A request whose values do not fit, with the first of the faults in words."""
    faults = [
        {"where": [_short(part) for part in (*where, *error["loc"])], "what": _short(error["msg"])}
        for error in errors[:_MOST_FAULTS]
    ]
    detail = f"{'.'.join(faults[0]['where'])}: {faults[0]['what']}"
    return ProblemError(ApiCode.INVALID_REQUEST, detail, {"faults": faults, "count": len(errors)})


def _short(value: object) -> str:
    """A text as it may be shown: what the caller sent can be long, and need not be text that can be sent."""
    text = str(value)
    shown = text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}…"
    return shown.encode(errors="replace").decode()


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of the problems that a route may answer with."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}


def with_etag(status: int = 200) -> dict[int | str, dict[str, Any]]:
    """What OpenAPI says of an answer that carries the revision."""
    tag = {"description": "The revision; give it as If-Match to what changes this", "schema": {"type": "string"}}
    return {status: {"headers": {"ETag": tag}}}


def document(problem: ProblemError, instance: str) -> dict[str, Any]:
    """The problem as JSON, for the request of that correlation id."""
    return Problem(
        type=f"urn:projectory:problem:{problem.code}",
        title=HTTPStatus(problem.status).phrase,
        status=problem.status,
        code=problem.code,
        detail=problem.detail,
        instance=instance,
        details=dict(problem.details),
    ).model_dump(mode="json")


def respond(request: Request, problem: ProblemError) -> JSONResponse:
    """The problem as the answer to a request."""
    body = document(problem, getattr(request.state, "correlation_id", ""))
    return JSONResponse(body, problem.status, dict(problem.headers), MEDIA_TYPE)


def fault(request: Request) -> JSONResponse:
    """The answer to a request on which the service failed."""
    detail = "this is a fault of the service; it was logged under the correlation id"
    return respond(request, ProblemError(ApiCode.INTERNAL_ERROR, detail))


def install(app: FastAPI) -> None:
    """Makes every expected error of the application a problem document. What is left is a fault."""

    @app.exception_handler(ProblemError)
    async def _problem(request: Request, error: ProblemError) -> JSONResponse:
        return respond(request, error)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        return respond(request, invalid(error.errors()))

    @app.exception_handler(BadCursorError)
    async def _cursor(request: Request, error: BadCursorError) -> JSONResponse:
        return respond(request, ProblemError(ApiCode.INVALID_CURSOR, str(error)))

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        code = _HTTP_CODES.get(error.status_code, ApiCode.BAD_REQUEST)
        headers = dict(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED and (
            methods := _allowed(app.openapi(), request.url.path)
        ):
            headers["Allow"] = ", ".join(methods)  # the framework knows those of the first route only
        return respond(request, ProblemError(code, str(error.detail), headers=headers))

    @app.exception_handler(ThrottledError)
    async def _throttled(request: Request, error: ThrottledError) -> JSONResponse:
        headers = {"Retry-After": str(error.seconds)}
        return respond(request, ProblemError(ApiCode.TOO_MANY_ATTEMPTS, str(error), headers=headers))

    @app.exception_handler(TooManyPasswordsError)
    async def _crowded(request: Request, error: TooManyPasswordsError) -> JSONResponse:
        return respond(request, ProblemError(ApiCode.UNAVAILABLE, str(error), headers={"Retry-After": "2"}))

    @app.exception_handler(ProviderError)
    async def _provider(request: Request, error: ProviderError) -> JSONResponse:
        _logger.warning("provider not usable", error=str(error))
        code = Code.PROVIDER_REFUSED if isinstance(error, NotGrantedError) else ApiCode[error.code]
        return respond(request, ProblemError(code, str(error)))

    @app.exception_handler(BadTokenError)
    async def _bad_token(request: Request, error: BadTokenError) -> JSONResponse:
        return respond(request, ProblemError(ApiCode.TOKEN_INVALID, str(error), headers=CHALLENGE))

    @app.exception_handler(BehindError)
    async def _behind(request: Request, error: BehindError) -> JSONResponse:
        facts = {"projection": error.projection, "position": error.position, "wanted": error.wanted}
        detail = f"{error}; ask again, or leave at_least out to read what there is"
        return respond(request, ProblemError(ApiCode.READ_MODEL_BEHIND, detail, facts, {"Retry-After": "1"}))

    @app.exception_handler(BuildingError)
    async def _building(request: Request, error: BuildingError) -> JSONResponse:
        detail = f"{error} from the log; ask again in a while"
        facts = {"projection": error.projection}
        return respond(request, ProblemError(ApiCode.READ_MODEL_BUILDING, detail, facts, {"Retry-After": "5"}))

    async def _unavailable(request: Request, error: Exception) -> JSONResponse:
        if isinstance(error, _OURS):
            raise error
        _logger.warning("service unavailable", error=str(error))
        detail = "the service cannot answer now; repeat the request under the same Idempotency-Key"
        return respond(request, ProblemError(ApiCode.UNAVAILABLE, detail, headers={"Retry-After": "1"}))

    for unavailable in (LogUnavailableError, TooBusyError, DBAPIError, PoolTimeoutError, ConnectionError):
        app.add_exception_handler(unavailable, _unavailable)
    app.add_exception_handler(SearchError, _not_searched)


async def _not_searched(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, SearchError)  # noqa: S101 - what it was installed for
    return respond(request, ProblemError(ApiCode[error.code], str(error)))


def _allowed(document: Mapping[str, Any], path: str) -> list[str]:
    """The methods of all routes that have this path."""
    paths: Mapping[str, Any] = document["paths"]
    fitting = [path] if path in paths else [template for template in paths if _pattern(template).fullmatch(path)]
    return sorted({method.upper() for template in fitting for method in paths[template]})


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)))
