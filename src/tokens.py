"""Bearer tokens: who is calling, signed with a key of the service's own."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import jwt
from uuid_utils.compat import uuid7

from .commands.command import SYSTEM
from .events.keyring import TOKENS, Keyring

_ALGORITHM = "HS256"
_AUDIENCE = "projectory"


class BadTokenError(Exception):
    """The token is not one of ours, or not any more; the text says why."""


class Bearer(NamedTuple):
    """Whom a token speaks for, and until when, in seconds since 1970."""

    user: UUID
    expires: int


async def mint(keyring: Keyring, user: UUID, lifetime: timedelta) -> str:
    """A token that speaks for the user until it expires."""
    if user == SYSTEM:
        raise ValueError("no token speaks for the service itself")
    now = datetime.now(UTC)
    claims = {"sub": str(user), "aud": _AUDIENCE, "iat": now, "exp": now + lifetime, "jti": str(uuid7())}
    return jwt.encode(claims, await keyring.ensure(TOKENS), _ALGORITHM)


async def verify(keyring: Keyring, token: str) -> Bearer:
    """Whom the token speaks for; raises BadTokenError."""
    try:
        claims = jwt.decode(
            token,
            await keyring.ensure(TOKENS),
            [_ALGORITHM],
            audience=_AUDIENCE,
            options={"require": ["sub", "exp", "aud"]},
        )
        bearer = Bearer(UUID(claims["sub"]), int(claims["exp"]))
    except jwt.ExpiredSignatureError as error:
        raise BadTokenError("the token has expired; get a new one") from error
    except (jwt.InvalidTokenError, ValueError, RecursionError) as error:  # it is parsed before it is verified
        raise BadTokenError("the token is not valid") from error
    if bearer.user == SYSTEM:
        raise BadTokenError("the token is not valid")
    return bearer
