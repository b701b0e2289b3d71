"""Secrets that the service makes: 256 random bits under an id, in a form that scanners of leaked secrets know."""

import base64
import hashlib
import hmac
import secrets
from typing import NamedTuple
from uuid import UUID

from uuid_utils.compat import uuid7

API_KEY, RESET = "pjk_", "pjr_"
_ID, _SECRET = 16, 32


class Made(NamedTuple):
    """A new secret: the id and the digest are kept, the text is shown once."""

    id: UUID
    text: str
    digest: bytes


class Shown(NamedTuple):
    """A secret that somebody shows."""

    id: UUID
    digest: bytes

    def is_that_of(self, digest: bytes) -> bool:
        return hmac.compare_digest(self.digest, digest)


def make(prefix: str) -> Made:
    id_, secret = uuid7(), secrets.token_bytes(_SECRET)
    text = prefix + base64.urlsafe_b64encode(id_.bytes + secret).decode().rstrip("=")
    return Made(id_, text, _digest(secret))


def shown(prefix: str, text: str) -> Shown | None:
    """What the text claims to be; None when it has not that form."""
    body = text.removeprefix(prefix)
    try:
        content = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    if not text.startswith(prefix) or len(content) != _ID + _SECRET:
        return None
    return Shown(UUID(bytes=content[:_ID]), _digest(content[_ID:]))


def _digest(secret: bytes) -> bytes:
    """With 256 random bits there is nothing to guess, so one round of SHA-256 is enough."""
    return hashlib.sha256(secret).digest()
