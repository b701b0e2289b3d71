"""A provider that speaks the real protocol on a socket of its own: what it is asked wrongly it refuses."""

import asyncio
import base64
import hashlib
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from uuid_utils.compat import uuid4

CLIENT, SECRET = "projectory:tests", "s&cret/with+signs"
CONSENT = '<form method="post"><input name="request" value="{}"><input name="account"></form>'


class SigningKey:
    """A key of the provider, with its public half as it is published."""

    def __init__(self, algorithm: str = "RS256") -> None:
        self.algorithm, self.kid = algorithm, uuid4().hex
        elliptic = algorithm.startswith("ES")
        self.private: Any = ec.generate_private_key(ec.SECP256R1()) if elliptic else _rsa()
        published: Any = ECAlgorithm if elliptic else RSAAlgorithm
        jwk = published.to_jwk(self.private.public_key(), as_dict=True)
        self.public = {**jwk, "kid": self.kid, "use": "sig", "alg": algorithm}

    def sign(self, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, self.private, self.algorithm, headers={"kid": self.kid})


def _rsa() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@cache
def _first_key() -> SigningKey:
    """To make one takes longer than most tests."""
    return SigningKey()


@dataclass
class Provider:
    """Its accounts are whatever somebody says on the page of consent.

    Tests change what it does: `claims` is applied to what it says of an account, `sign` signs that, `answers` replaces
    the answer of a path, `document` what it publishes.
    """

    issuer: str
    keys: list[SigningKey] = field(default_factory=lambda: [_first_key()])
    claims: Callable[[dict[str, Any]], dict[str, Any]] = lambda claims: claims
    sign: Callable[[dict[str, Any]], str] | None = None
    answers: dict[str, Callable[[Request], Any]] = field(default_factory=dict)
    document: dict[str, Any] = field(default_factory=dict)
    granted: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By code, refresh token and access token."""
    asked: Counter[str] = field(default_factory=Counter)
    wanted: dict[str, dict[str, str]] = field(default_factory=dict)

    def published(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "revocation_endpoint": f"{self.issuer}/revoke",
            "id_token_signing_alg_values_supported": ["RS256", "ES256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "authorization_response_iss_parameter_supported": True,
            **self.document,
        }

    def live(self, kind: str) -> list[str]:
        """The tokens of that kind which it takes."""
        return [token for token, each in self.granted.items() if each["kind"] == kind and not each["used"]]

    def app(self) -> Starlette:
        paths: dict[str, Callable[[Request], Any]] = {
            "/.well-known/openid-configuration": self._configuration,
            "/keys": self._keys,
            "/authorize": self._authorize,
            "/token": self._token,
            "/userinfo": self._userinfo,
            "/revoke": self._revoke,
        }

        def counted(path: str) -> Callable[[Request], Any]:
            async def endpoint(request: Request) -> Response:
                self.asked[path] += 1
                answer: Response = await self.answers.get(path, paths[path])(request)
                return answer

            return endpoint

        return Starlette(routes=[Route(path, counted(path), methods=["GET", "POST"]) for path in paths])

    async def _configuration(self, _request: Request) -> Response:
        return JSONResponse(self.published())

    async def _keys(self, _request: Request) -> Response:
        return JSONResponse({"keys": [key.public for key in self.keys]})

    async def _authorize(self, request: Request) -> Response:
        if request.method == "GET":
            asked = dict(request.query_params)
            fits = (
                asked["client_id"] == CLIENT
                and asked["response_type"] == "code"
                and "openid" in asked["scope"].split()
                and asked["code_challenge_method"] == "S256"
                and len(asked["state"]) >= 32
                and asked["nonce"]
            )
            if not fits:
                return Response("the request is wrong", 400)
            id_ = uuid4().hex
            self.wanted[id_] = asked
            return HTMLResponse(CONSENT.format(id_))
        form = await _form(request)
        asked = self.wanted.pop(form["request"])
        account = form.get("account")
        told = {"error": "access_denied"} if account is None else {"code": self._issue("code", account, asked)}
        back = urlencode({**told, "state": asked["state"], "iss": self.issuer})
        return RedirectResponse(f"{asked['redirect_uri']}?{back}", 303)

    async def _token(self, request: Request) -> Response:
        form = await _form(request)
        if not _authenticated(request, form):
            return JSONResponse({"error": "invalid_client"}, 401)
        if form["grant_type"] == "authorization_code":
            return self._exchanged(form)
        grant = self.granted.get(form["refresh_token"])
        if grant is None or grant["used"] or grant["kind"] != "refresh":
            return JSONResponse({"error": "invalid_grant"}, 400)
        grant["used"] = True  # it rotates them
        return self._tokens(grant["account"], None)

    def _exchanged(self, form: dict[str, str]) -> Response:
        grant = self.granted.get(form["code"])
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        fits = (
            grant is not None
            and not grant["used"]
            and grant["asked"]["redirect_uri"] == form["redirect_uri"]
            and grant["asked"]["code_challenge"] == challenge.decode()
        )
        if grant is None or not fits:
            return JSONResponse({"error": "invalid_grant"}, 400)
        grant["used"] = True
        return self._tokens(grant["account"], grant["asked"]["nonce"])

    def _tokens(self, account: str, nonce: str | None) -> Response:
        now = int(time.time())
        claims = {"iss": self.issuer, "sub": account, "aud": CLIENT, "iat": now, "exp": now + 300}
        claims = self.claims(claims | ({"nonce": nonce} if nonce else {}))
        told = {
            "access_token": self._issue("access", account),
            "refresh_token": self._issue("refresh", account),
            "token_type": "Bearer",
            "expires_in": 300,
            "id_token": (self.sign or self.keys[-1].sign)(claims),
        }
        return JSONResponse(told, headers={"Cache-Control": "no-store"})

    async def _userinfo(self, request: Request) -> Response:
        grant = self.granted.get(request.headers["authorization"].removeprefix("Bearer "))
        if grant is None or grant["used"]:
            return Response(status_code=401)
        return JSONResponse({"sub": grant["account"], "name": "Ann", "email": "ann@example.org"})

    async def _revoke(self, request: Request) -> Response:
        form = await _form(request)
        if not _authenticated(request, form):
            return JSONResponse({"error": "invalid_client"}, 401)
        if grant := self.granted.get(form["token"]):
            grant["used"] = True
        return Response()

    def _issue(self, kind: str, account: str, asked: dict[str, str] | None = None) -> str:
        token = f"{kind}-{uuid4().hex}"
        self.granted[token] = {"kind": kind, "account": account, "asked": asked, "used": False}
        return token


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode()))


def _authenticated(request: Request, form: dict[str, str]) -> bool:
    header = request.headers.get("authorization", "")
    if header.startswith("Basic "):
        id_, _, secret = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
        return (unquote(id_), unquote(secret)) == (CLIENT, SECRET)
    return (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The signals are the tests' own."""
        yield


@asynccontextmanager
async def a_provider() -> AsyncIterator[Provider]:
    """A provider that is there while the test runs."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        provider = Provider(f"http://127.0.0.1:{listening.getsockname()[1]}")
        config = uvicorn.Config(provider.app(), log_config=None, access_log=False, lifespan="off")
        server = _Server(config)
        serving = asyncio.create_task(server.serve([listening]))
        try:
            yield provider
        finally:
            server.should_exit = server.force_exit = True
            await serving
