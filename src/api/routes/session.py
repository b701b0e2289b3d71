"""Signing in and out, passwords, and API keys. What is secret is shown once, and is in no log."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from ...commands.access import ACCESS, EndSession, EndSessions, RevokeApiKey
from ...commands.command import Moment, Name
from ...commands.permissions import GRANTABLE, Permission
from ...commands.result import Failure
from ...identity.passwords import Password, TriedPassword
from ...identity.sign_in import Given, Tokens
from ...queries.reading import Instant
from ..bodies import described, json_body
from ..commands import Answer, answered, command_route
from ..dependencies import SIGNED_IN, Allowed, Anonymous, Asking, TheApp, without_tag
from ..problems import refused, responses

router = APIRouter(tags=["sign-in"], dependencies=[Depends(without_tag)])
OWN = Depends(Allowed(Permission.MANAGE_USERS, own=True))
MANAGER = Depends(Allowed(Permission.MANAGE_USERS))
_OPEN = responses(401, 413, 415, 422, 429, 503)
_SHOWN = responses(401, 403, 404, 409, 413, 415, 422, 429, 503)

Secret = Annotated[SecretStr, Field(min_length=1, max_length=4_000)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Credentials(Body):
    """The user name or the e-mail address, and the password."""

    name: str = Field(min_length=1, max_length=320)
    password: TriedPassword


class RefreshBody(Body):
    refresh_token: Secret


class NewPassword(Body):
    current_password: TriedPassword
    new_password: Password


class Redeemed(Body):
    reset: Secret
    new_password: Password


class NewApiKey(Body):
    """`scopes` are the permissions that the key passes on, as far as the user has them."""

    name: Name
    scopes: frozenset[Permission] = Field(
        min_length=1, json_schema_extra={"items": {"enum": [code.value for code in sorted(GRANTABLE)]}}
    )
    expires_at: Moment | None = None


class TokensView(BaseModel):
    """Give the access token as bearer; before it expires get the next pair, which uses the refresh token up."""

    user: UUID
    session: UUID
    token_type: str = "Bearer"  # noqa: S105 - the name of a type
    access_token: str
    expires_in: int = Field(description="Seconds")
    refresh_token: str


class SecretView(BaseModel):
    """Shown this once: keep it safe."""

    id: UUID
    secret: str
    expires_at: Instant | None


class SessionView(BaseModel):
    """A session that has not ended; `current` is that of who asks."""

    session: UUID
    method: str
    expires_at: Instant
    current: bool


class ApiKeyView(BaseModel):
    key: UUID
    name: str
    scopes: list[str]
    expires_at: Instant | None


@router.post("/sessions", status_code=201, responses=_OPEN, openapi_extra=described(Credentials))
async def sign_in(
    app: TheApp, context: Anonymous, said: Annotated[Credentials, Depends(json_body(Credentials))]
) -> TokensView:
    """Sign in. The answer to a wrong name and to a wrong password is the same."""
    return tokens_view(await app.sign_in.with_password(said.name, said.password, context))


@router.post("/sessions/refresh", responses=_OPEN, openapi_extra=described(RefreshBody))
async def refresh(
    app: TheApp, context: Anonymous, said: Annotated[RefreshBody, Depends(json_body(RefreshBody))]
) -> TokensView:
    """The next pair of tokens. A refresh token that is used twice ends the session: somebody else has it."""
    return tokens_view(await app.sign_in.refresh(said.refresh_token.get_secret_value(), context))


@router.delete("/sessions/current", dependencies=[SIGNED_IN], responses=responses(401, 403, 409, 503))
async def sign_out(app: TheApp, asking: Asking) -> Answer:
    """Sign out: the tokens of this session are refused from now on."""
    assert asking.session is not None  # noqa: S101 - who has a token has one
    answer = await app.commands.execute(EndSession(user=asking.actor, session=asking.session), asking)
    return answered(_accepted(answer))


@router.get("/users/{user}/sessions", dependencies=[OWN], responses=responses(401, 403, 422, 503))
async def sessions(app: TheApp, asking: Asking, user: UUID) -> list[SessionView]:
    """Where the user is signed in, the newest last."""
    access = await app.commands.session(asking, fresh=True).load(ACCESS.at(user))
    return [
        SessionView(session=id_, method=each.method, expires_at=each.expires_at, current=id_ == asking.session)
        for id_, each in sorted(access.sessions.items(), key=lambda item: item[1].expires_at)
        if each.expires_at > asking.now
    ]


command_route(router, "DELETE", "/users/{user}/sessions", EndSessions)
command_route(router, "DELETE", "/users/{user}/sessions/{session}", EndSession)


@router.put("/users/me/password", responses=_SHOWN, dependencies=[SIGNED_IN], openapi_extra=described(NewPassword))
async def change_password(
    app: TheApp, asking: Asking, said: Annotated[NewPassword, Depends(json_body(NewPassword))]
) -> Answer:
    """Change your password. All your other sessions end."""
    answer = await app.sign_in.change_password(said.current_password, said.new_password, asking)
    return answered(_accepted(answer))


@router.post("/users/{user}/password-resets", status_code=201, dependencies=[MANAGER], responses=_SHOWN)
async def issue_reset(app: TheApp, asking: Asking, user: UUID) -> SecretView:
    """What lets the user set a password, within a day: for a first one, or one that was forgotten."""
    return _secret(await app.sign_in.issue_reset(user, asking))


@router.post("/password-resets", responses=_SHOWN, openapi_extra=described(Redeemed))
async def redeem_reset(
    app: TheApp, context: Anonymous, said: Annotated[Redeemed, Depends(json_body(Redeemed))]
) -> Answer:
    """Set a password by a reset that was issued, once. All sessions end."""
    return answered(_accepted(await app.sign_in.redeem_reset(said.reset, said.new_password, context)))


@router.post(
    "/users/{user}/api-keys",
    status_code=201,
    dependencies=[OWN],
    responses=_SHOWN,
    openapi_extra=described(NewApiKey),
)
async def create_api_key(
    app: TheApp, asking: Asking, user: UUID, said: Annotated[NewApiKey, Depends(json_body(NewApiKey))]
) -> SecretView:
    """A key for a service that acts as the user."""
    key = await app.sign_in.create_api_key(user, said.name, said.scopes, said.expires_at, asking)
    return _secret(key)


@router.get("/users/{user}/api-keys", dependencies=[OWN], responses=responses(401, 403, 422, 503))
async def api_keys(app: TheApp, asking: Asking, user: UUID) -> list[ApiKeyView]:
    """The user's keys, without their secrets."""
    access = await app.commands.session(asking, fresh=True).load(ACCESS.at(user))
    return [
        ApiKeyView(key=id_, name=each.name, scopes=sorted(each.scopes), expires_at=each.expires_at)
        for id_, each in sorted(access.keys.items())
    ]


command_route(router, "DELETE", "/users/{user}/api-keys/{key}", RevokeApiKey)


def _accepted(answer: Any) -> Any:
    if isinstance(answer, Failure):
        raise refused(answer)
    return answer


def tokens_view(tokens: Tokens | Failure) -> TokensView:
    found: Tokens = _accepted(tokens)
    return TokensView(
        user=found.user,
        session=found.session,
        access_token=found.access,
        expires_in=round(found.expires_in.total_seconds()),
        refresh_token=found.refresh,
    )


def _secret(given: Given | Failure) -> SecretView:
    found: Given = _accepted(given)
    return SecretView(id=found.id, secret=found.text.get_secret_value(), expires_at=found.expires_at)
