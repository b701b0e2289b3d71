"""Accounts at providers: connecting them, signing in by them, and the way there and back."""

import re
from dataclasses import replace
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from ...commands.command import Context, Reason
from ...commands.connection_state import Status
from ...commands.permissions import Permission
from ...commands.result import Failure
from ...identity.authorisations import LIFETIME
from ...identity.authorising import Sent, Shown
from ..bodies import described, json_body
from ..codes import ApiCode
from ..commands import Answer, answered
from ..dependencies import Allowed, Anonymous, Asking, TheApp, circumstances, without_tag
from ..problems import ProblemError, refused, responses
from .session import TokensView, tokens_view

router = APIRouter(tags=["providers"], dependencies=[Depends(without_tag)])
OWN = Depends(Allowed(Permission.MANAGE_USERS, own=True))
MANAGER = Depends(Allowed(Permission.MANAGE_USERS))
Given = Annotated[Context, Depends(circumstances(None))]
T = TypeVar("T")

_NAME = r"^[a-z][a-z0-9-]{0,31}$"
_PARAMETER = r"^[\x20-\x7e]*$"
_ERROR = re.compile(r"[A-Za-z0-9_.-]+")
_BODY = (413, 415, 422)
_PROVIDER = (502, 503, 504)
_CONNECTION = "/users/{user}/connections/{connection}"


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


ReturnTo = Annotated[
    str,
    Field(
        min_length=1,
        max_length=2_000,
        description="Where the browser goes in the end, with `state` and `code` or `error`: a page of this service's "
        "own address, or one that listens on the machine of the browser (http://127.0.0.1:PORT/…)",
    ),
]


class SignInWanted(Body):
    return_to: ReturnTo


class ConnectionWanted(Body):
    provider: str = Field(pattern=_NAME)
    return_to: ReturnTo


class Returned(Body):
    """What the browser came back with, and the secret that was given at the beginning."""

    state: str = Field(min_length=1, max_length=200)
    secret: Annotated[SecretStr, Field(min_length=1, max_length=200)]
    code: Annotated[SecretStr, Field(min_length=1, max_length=4_000)]


class Withdrawal(Body):
    reason: Reason | None = Field(None, description="Why; kept in the audit trail")


class ProviderView(BaseModel):
    """A provider that accounts here can be connected with."""

    name: str
    issuer: str


class SentView(BaseModel):
    """Send the browser to the address. Keep the secret where only who has begun can read it."""

    authorization_url: str
    state: str
    secret: str
    expires_in: int = Field(description="Seconds")


class ConnectingView(SentView):
    connection: UUID


class ConnectionView(BaseModel):
    """PENDING: the user has not come back yet. EXPIRED: the tokens are used up; signing in renews them."""

    connection: UUID
    provider: str
    status: Status


@router.get("/providers")
async def providers(app: TheApp) -> list[ProviderView]:
    """Who may say who somebody is."""
    found = app.connections.authorising.providers
    return [ProviderView(name=name, issuer=each.issuer) for name, each in sorted(found.items())]


@router.post(
    "/providers/{provider}/sign-ins",
    status_code=201,
    responses=responses(404, 429, *_BODY, *_PROVIDER),
    openapi_extra=described(SignInWanted),
)
async def begin_provider_sign_in(
    app: TheApp, context: Anonymous, provider: str, said: Annotated[SignInWanted, Depends(json_body(SignInWanted))]
) -> SentView:
    """Begin to sign in by an account at a provider."""
    return SentView(**_sent(_expected(await app.provider_sign_in.begin(provider, said.return_to, context))))


@router.post(
    "/sessions/provider",
    status_code=201,
    responses=responses(401, 403, 404, 429, *_BODY, *_PROVIDER),
    openapi_extra=described(Returned),
)
async def sign_in_by_provider(
    app: TheApp, context: Anonymous, said: Annotated[Returned, Depends(json_body(Returned))]
) -> TokensView:
    """Sign in by what the browser came back with. The answer is the same for whoever is not known here."""
    return tokens_view(await app.provider_sign_in.complete(_shown(said), context))


@router.get("/providers/{provider}/callback", include_in_schema=False)  # for browsers, not for clients
async def come_back(
    app: TheApp,
    context: Anonymous,
    provider: str,
    state: Annotated[str, Query(min_length=1, max_length=200)],
    code: Annotated[str | None, Query(max_length=4_000, pattern=_PARAMETER)] = None,
    error: Annotated[str | None, Query(max_length=100, pattern=_PARAMETER)] = None,
    iss: Annotated[str | None, Query(max_length=2_000)] = None,
) -> Response:
    """Where the provider sends the browser; it goes on to where it was said to."""
    denied = error and (error if _ERROR.fullmatch(error) else "server_error")
    answer = {"error": denied} if denied else {"code": code} if code else None
    if answer is None:
        raise ProblemError(ApiCode.INVALID_REQUEST, "the provider has given neither a code nor an error; begin again")
    url = _expected(await app.connections.come_back(provider, state, answer, iss, context))
    headers = {"Location": url, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return Response(status_code=303, headers=headers)


@router.post(
    "/users/{user}/connections",
    status_code=201,
    dependencies=[OWN],
    responses=responses(401, 403, 404, 409, *_BODY, *_PROVIDER),
    openapi_extra=described(ConnectionWanted),
)
async def connect_provider(
    app: TheApp, context: Given, user: UUID, said: Annotated[ConnectionWanted, Depends(json_body(ConnectionWanted))]
) -> ConnectingView:
    """Begin to connect an account of yours at a provider, or to come back to one that has expired."""
    connection, sent = _expected(await app.connections.connect(user, said.provider, said.return_to, context))
    return ConnectingView(connection=connection, **_sent(sent))


@router.get("/users/{user}/connections", dependencies=[OWN], responses=responses(401, 403, 422, 503))
async def connections(app: TheApp, asking: Asking, user: UUID) -> list[ConnectionView]:
    """The user's accounts at providers. One that has ended is shown until the user connects to that provider again."""
    found = await app.connections.of(user, asking)
    return [
        ConnectionView(connection=id_, provider=each.provider, status=each.status)
        for id_, each in sorted(found.items(), key=lambda item: (item[1].provider, item[0]))
    ]


@router.post(
    f"{_CONNECTION}/authorise",
    dependencies=[OWN],
    responses=responses(401, 403, 404, 409, *_BODY, *_PROVIDER),
    openapi_extra=described(Returned),
)
async def authorise_connection(
    app: TheApp, context: Asking, user: UUID, connection: UUID, said: Annotated[Returned, Depends(json_body(Returned))]
) -> Answer:
    """Connect the account that you have come back with. From now on you can sign in by it."""
    return answered(_expected(await app.connections.authorise(user, connection, _shown(said), context)))


@router.post(f"{_CONNECTION}/refresh", dependencies=[OWN], responses=responses(401, 403, 404, 409, 422, *_PROVIDER))
async def refresh_connection(app: TheApp, context: Asking, user: UUID, connection: UUID) -> Answer:
    """Get new tokens from the provider. If it refuses, the connection is EXPIRED or REVOKED."""
    return answered(_expected(await app.connections.refresh(user, connection, context)))


@router.post(
    f"{_CONNECTION}/revoke",
    dependencies=[MANAGER],
    responses=responses(401, 403, 404, 409, *_BODY, 503),
    openapi_extra=described(Withdrawal),
)
async def revoke_connection(
    app: TheApp,
    context: Given,
    user: UUID,
    connection: UUID,
    said: Annotated[Withdrawal, Depends(json_body(Withdrawal))],
) -> Answer:
    """Take a connection away from a user, also if it is the last way in. Sessions stay; end them as well."""
    given = replace(context, reason=said.reason)
    return answered(_expected(await app.connections.revoke(user, connection, given)))


@router.delete(_CONNECTION, dependencies=[OWN], responses=responses(401, 403, 404, 409, 422, 503))
async def disconnect_provider(app: TheApp, context: Given, user: UUID, connection: UUID) -> Answer:
    """Give a connection up. What the provider has granted is given back, if it takes it; else a warning says so."""
    return answered(_expected(await app.connections.disconnect(user, connection, context)))


def _expected(answer: T | Failure) -> T:
    if isinstance(answer, Failure):
        raise refused(answer)
    return answer


def _sent(sent: Sent) -> dict[str, Any]:
    return {
        "authorization_url": sent.url,
        "state": sent.state,
        "secret": sent.secret,
        "expires_in": round(LIFETIME.total_seconds()),
    }


def _shown(said: Returned) -> Shown:
    return Shown(said.state, said.secret.get_secret_value(), said.code.get_secret_value())
