"""The protocol with one provider: OpenID Connect Core by the authorization code with PKCE, refresh and revocation."""

import base64
import hashlib
from typing import NamedTuple
from urllib.parse import urlencode

import httpx2
import orjson
from pydantic import BaseModel, Field, ValidationError

from .errors import GRANT_ERRORS, IdTokenError, NotGrantedError, ProviderError
from .grant import Grant
from .http import Answer, Http
from .id_token import IdTokens, Key
from .kept import Kept
from .settings import ProviderSettings

_REFUSALS = {400, 401, 403}
_BASIC, _IN_FORM = "client_secret_basic", "client_secret_post"


class Proof(NamedTuple):
    """What ties an answer to the request that it answers: in the ID token, and in the exchange of the code."""

    nonce: str
    verifier: str


class _Document(BaseModel):
    """What is published under the issuer's address, as far as it is used."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    revocation_endpoint: str | None = None
    id_token_signing_alg_values_supported: list[str] = ["RS256"]
    token_endpoint_auth_methods_supported: list[str] = [_BASIC]
    authorization_response_iss_parameter_supported: bool = False


class _Keys(BaseModel):
    keys: list[Key]


class _Tokens(BaseModel):
    access_token: str = Field(min_length=1, max_length=20_000)
    token_type: str
    id_token: str | None = Field(None, max_length=50_000)
    refresh_token: str | None = Field(None, max_length=20_000)


class _Refusal(BaseModel):
    error: str = Field(pattern=r"^[A-Za-z_.-]{1,64}$")


class _UserInfo(BaseModel):
    sub: str


class OpenIdProvider:
    """A provider. Whatever it does wrong is a ProviderError."""

    def __init__(
        self,
        name: str,
        settings: ProviderSettings,
        redirect_uri: str,
        client: httpx2.AsyncClient,
    ) -> None:
        self.name = name
        self.issuer = settings.issuer
        self._settings = settings
        self._redirect_uri = redirect_uri
        self._http = Http(client, name, settings.reachable, settings.seconds)
        self._document = Kept(self._fetch_document)
        self._id_tokens = IdTokens(name, settings.issuer, settings.client_id, Kept(self._fetch_keys))

    async def authorization_url(self, state: str, proof: Proof) -> str:
        """Where the person is sent to."""
        document = await self._document.get()
        endpoint = self._http.allowed(document.authorization_endpoint)
        challenge = hashlib.sha256(proof.verifier.encode()).digest()
        asked = self._settings.parameters | {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": self._redirect_uri,
            "scope": self._settings.scopes,
            "state": state,
            "nonce": proof.nonce,
            "code_challenge": base64.urlsafe_b64encode(challenge).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"

    async def sent(self, issuer: str | None) -> bool:
        """Whether an answer that says to be of that issuer is this provider's (RFC 9207)."""
        if issuer is not None:
            return issuer == self.issuer
        return not (await self._document.get()).authorization_response_iss_parameter_supported

    async def exchange(self, code: str, proof: Proof) -> Grant:
        """What the person has granted, for the code that they came back with."""
        document = await self._document.get()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": proof.verifier,
        }
        tokens = await self._tokens(document, form)
        if tokens.id_token is None:
            raise IdTokenError(self.name, "there is no ID token")
        subject = await self._subject(document, tokens.id_token, proof.nonce)
        await self._check_account(document, tokens.access_token, subject)
        return self._grant(subject, tokens)

    async def refresh(self, grant: Grant) -> Grant:
        """New tokens of the same account. A provider that gives no new refresh token lets the old one be used again."""
        document = await self._document.get()
        form = {"grant_type": "refresh_token", "refresh_token": grant.refresh_token or ""}
        tokens = await self._tokens(document, form)
        if tokens.id_token is not None:
            subject = await self._subject(document, tokens.id_token, None)
            if subject != grant.subject:
                raise IdTokenError(self.name, "it is about another account")
        renewed = self._grant(grant.subject, tokens)
        return renewed.model_copy(update={"refresh_token": renewed.refresh_token or grant.refresh_token})

    async def revoke(self, grant: Grant) -> None:
        """Gives the grant back (RFC 7009), where the provider takes it."""
        document = await self._document.get()
        if document.revocation_endpoint is None:
            raise ProviderError(f"{self.name} has no way to withdraw a grant; withdraw it there")
        kind = "refresh_token" if grant.refresh_token else "access_token"
        form = {"token": grant.refresh_token or grant.access_token, "token_type_hint": kind}
        answer = await self._post(document, document.revocation_endpoint, form)
        if not httpx2.codes.is_success(answer.status):
            raise self._http.failed(answer)

    def _grant(self, subject: str, tokens: _Tokens) -> Grant:
        return Grant(
            issuer=self.issuer,
            subject=subject,
            access_token=tokens.access_token,
            refresh_token=tokens.refresh_token,
        )

    async def _tokens(self, document: _Document, form: dict[str, str]) -> _Tokens:
        answer = await self._post(document, document.token_endpoint, form)
        if answer.status in _REFUSALS:
            raise self._refused(answer)
        tokens = self._http.read(answer, _Tokens)
        if tokens.token_type.lower() != "bearer":
            raise ProviderError(f"{self.name} gives tokens of a kind that is not known")
        return tokens

    def _refused(self, answer: Answer) -> ProviderError:
        try:
            error = _Refusal.model_validate(orjson.loads(answer.body)).error
        except (ValidationError, orjson.JSONDecodeError):
            return self._http.failed(answer)
        if error in GRANT_ERRORS:
            return NotGrantedError(self.name, error)
        return ProviderError(f"{self.name} refuses this service ({error}); its settings may be wrong")

    async def _post(self, document: _Document, url: str, form: dict[str, str]) -> Answer:
        """By Basic authentication, which every provider has to take, unless it announces the other way only."""
        methods = document.token_endpoint_auth_methods_supported
        basic = _BASIC in methods or _IN_FORM not in methods
        client = self._settings.client_id, self._settings.client_secret
        return await self._http.post(url, form, client, basic=basic)

    async def _subject(self, document: _Document, id_token: str, nonce: str | None) -> str:
        return await self._id_tokens.subject(id_token, document.id_token_signing_alg_values_supported, nonce)

    async def _check_account(self, document: _Document, access_token: str, subject: str) -> None:
        """Whether the access token is of the account of the ID token. What else is told of the person is not read."""
        if document.userinfo_endpoint is None:
            return
        answer = await self._http.get(document.userinfo_endpoint, access_token)
        if self._http.read(answer, _UserInfo).sub != subject:
            raise IdTokenError(self.name, "its tokens are of two accounts")

    async def _fetch_document(self) -> _Document:
        url = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
        document = self._http.read(await self._http.get(url), _Document)
        if document.issuer != self.issuer:
            raise ProviderError(f"{self.name} calls itself another issuer than the settings say")
        return document

    async def _fetch_keys(self) -> list[Key]:
        document = await self._document.get()
        return self._http.read(await self._http.get(document.jwks_uri), _Keys).keys
