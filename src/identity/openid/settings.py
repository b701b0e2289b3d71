"""Which providers there are, from the environment, and which addresses may be spoken to."""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)
from pydantic_settings import NoDecode

ProviderName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
_LONGEST_URL = 2_000


def is_loopback(host: str) -> bool:
    """Whether what is sent there stays on the machine."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def parsed(url: str) -> SplitResult:
    """The parts of an address that secrets may be sent to; ValueError says in words why it is none."""
    if len(url) > _LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise ValueError("is no address that can be used; try https://accounts.example.org")
    parts = urlsplit(url)
    host = parts.hostname or ""
    _ = parts.port  # raises where it is no number
    if not host or parts.scheme not in ("http", "https") or "@" in parts.netloc:
        raise ValueError("is no address of a server; try https://accounts.example.org")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError(f"would send secrets to {host} in the open; use https, or http on this machine only")
    return parts


def origin(url: str) -> str:
    """The scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _issuer(url: str) -> str:
    if parsed(url).query or parsed(url).fragment or url.endswith(("?", "#")):
        raise ValueError("is no issuer: it has neither a query nor a fragment")
    return url


def _public(url: str) -> str:
    return _issuer(url).rstrip("/")


def _scopes(text: str) -> str:
    if "openid" not in text.split():
        raise ValueError("lacks openid, without which a provider does not say who somebody is")
    return " ".join(text.split())


PublicUrl = Annotated[str, AfterValidator(_public)]


class ProviderSettings(BaseModel):
    """One provider. `hosts` are those that its document may name beside the issuer's own."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    issuer: Annotated[str, AfterValidator(_issuer)]
    client_id: str = Field(min_length=1)
    client_secret: SecretStr = Field(min_length=1)
    scopes: Annotated[str, AfterValidator(_scopes)] = "openid profile email"
    hosts: tuple[str, ...] = ()
    seconds: float = Field(10.0, gt=0, le=60, description="For a whole answer, however slowly it comes")
    parameters: dict[str, str] = Field(default_factory=dict, description="More of the request to authorise")

    @property
    def reachable(self) -> frozenset[str]:
        """The hosts, with their ports, that are spoken to."""
        return frozenset(host.lower() for host in (urlsplit(self.issuer).netloc, *self.hosts))


def _providers(value: Any) -> Mapping[str, ProviderSettings]:
    try:
        return _BY_NAME.validate_json(value) if isinstance(value, str) else _BY_NAME.validate_python(value)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "it"
        raise ValueError(f"does not fit: {where}: {first['msg'].removeprefix('Value error, ')}") from None


_BY_NAME = TypeAdapter(dict[ProviderName, ProviderSettings], config=ConfigDict(hide_input_in_errors=True))
Providers = Annotated[dict[str, ProviderSettings], NoDecode, BeforeValidator(_providers)]
