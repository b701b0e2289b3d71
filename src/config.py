"""Settings, all from the environment. With none set the service runs embedded: SQLite and no other server."""

from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, Base64Bytes, BeforeValidator, Field, SecretStr, TypeAdapter
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from .identity.openid.settings import Providers, PublicUrl, origin

KEY_BYTES = 32


class SettingsError(Exception):
    """A setting is missing or makes no sense; the text says which and what to do."""


def _database(url: str) -> str:
    try:
        backend = make_url(url).get_backend_name()
    except ArgumentError as error:
        raise ValueError("is no database URL; try sqlite:///projectory.db or postgresql://user@host/name") from error
    if backend == "sqlite" and make_url(url).database in (None, "", ":memory:"):
        raise ValueError("names no file; the log is to be kept: try sqlite:///projectory.db")
    if backend not in ("sqlite", "postgresql"):
        raise ValueError(f"names the database {backend}; sqlite and postgresql are supported")
    return url


def _redis(url: SecretStr) -> SecretStr:
    if not url.get_secret_value().startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("is no Redis URL; try redis://host:6379/0")
    return url


def _listed(value: Any) -> Any:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _origin(text: str) -> str:
    if text == "*":
        raise ValueError("names all origins with *, but answers depend on who asks: name each of yours")
    parts = urlsplit(text)
    whole = f"{parts.scheme}://{parts.netloc}".lower()
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in text or text != whole:
        raise ValueError(f"holds {text!r}, which is no origin; try https://plans.example.org")
    return text


def _network(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError as error:
        raise ValueError(f"holds {text!r}, which is no address; try 10.0.0.7 or 10.0.0.0/24") from error


Origins = Annotated[tuple[Annotated[str, AfterValidator(_origin)], ...], NoDecode, BeforeValidator(_listed)]
Networks = Annotated[tuple[Annotated[str, AfterValidator(_network)], ...], NoDecode, BeforeValidator(_listed)]
RedisUrl = Annotated[SecretStr, AfterValidator(_redis)]
DatabaseUrl = Annotated[str, AfterValidator(_database)]


class Settings(BaseSettings):
    """What can be set; each as PROJECTORY_ and its name in capitals."""

    model_config = SettingsConfigDict(
        env_prefix="PROJECTORY_", env_ignore_empty=True, frozen=True, hide_input_in_errors=True
    )

    database_url: DatabaseUrl = Field("sqlite:///projectory.db", repr=False, description="SQLite or PostgreSQL")
    owner_database_url: DatabaseUrl | None = Field(None, repr=False, description="Who migrates, if another")
    redis_url: RedisUrl | None = Field(None, description="Wakes workers; none: the process projects by itself")
    master_key: SecretStr | None = Field(None, description="32 bytes in base64; SQLite makes its own file")
    old_master_key: SecretStr | None = Field(None, description="The one before, until all keys are wrapped anew")
    erased_file: Path | None = Field(None, description="The list of erased persons; beside a SQLite database")
    outcome_hours: float = Field(1.0, ge=0.1, le=8760, description="How long a repeated command is recognised")
    request_seconds: float = Field(30.0, ge=0.1, le=3600, description="After so long a request is given up")
    cors_origins: Origins = Field((), description="Web pages from there may ask; separated by commas")
    trusted_proxies: Networks = Field((), description="Whose X-Forwarded-For and -Proto are believed")
    providers: Providers = Field(default_factory=dict, description="Who says who somebody is: docs/sign-in.md")
    public_url: PublicUrl | None = Field(None, description="Where people's browsers reach this service")
    log_level: str = "INFO"
    log_json: bool | None = Field(None, description="None: JSON unless the output is a terminal")

    @property
    def url(self) -> URL:
        return make_url(self.database_url)

    @property
    def owner_url(self) -> URL:
        """How the role that owns the schema signs in."""
        return make_url(self.owner_database_url or self.database_url)

    @property
    def embedded(self) -> bool:
        """Whether the database is a file, which the process may make and migrate by itself."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def log_file(self) -> Path:
        """The SQLite file of the log."""
        return Path(self.url.database or "projectory.db")

    @property
    def read_file(self) -> Path:
        """The SQLite file of the read models, beside the log; it may be deleted."""
        return self.log_file.with_name(f"{self.log_file.stem}-read{self.log_file.suffix}")

    @property
    def key_file(self) -> Path:
        return self.log_file.with_suffix(".key")

    @property
    def outcome_age(self) -> timedelta:
        return timedelta(hours=self.outcome_hours)

    @property
    def erased_list(self) -> Path | None:
        """Where the list of erased persons is kept, if anywhere: not in the database, and not in its backups."""
        return self.erased_file or (self.log_file.with_suffix(".erased") if self.embedded else None)

    @property
    def return_origins(self) -> frozenset[str]:
        """Where people are sent back to from a provider, beside their own machine."""
        own = () if self.public_url is None else (origin(self.public_url),)
        return frozenset((*own, *self.cors_origins))

    def decoded_master_key(self) -> bytes | None:
        return _key("PROJECTORY_MASTER_KEY", self.master_key)

    def decoded_old_master_key(self) -> bytes | None:
        return _key("PROJECTORY_OLD_MASTER_KEY", self.old_master_key)


def _key(name: str, setting: SecretStr | None) -> bytes | None:
    if setting is None:
        return None
    try:
        key = TypeAdapter(Base64Bytes).validate_python(setting.get_secret_value().encode())
    except ValueError as error:
        raise SettingsError(f"{name} is not base64; make one with: openssl rand -base64 32") from error
    if len(key) != KEY_BYTES:
        raise SettingsError(f"{name} holds {len(key)} bytes instead of 32; make one with: openssl rand -base64 32")
    return key
