"""Requests to a provider: to its hosts only, with an end in time and in size, and no redirect followed."""

import asyncio
from collections.abc import Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

import httpx2
import orjson
from pydantic import BaseModel, SecretStr, ValidationError

from .errors import ProviderAwayError, ProviderError, ProviderSlowError
from .settings import parsed

MOST_BYTES = 256 * 1024
_CONNECT_SECONDS = 3.0
_SERVER_ERROR, _TOO_MANY = 500, 429
M = TypeVar("M", bound=BaseModel)


class Answer(NamedTuple):
    status: int
    body: bytes


def http_client() -> httpx2.AsyncClient:
    """One for all providers of a process. Answers are not compressed: what is counted is what comes."""
    return httpx2.AsyncClient(
        timeout=httpx2.Timeout(None, connect=_CONNECT_SECONDS),
        limits=httpx2.Limits(max_connections=50),
        headers={"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "projectory"},
        follow_redirects=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),  # who was asked for before is nobody's business
    )


class Http:
    """What one provider is asked by."""

    def __init__(self, client: httpx2.AsyncClient, name: str, hosts: frozenset[str], seconds: float) -> None:
        self._client = client
        self._name = name
        self._hosts = hosts
        self._seconds = seconds

    def allowed(self, url: str) -> str:
        """The address, if it is one of the provider's hosts."""
        try:
            parts = parsed(url)
        except ValueError as error:
            raise ProviderError(f"{self._name} names an address that {error}") from error
        if parts.netloc.lower() not in self._hosts:
            raise ProviderError(
                f"{self._name} names an address on {parts.netloc}, which is none of its hosts; if it is one, "
                "name it in `hosts` of the provider's settings"
            )
        return url

    async def get(self, url: str, bearer: str | None = None) -> Answer:
        return await self._ask("GET", url, headers={"Authorization": f"Bearer {bearer}"} if bearer else {})

    async def post(self, url: str, form: Mapping[str, str], client: tuple[str, SecretStr], *, basic: bool) -> Answer:
        """A form from us as the client that we are, by Basic authentication or within the form."""
        id_, secret = client[0], client[1].get_secret_value()
        if basic:
            # RFC 6749, 2.3.1: both are form-encoded first.
            return await self._ask("POST", url, data=dict(form), auth=(quote(id_, safe=""), quote(secret, safe="")))
        return await self._ask("POST", url, data={**form, "client_id": id_, "client_secret": secret})

    def read(self, answer: Answer, model: type[M]) -> M:
        """The body of a successful answer."""
        if not httpx2.codes.is_success(answer.status):
            raise self.failed(answer)
        try:
            return model.model_validate(orjson.loads(answer.body))
        except (ValidationError, orjson.JSONDecodeError) as error:
            raise ProviderError(f"{self._name} gives an answer that makes no sense") from error

    def failed(self, answer: Answer) -> ProviderError:
        """The error of an answer that is none of the protocol."""
        away = answer.status >= _SERVER_ERROR or answer.status == _TOO_MANY
        kind = ProviderAwayError if away else ProviderError
        return kind(f"{self._name} answers with status {answer.status}")

    async def _ask(self, method: str, url: str, **rest: Any) -> Answer:
        self.allowed(url)
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._client.stream(method, url, **rest) as response,
            ):
                return Answer(response.status_code, await self._body(response))
        except (TimeoutError, httpx2.TimeoutException) as error:
            raise ProviderSlowError(f"{self._name} does not answer in time; try again") from error
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError) as error:
            raise ProviderAwayError(f"{self._name} cannot be reached; try again later") from error

    async def _body(self, response: httpx2.Response) -> bytes:
        if response.headers.get("content-encoding", "identity") != "identity":
            raise ProviderError(f"{self._name} compresses what was asked for plain")
        body = bytearray()
        async for part in response.aiter_raw():
            body += part
            if len(body) > MOST_BYTES:
                raise ProviderError(f"{self._name} answers with more than {MOST_BYTES} bytes")
        return bytes(body)
