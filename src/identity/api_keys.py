"""API keys as bearer tokens: they are looked up, since they do not expire by themselves."""

from .credentials import Credentials, Kind
from .secret import API_KEY, shown
from .tokens import BadTokenError, Bearer

NEVER = 2**53
"""Seconds since 1970. When a key expires is known where it is checked."""


def is_api_key(token: str) -> bool:
    return token.startswith(API_KEY)


async def by_api_key(credentials: Credentials, token: str) -> Bearer:
    """Whom the key speaks for; raises BadTokenError. Whether it was revoked or has expired, the log knows."""
    offered = shown(API_KEY, token)
    found = offered and await credentials.find(offered.id, Kind.API_KEY)
    if not offered or not found or not offered.is_that_of(found[1]):
        raise BadTokenError("the token is not valid")
    return Bearer(found[0], offered.id, NEVER)
