"""What routes ask for: the application, who is calling, the circumstances of a command."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID, uuid5

from fastapi import Depends, Header, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from uuid_utils.compat import uuid7

from ..commands.authorise import Rights
from ..commands.command import Context
from ..commands.permissions import SENSITIVE, Permission
from ..commands.result import Failure
from ..events.log import ANONYMOUS
from ..identity.api_keys import by_api_key, is_api_key
from ..identity.tokens import BadTokenError, Bearer, ExpiredTokenError, verify
from ..queries.reading import MAX_PAGE
from ..wiring import App
from .codes import ApiCode
from .problems import CHALLENGE, ProblemError, invalid, refused

_KEYS = UUID("6f1f7a10-0f4b-5d3c-9d3e-3b1f0c7e5a52")
_TAG = re.compile(r'(?:W/)?"([0-9]{1,18})(?:\.([0-9]{1,18}))?"')
_TAGS = {"pattern": rf"^({_TAG.pattern}|\*)$"}
_bearer = HTTPBearer(auto_error=False, description="An access token of POST /sessions, or an API key")

MAX_POSITION = 2**62


def the_app(request: Request) -> App:
    app: App = request.app.state.app
    return app


TheApp = Annotated[App, Depends(the_app)]


def anonymous(request: Request) -> Context:
    """The circumstances of a request, whoever gives it."""
    return Context(
        actor=ANONYMOUS,
        command_id=uuid7(),
        new_id=uuid7(),
        now=datetime.now(UTC),
        correlation_id=request.state.correlation_id,
        address=request.client and request.client.host,
        agent=_printable(request.headers.get("user-agent", "")),
    )


Anonymous = Annotated[Context, Depends(anonymous)]


async def bearer(
    app: TheApp, context: Anonymous, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Bearer:
    """The bearer of a good token."""
    if credentials is None:
        detail = "sign in with POST /sessions, and give the access token, or an API key, as bearer token"
        raise ProblemError(ApiCode.TOKEN_MISSING, detail, headers=CHALLENGE)
    try:
        if is_api_key(credentials.credentials):
            return await by_api_key(app.credentials, credentials.credentials)
        return await verify(app.keyring, credentials.credentials)
    except ExpiredTokenError:
        raise
    except BadTokenError:
        await app.notices.authentication_failed(context, None, None, "bearer token")
        raise


TheBearer = Annotated[Bearer, Depends(bearer)]


async def asking(context: Anonymous, bearer: TheBearer) -> Context:
    """The circumstances of a request by somebody with a good token. Whether the session still is, the log knows."""
    return replace(context, actor=bearer.user, session=bearer.session)


Asking = Annotated[Context, Depends(asking)]


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

    async def given(asking: Asking, idempotency_key: Key = None, if_match: Tag = None) -> Context:
        return replace(asking, command_id=command_id(idempotency_key), expected=expected(if_match, part))

    async def given_without_tag(request: Request, asking: Asking, idempotency_key: Key = None) -> Context:
        return await given(asking, idempotency_key, request.headers.get("if-match"))

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


class Allowed:
    """Lets those in who have the permission, by the log as it is now. A route names it before all else that it reads.

    `own`: who asks about themselves, where the path names a `user`, needs none. No permission: whoever has signed in;
    an API key then needs the `scope`.
    """

    def __init__(self, permission: Permission | None, *, own: bool = False, scope: Permission | None = None) -> None:
        self.permission, self.own, self.scope = permission, own, scope

    async def __call__(self, request: Request, app: TheApp, asking: Asking) -> Rights:
        user = id_in(request, "user")
        rights = await app.commands.rights(asking)
        if self.own and user == asking.actor and isinstance(rights, Rights) and not rights.limited:
            return rights
        return await self._let_in(request, app, asking, rights, subject=user or id_in(request, "resource"))

    async def _let_in(
        self,
        request: Request,
        app: App,
        asking: Context,
        rights: Rights | Failure,
        *,
        project: UUID | None = None,
        subject: UUID | None = None,
    ) -> Rights:
        """Whoever is refused, or is about to read what is sensitive, is noted."""
        what = request.scope["route"].name
        if isinstance(rights, Failure):
            await app.notices.refused(asking, what, rights.code, project)
            raise refused(rights)
        wanted = self.permission
        if wanted is None and self.scope is not None and not rights.passes_on(self.scope):
            wanted = self.scope
        if wanted is None:
            return rights
        if failure := rights.refuse(wanted, project):
            await app.notices.refused(asking, what, failure.code, project, failure.details.get("permission"))
            raise refused(failure)
        if self.permission in SENSITIVE:
            await app.notices.sensitive_read(asking, what, subject, project)
        return rights


class AllowedInProject(Allowed):
    """The same for a route within a project; who may not read it does not learn that it exists."""

    def __init__(self, permission: Permission = Permission.READ_PROJECT) -> None:
        super().__init__(permission)

    async def __call__(self, request: Request, app: TheApp, asking: Asking) -> Rights:
        project = id_in(request, "project")
        if project is None:
            raise invalid([{"loc": ("path", "project"), "msg": "it has to be a UUID"}])
        rights = await app.commands.rights(asking, project)
        subject = id_in(request, "resource")
        return await self._let_in(request, app, asking, rights, project=project, subject=subject)


MEMBER = Depends(AllowedInProject())
SIGNED_IN = Depends(Allowed(None))
OPERATOR = Depends(Allowed(Permission.OPERATE))


def without_tag(request: Request) -> None:
    """For routes that change something and compare no revision."""
    expected(request.headers.get("if-match"), None)


def id_in(request: Request, name: str) -> UUID | None:
    """What the path names, if it is an id at all."""
    try:
        return UUID(request.path_params[name])
    except (KeyError, ValueError):
        return None
