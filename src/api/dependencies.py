"""What routes ask for: the application, who is calling, the circumstances of a command, a read session."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID, uuid5

from fastapi import Depends, Header, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from uuid_utils.compat import uuid7

from ..commands.codes import Code
from ..commands.command import Context
from ..commands.user import USER
from ..events.project import ProjectRole
from ..events.user import ADMINISTRATOR
from ..projections import Projection
from ..queries.project import role_in
from ..queries.reading import MAX_PAGE, ReadSession, reading, wait_until
from ..queries.user import system_roles
from ..tokens import BadTokenError, Bearer, verify
from ..wiring import App
from .codes import ApiCode
from .problems import CHALLENGE, ProblemError, not_found

_KEYS = UUID("6f1f7a10-0f4b-5d3c-9d3e-3b1f0c7e5a52")
_TAG = re.compile(r'(?:W/)?"([0-9]{1,18})(?:\.([0-9]{1,18}))?"')
_TAGS = {"pattern": rf"^({_TAG.pattern}|\*)$"}
_WAIT_SECONDS = 5.0
_bearer = HTTPBearer(auto_error=False, description="Made by: projectory token USER")

MAX_POSITION = 2**62


def the_app(request: Request) -> App:
    app: App = request.app.state.app
    return app


TheApp = Annotated[App, Depends(the_app)]


async def bearer(app: TheApp, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> Bearer:
    """The bearer of a good token."""
    if credentials is None:
        detail = "give a bearer token in the Authorization header; 'projectory token USER' makes one"
        raise ProblemError(ApiCode.TOKEN_MISSING, detail, headers=CHALLENGE)
    try:
        return await verify(app.keyring, credentials.credentials)
    except BadTokenError as error:
        raise ProblemError(ApiCode.TOKEN_INVALID, str(error), headers=CHALLENGE) from error


TheBearer = Annotated[Bearer, Depends(bearer)]


async def caller(bearer: TheBearer) -> UUID:
    """The user whom the bearer token speaks for."""
    return bearer.user


Caller = Annotated[UUID, Depends(caller)]


def command_id(key: str | None) -> UUID:
    """The command id that an Idempotency-Key stands for: itself when it is a UUID."""
    if key is None:
        return uuid7()
    try:
        return UUID(key)
    except ValueError:
        return uuid5(_KEYS, key)


def expected(tag: str | None, part: int | None) -> int | None:
    """The revision in an If-Match header. A tag of two numbers holds the revision of a task, then of its place."""
    if tag is None or tag.strip() == "*":
        return None
    if part is None:
        detail = "this compares no revision, so If-Match cannot be kept: leave it out"
        raise ProblemError(ApiCode.IF_MATCH_NOT_SUPPORTED, detail)
    match = _TAG.fullmatch(tag.strip())
    if match is None:
        raise ProblemError(ApiCode.INVALID_IF_MATCH, 'If-Match holds one ETag as it was given, such as "3" or "3.17"')
    return int(match[part + 1] or match[1])


Key = Annotated[
    str | None,
    Header(alias="Idempotency-Key", min_length=1, max_length=255, description="The same again does nothing twice"),
]
Tag = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description="The ETag that you have seen; else 412 and what changed",
        json_schema_extra=_TAGS,
    ),
]


def circumstances(part: int | None) -> Callable[..., Awaitable[Context]]:
    """A dependency: the context of a command, but for what its body says. `part` is that of the tag in If-Match."""

    async def given(request: Request, actor: Caller, idempotency_key: Key = None, if_match: Tag = None) -> Context:
        return Context(
            actor=actor,
            command_id=command_id(idempotency_key),
            new_id=uuid7(),
            now=datetime.now(UTC),
            correlation_id=request.state.correlation_id,
            address=request.client and request.client.host,
            agent=_printable(request.headers.get("user-agent", "")),
            expected=expected(if_match, part),
        )

    async def given_without_tag(request: Request, actor: Caller, idempotency_key: Key = None) -> Context:
        return await given(request, actor, idempotency_key, request.headers.get("if-match"))

    return given_without_tag if part is None else given


def _printable(text: str) -> str | None:
    return "".join(c for c in text if c.isprintable())[:255] or None


After = Annotated[str | None, Query(max_length=500, description="The `next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE)]
AtLeast = Annotated[
    int, Query(ge=0, le=MAX_POSITION, description="Wait until the read model has passed this position of the log")
]


def position_unknown(position: int, head: int) -> ProblemError:
    return ProblemError(ApiCode.POSITION_UNKNOWN, f"the log ends at position {head}, before {position}")


class Reading:
    """A read session on read models that have come as far as the caller, who is known, wants."""

    def __init__(self, *projections: Projection) -> None:
        self._projections = projections

    async def __call__(
        self, request: Request, app: TheApp, _actor: Caller, at_least: AtLeast = 0
    ) -> AsyncIterator[ReadSession]:
        if at_least:
            head = await app.log.head()
            if at_least > head:
                raise position_unknown(at_least, head)
            project = _project_in(request)
            await wait_until(app.log, app.readers, self._projections, at_least, _WAIT_SECONDS, project)
        async with reading(app.readers) as session:
            yield session


def _project_in(request: Request) -> UUID | None:
    """The project that the path names, if it is an id at all."""
    try:
        return UUID(request.path_params["project"])
    except (KeyError, ValueError):
        return None


async def member_role(read: ReadSession, project: UUID, user: UUID) -> ProjectRole:
    """The caller's role in the project; to outsiders the project does not exist."""
    role = await role_in(read, project, user)
    if role is None:
        raise not_found(f"project {project}")
    return role


async def require_operator(app: App, user: UUID) -> None:
    """By the log itself: whoever looks after the read models must be let in when they stand still."""
    ref = USER.at(user)
    app.commands.states.moved([ref.stream])
    (known,) = await app.commands.states.get([ref])
    if ADMINISTRATOR not in known.state.roles:
        raise ProblemError(Code.FORBIDDEN, "this needs the role administrator")


async def require_administrator(read: ReadSession, user: UUID) -> None:
    if ADMINISTRATOR not in (await system_roles(read, user) or ()):
        raise ProblemError(Code.FORBIDDEN, "this needs the role administrator")
