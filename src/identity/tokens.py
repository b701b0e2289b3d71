"""Access and refresh tokens: JSON Web Tokens signed with a key of the service's own.

An access token says who is calling, by which session; it is good for minutes, and only while the session is. A
refresh token is used up by getting the next pair; that it is used twice means that somebody has stolen it.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import jwt
from uuid_utils.compat import uuid7

from ..commands.command import SYSTEM
from ..events.keyring import TOKENS, Keyring
from ..events.log import ANONYMOUS

ACCESS_LIFETIME = timedelta(minutes=10)
SESSION_LIFETIME = timedelta(days=30)
_ALGORITHM = "HS256"
_ACCESS, _REFRESH = "projectory", "projectory-refresh"
"""Audiences: what is made for one thing is not taken for another."""


class BadTokenError(Exception):
    """The token is not one of ours, or not any more; the text says why."""


class ExpiredTokenError(BadTokenError):
    """It was good once."""


class Bearer(NamedTuple):
    """Whom a token speaks for, by which session, and until when, in seconds since 1970."""

    user: UUID
    session: UUID
    expires: int


class Refresh(NamedTuple):
    """A session's refresh token of a generation."""

    user: UUID
    session: UUID
    generation: int


async def mint(keyring: Keyring, user: UUID, session: UUID, lifetime: timedelta = ACCESS_LIFETIME) -> str:
    """An access token that speaks for the user until it expires or the session ends."""
    if user in (SYSTEM, ANONYMOUS):
        raise ValueError("no token speaks for the service itself, nor for nobody")
    now = datetime.now(UTC)
    claims = {"sub": str(user), "sid": str(session), "jti": str(uuid7()), "iat": now, "exp": now + lifetime}
    return await _signed(keyring, _ACCESS, claims)


async def verify(keyring: Keyring, token: str) -> Bearer:
    """Whom the access token speaks for; raises BadTokenError."""
    claims = await _verified(keyring, token, _ACCESS, ["sub", "sid", "exp"])
    return Bearer(claims["sub"], claims["sid"], int(claims["exp"]))


async def mint_refresh(keyring: Keyring, refresh: Refresh, expires_at: datetime) -> str:
    """A refresh token of the session; an earlier generation has been used."""
    claims = {"sub": str(refresh.user), "sid": str(refresh.session), "gen": refresh.generation, "exp": expires_at}
    return await _signed(keyring, _REFRESH, claims)


async def verify_refresh(keyring: Keyring, token: str) -> Refresh:
    """What the refresh token is of; raises BadTokenError. Whether it was used before, the table knows."""
    claims = await _verified(keyring, token, _REFRESH, ["sub", "sid", "gen", "exp"])
    if not isinstance(claims["gen"], int):
        raise BadTokenError("the token is not valid")
    return Refresh(claims["sub"], claims["sid"], claims["gen"])


async def _signed(keyring: Keyring, audience: str, claims: dict[str, Any]) -> str:
    return jwt.encode({"aud": audience, **claims}, await keyring.ensure(TOKENS), _ALGORITHM)


async def _verified(keyring: Keyring, token: str, audience: str, required: Sequence[str]) -> dict[str, Any]:
    """The claims, with the ids as such."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            await keyring.ensure(TOKENS),
            [_ALGORITHM],
            audience=audience,
            options={"require": [*required, "aud"]},
        )
        claims |= {"sub": UUID(claims["sub"]), "sid": UUID(claims["sid"])}
    except jwt.ExpiredSignatureError as error:
        raise ExpiredTokenError("the token has expired; get a new one") from error
    except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise BadTokenError("the token is not valid") from error  # it is parsed before it is verified
    if claims["sub"] in (SYSTEM, ANONYMOUS):
        raise BadTokenError("the token is not valid")
    return claims
