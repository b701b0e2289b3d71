"""ID tokens: only what the provider has signed, for this service, now, and for this request, is believed."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from src.testing.http import problem, succeeded

from .browser import Site
from .provider import CLIENT, Provider, SigningKey

Claims = dict[str, Any]


def without(claims: Claims, name: str) -> Claims:
    """The claims but one."""
    return {key: value for key, value in claims.items() if key != name}


WRONG: dict[str, Callable[[Claims], Claims]] = {
    "the nonce of another request": lambda c: c | {"nonce": "x" * 43},
    "no nonce": lambda c: without(c, "nonce"),
    "a nonce that is no text": lambda c: c | {"nonce": 7},
    "another audience": lambda c: c | {"aud": "another"},
    "no audience": lambda c: without(c, "aud"),
    "several audiences and no party": lambda c: c | {"aud": [CLIENT, "another"]},
    "another party": lambda c: c | {"azp": "another"},
    "another issuer": lambda c: c | {"iss": "https://accounts.example.com"},
    "an issuer with a slash": lambda c: c | {"iss": c["iss"] + "/"},
    "no issuer": lambda c: without(c, "iss"),
    "expired": lambda c: c | {"iat": c["iat"] - 900, "exp": int(time.time()) - 120},
    "no expiry": lambda c: without(c, "exp"),
    "an expiry that is no time": lambda c: c | {"exp": "soon"},
    "of the future": lambda c: c | {"iat": int(time.time()) + 600},
    "no time": lambda c: without(c, "iat"),
    "no account": lambda c: without(c, "sub"),
    "an empty account": lambda c: c | {"sub": ""},
    "an account that is no text": lambda c: c | {"sub": 7},
    "an account without end": lambda c: c | {"sub": "x" * 256},
}


def encoded(part: object) -> str:
    """A part of a token."""
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def unsigned(provider: Provider, claims: Claims) -> str:
    """No signature at all."""
    return jwt.encode(claims, "", "none", headers={"kid": provider.keys[0].kid})


def with_the_public_key(provider: Provider, claims: Claims) -> str:
    """HS256, with what everybody knows as the secret."""
    public = provider.keys[0].private.public_key()
    secret = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    text = f"{encoded({'alg': 'HS256', 'typ': 'JWT', 'kid': provider.keys[0].kid})}.{encoded(claims)}"
    signature = hmac.digest(secret, text.encode(), hashlib.sha256)
    return f"{text}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def by_another_key(provider: Provider, claims: Claims) -> str:
    """Under the id of the provider's."""
    return jwt.encode(claims, SigningKey().private, "RS256", headers={"kid": provider.keys[0].kid})


def changed(provider: Provider, claims: Claims) -> str:
    """What was signed was another account."""
    head, _, signature = provider.keys[0].sign(claims).split(".")
    return f"{head}.{encoded(claims | {'sub': 'ann'})}.{signature}"


def with_its_own_key(provider: Provider, claims: Claims) -> str:
    """Signed by a key that the token brings along."""
    own = SigningKey()
    return jwt.encode(claims, own.private, "RS256", headers={"jwk": own.public, "kid": own.kid})


def as_announced_nowhere(provider: Provider, claims: Claims) -> str:
    """The right key, but another signature."""
    return jwt.encode(claims, provider.keys[0].private, "RS512", headers={"kid": provider.keys[0].kid})


def with_a_critical_header(provider: Provider, claims: Claims) -> str:
    """What is not understood must not be passed over."""
    headers = {"kid": provider.keys[0].kid, "crit": ["exp2"], "exp2": 1}
    return jwt.encode(claims, provider.keys[0].private, "RS256", headers=headers)


def nothing(_provider: Provider, _claims: Claims) -> str:
    """An empty text."""
    return ""


def no_token(_provider: Provider, _claims: Claims) -> str:
    """Three parts of nothing."""
    return "a.b.c"


def a_strange_header(_provider: Provider, _claims: Claims) -> str:
    """A header that is none."""
    return f"{encoded({'alg': ['RS256']})}.{encoded({})}."


def beyond_ascii(provider: Provider, claims: Claims) -> str:
    """A good one with something at its end."""
    return provider.keys[0].sign(claims) + "é"


FORGED: list[Callable[[Provider, Claims], str]] = [
    unsigned,
    with_the_public_key,
    by_another_key,
    changed,
    with_its_own_key,
    as_announced_nowhere,
    with_a_critical_header,
    nothing,
    no_token,
    a_strange_header,
    beyond_ascii,
]
REFUSED = [(401, "SIGN_IN_FAILED"), (502, "PROVIDER_TOKEN_INVALID"), "FAILED"]
"""Nobody signs in by it, and nobody connects it."""


@pytest.fixture
def site(site_on_sqlite: Site) -> Site:
    """What is believed is no matter of the database."""
    return site_on_sqlite


async def attempts(site: Site) -> list[object]:
    """What is answered to who would sign in as Ann, and to Bob, who connects; and what comes of his connection."""
    bob = await site.service.person()
    begun = await site.begin_to_connect(bob)
    answers = [await site.sign_in("ann"), await site.authorise(bob, begun, await site.visit(begun, "bob"))]
    (connection,) = await site.shown(bob)
    return [*((answer.status_code, answer.json().get("code")) for answer in answers), connection["status"]]


async def test_what_is_said_must_be_for_this_request(site: Site) -> None:
    """What the provider has signed, but says of or to somebody else, at another time, or elsewhere."""
    await site.connect(await site.service.person(), "ann")
    answered = {}
    for what, change in WRONG.items():
        site.provider.claims = change
        answered[what] = await attempts(site)
    assert answered == dict.fromkeys(WRONG, REFUSED)


async def test_only_the_providers_own_keys_sign(site: Site) -> None:
    """What anybody could have made is not believed."""
    await site.connect(await site.service.person(), "ann")
    answered = {}
    for forge in FORGED:
        site.provider.sign = partial(forge, site.provider)
        answered[forge.__name__] = await attempts(site)
    assert answered == dict.fromkeys([forge.__name__ for forge in FORGED], REFUSED)


async def test_tokens_of_two_accounts_are_not_believed(site: Site) -> None:
    """The access token is of the account of the ID token."""
    await site.connect(await site.service.person(), "ann")

    async def another(_request: Request) -> Response:
        return JSONResponse({"sub": "mallory"})

    site.provider.answers["/userinfo"] = another
    assert await attempts(site) == REFUSED


async def test_a_refresh_does_not_change_the_account(site: Site) -> None:
    """An ID token that comes with it is about the same account, or nothing is renewed."""
    ann = await site.service.person()
    path = f"users/{ann.user}/connections/{await site.connect(ann, 'ann')}/refresh"
    site.provider.claims = lambda claims: claims | {"sub": "mallory"}
    problem(await ann.ask("POST", path), 502, "PROVIDER_TOKEN_INVALID")
    assert [each["status"] for each in await site.shown(ann)] == ["ACTIVE"]


async def test_clocks_may_differ_by_a_minute(site: Site) -> None:
    """So a provider whose clock is a little wrong is believed; and so is one that names us among others."""
    await site.connect(await site.service.person(), "ann")
    right: list[Callable[[Claims], Claims]] = [
        lambda c: c | {"iat": c["iat"] + 30},
        lambda c: c | {"iat": c["iat"] - 300, "exp": int(time.time()) - 30},
        lambda c: c | {"aud": [CLIENT]},
        lambda c: c | {"aud": [CLIENT, "another"], "azp": CLIENT},
    ]
    for change in right:
        site.provider.claims = change
        succeeded(await site.sign_in("ann"))


async def test_keys_change_in_between(site: Site) -> None:
    """A key that is not known is asked for, of whatever kind it is; the old one goes."""
    ann = await site.service.person()
    await site.connect(ann, "ann")
    site.provider.keys.append(SigningKey("ES256"))
    succeeded(await site.sign_in("ann"))
    site.provider.keys.pop(0)
    succeeded(await site.sign_in("ann"))


async def test_keys_that_are_not_there_are_not_asked_for_each_time(site: Site) -> None:
    """Who makes keys up does not make us ask again and again."""
    await site.connect(await site.service.person(), "ann")
    assert site.provider.asked["/keys"] == 1
    site.provider.sign = lambda claims: SigningKey("ES256").sign(claims)
    for _ in range(5):
        problem(await site.sign_in("ann"), 401, "SIGN_IN_FAILED")
    assert site.provider.asked["/keys"] == 2
    assert site.provider.asked["/.well-known/openid-configuration"] == 1
