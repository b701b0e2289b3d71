"""ID tokens: whether they are the provider's, for us, of now, and of the request that they answer."""

import hmac
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import jwt

from .errors import IdTokenError
from .kept import Kept

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures by keys that only the provider has: none that we could make ourselves, and not none at all."""
SKEW = timedelta(seconds=60)
"""By so much clocks may differ."""
_LONGEST_SUBJECT = 255
_REQUIRED = ["iss", "sub", "aud", "exp", "iat"]
_jwt = jwt.PyJWT(options={"enforce_minimum_key_length": True})

Key = dict[str, Any]


class IdTokens:
    """The ID tokens of one provider for one client."""

    def __init__(self, name: str, issuer: str, client_id: str, keys: Kept[list[Key]]) -> None:
        self._name = name
        self._issuer = issuer
        self._client_id = client_id
        self._keys = keys

    async def subject(self, token: str, algorithms: Sequence[str], nonce: str | None) -> str:
        """Whom the token is about. `nonce` is that of the request, or None where nobody was sent to the provider."""
        try:
            header = jwt.get_unverified_header(token)
            algorithm, kid = header.get("alg"), header.get("kid")
            if algorithm not in ALGORITHMS or algorithm not in algorithms:
                raise self._error("it is not signed as announced")
            key = jwt.PyJWK(await self._key(algorithm, kid), algorithm)
            claims = _jwt.decode(
                token,
                key,
                [algorithm],
                audience=self._client_id,
                issuer=self._issuer,
                leeway=SKEW,
                options={"require": _REQUIRED},
            )
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError, RecursionError) as error:
            raise self._error(_why(error)) from error
        self._check(claims, nonce)
        return str(claims["sub"])

    def _check(self, claims: dict[str, Any], nonce: str | None) -> None:
        """What the protocol asks for beyond a good token (OpenID Connect Core, 3.1.3.7)."""
        audience, party, subject = claims["aud"], claims.get("azp"), claims["sub"]
        many = isinstance(audience, list) and len(audience) > 1
        if party != self._client_id and (many or party is not None):
            raise self._error("it was made for another service")
        if nonce is not None and not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
            raise self._error("it answers another request")
        if not subject or len(subject) > _LONGEST_SUBJECT:
            raise self._error("it names no account")

    async def _key(self, algorithm: str, kid: object) -> Key:
        """The key with that id; asked for again when there is none, as the provider may have changed its keys."""
        found = _fitting(await self._keys.get(), algorithm, kid) or _fitting(await self._keys.again(), algorithm, kid)
        if len(found) != 1:
            raise self._error("the key that it is signed with is none of the published ones")
        return found[0]

    def _error(self, why: str) -> IdTokenError:
        return IdTokenError(self._name, why)


def _fitting(keys: list[Key], algorithm: str, kid: object) -> list[Key]:
    """Keys to verify with: of that id where the token names one, for signatures, of a kind that fits."""
    kind = "RSA" if algorithm[:2] in ("RS", "PS") else "EC" if algorithm.startswith("ES") else "OKP"
    return [
        key
        for key in keys
        if key.get("kty") == kind
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (kid is None or key.get("kid") == kid)
    ]


def _why(error: Exception) -> str:
    match error:
        case jwt.ExpiredSignatureError():
            return "it has expired"
        case jwt.ImmatureSignatureError():
            return "it is of a time to come"
        case jwt.InvalidAudienceError():
            return "it was made for another service"
        case jwt.InvalidIssuerError():
            return "it is of another issuer"
        case jwt.InvalidSignatureError():
            return "its signature is wrong"
        case jwt.MissingRequiredClaimError():
            return f"it lacks {error.claim}"
        case _:
            return "it is no token of the right form"
