"""Providers are named by the environment; what does not fit is told in words, and secrets are not repeated."""

import json
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from src.config import Settings, SettingsError
from src.wiring import open_app

GOOD = {"issuer": "https://accounts.example.org", "client_id": "projectory", "client_secret": "s3cret"}


def told(monkeypatch: pytest.MonkeyPatch, **environment: Any) -> str:
    """The words about settings that do not fit."""
    for name, value in environment.items():
        monkeypatch.setenv(f"PROJECTORY_{name}", value if isinstance(value, str) else json.dumps(value))
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert "s3cret" not in str(caught.value)
    return str(caught.value.errors()[0]["msg"])


def test_providers_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """With defaults for what most need, and a secret that is not shown."""
    monkeypatch.setenv("PROJECTORY_PROVIDERS", json.dumps({"example": GOOD}))
    monkeypatch.setenv("PROJECTORY_PUBLIC_URL", "https://plans.example.org/")
    settings = Settings()
    found = settings.providers["example"]
    assert (found.issuer, found.scopes) == ("https://accounts.example.org", "openid profile email")
    assert found.client_secret == SecretStr("s3cret")
    assert found.reachable == {"accounts.example.org"}
    assert settings.public_url == "https://plans.example.org"
    assert settings.return_origins == {"https://plans.example.org"}
    assert "s3cret" not in repr(settings)


@pytest.mark.parametrize(
    "change, words",
    [
        ({"issuer": "http://accounts.example.org"}, "in the open"),
        ({"issuer": "https://ann:pw@accounts.example.org"}, "no address of a server"),
        ({"issuer": "https://accounts.example.org?x=1"}, "neither a query nor a fragment"),
        ({"issuer": "accounts.example.org"}, "no address of a server"),
        ({"issuer": "ftp://accounts.example.org"}, "no address of a server"),
        ({"issuer": "https://accounts.example.org:x"}, "Port could not be cast"),
        ({"scopes": "profile email"}, "lacks openid"),
        ({"client_id": ""}, "client_id"),
        ({"client_secret": ""}, "client_secret"),
        ({"clientSecret": "s3cret"}, "clientSecret"),
    ],
)
def test_what_does_not_fit_is_told(monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], words: str) -> None:
    """With the name of the provider and of the field."""
    message = told(monkeypatch, PROVIDERS={"example": GOOD | change})
    assert words in message
    assert "example." in message


def test_what_is_no_json_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also a name that fits into no address."""
    assert "does not fit" in told(monkeypatch, PROVIDERS='{"example": s3cret')
    assert "does not fit" in told(monkeypatch, PROVIDERS={"Example Ltd": GOOD})
    assert "does not fit" in told(monkeypatch, PROVIDERS=[GOOD])


def test_on_this_machine_http_is_good_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """For who tries it out."""
    for address in ("http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080/realms/x"):
        monkeypatch.setenv("PROJECTORY_PROVIDERS", json.dumps({"example": GOOD | {"issuer": address}}))
        assert Settings().providers["example"].issuer == address


async def test_people_must_find_back(sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """With providers but no address of its own the service does not start, and says which setting is missing."""
    monkeypatch.setenv("PROJECTORY_PROVIDERS", json.dumps({"example": GOOD}))
    settings = sqlite_settings.model_copy(update={"providers": Settings().providers})
    with pytest.raises(SettingsError, match="PROJECTORY_PUBLIC_URL"):
        async with open_app(settings):
            pass
