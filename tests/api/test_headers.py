"""What answers tell browsers: headers on every answer, who may ask from elsewhere, and the page that documents."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from src.config import Settings
from src.testing.http import Service, served
from tests.cli.running import CommandLine
from tests.conftest import nobody_woken

from .following import listening
from .world import World

PAGE = "https://plans.example.org"
STRICT = "default-src 'none'; frame-ancestors 'none'"


@pytest.fixture
async def open_to_page(sqlite_settings: Settings) -> AsyncIterator[Service]:
    """A service that pages of one origin may ask."""
    async with served(sqlite_settings.model_copy(update={"cors_origins": (PAGE,)}), nobody_woken) as service:
        yield service


async def test_every_answer_has_the_headers(still: World) -> None:
    """Also a refusal, a fault, and what never came to a route; with a policy that lets nothing be loaded."""

    async def failing() -> None:
        raise RuntimeError

    service = still.service
    service.api.add_api_route("/failing", failing, include_in_schema=False)
    answers = [
        await still.owner.get(still.path),
        await service.client.get("/healthz"),
        await service.client.get("/metrics"),
        await service.client.get("/api/v1/openapi.json"),
        await service.client.get("/failing"),
        await service.client.get("/nothing"),
        await service.client.get("/api/v1/projects"),
        await still.owner.ask("TRACE", "projects"),
        await still.owner.ask("POST", "projects", content=b"x" * 2_000_000),
        await still.owner.ask("POST", "projects", content=b"x"),
        await still.owner.ask("POST", "projects", json={}),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 500, 404, 401, 405, 413, 415, 422]
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["content-security-policy"] == STRICT
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"
        assert "strict-transport-security" not in answer.headers
        assert "server" not in answer.headers


async def test_tls_is_asked_for_where_there_is_some(sqlite_settings: Settings) -> None:
    """A proxy that is trusted says that the request came over TLS, and from whom; anybody else is not believed."""
    says = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}
    for proxies, believed in (((), False), (("10.0.0.0/8",), False), (("127.0.0.0/8",), True)):
        settings = sqlite_settings.model_copy(update={"trusted_proxies": proxies})
        async with listening(settings) as live:
            person = await live.person()
            answer = await person.ask("POST", "projects", json={"name": f"Shed {proxies}"}, headers=says)
            assert ("strict-transport-security" in answer.headers) is believed
            await live.app.runner.catch_up_all()
            audit = await person.ask("GET", f"{answer.headers['location']}/audit")
            assert audit.json()["items"][0]["address"] == ("203.0.113.7" if believed else "127.0.0.1")


async def test_pages_from_elsewhere_may_not_ask(still: World) -> None:
    """With nothing set no answer says that another origin may read it, and a preflight finds no such method."""
    service, asked = still.service, {"Origin": PAGE, "Access-Control-Request-Method": "POST"}
    answers = [
        await still.owner.ask("GET", "projects", headers={"Origin": PAGE}),
        await service.client.options("/api/v1/projects", headers=asked),
    ]
    assert [answer.status_code for answer in answers] == [200, 405]
    assert [name for answer in answers for name in answer.headers if name.startswith("access-control")] == []


async def test_pages_of_an_origin_that_is_named_may_ask(open_to_page: Service) -> None:
    """A preflight grants what clients need; answers, errors too, can be read with the headers that clients need."""
    asked = {
        "Origin": PAGE,
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "authorization, content-type, if-match, idempotency-key, last-event-id",
    }
    preflight = await open_to_page.client.options("/api/v1/projects", headers=asked)
    assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (200, PAGE)
    assert "PATCH" in preflight.headers["access-control-allow-methods"]
    assert "access-control-allow-credentials" not in preflight.headers
    asked["Access-Control-Request-Headers"] = "x-other"
    assert (await open_to_page.client.options("/api/v1/projects", headers=asked)).status_code == 400

    async def failing() -> None:
        raise RuntimeError

    open_to_page.api.add_api_route("/failing", failing)
    for path, status in (("/api/v1/projects", 401), ("/failing", 500), ("/healthz", 200)):
        answer = await open_to_page.client.get(path, headers={"Origin": PAGE})
        assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (status, PAGE)
        exposed = answer.headers["access-control-expose-headers"].lower()
        assert {"etag", "location", "retry-after", "x-correlation-id"} <= set(exposed.split(", "))


async def test_pages_of_other_origins_may_still_not(open_to_page: Service) -> None:
    """Neither one that looks alike, nor a page without an origin."""
    for origin in (f"{PAGE}.evil.test", "http://plans.example.org", f"{PAGE}:8443", "null"):
        answer = await open_to_page.client.get("/healthz", headers={"Origin": origin})
        assert "access-control-allow-origin" not in answer.headers
        assert answer.headers["vary"] == "Origin"


@pytest.mark.parametrize(
    "name, value, words",
    [
        ("CORS_ORIGINS", "*", "name each of yours"),
        ("CORS_ORIGINS", "https://a.test, plans.example.org", "'plans.example.org', which is no origin"),
        ("CORS_ORIGINS", "https://a.test/", "is no origin"),
        ("CORS_ORIGINS", "https://u:p@a.test", "is no origin"),
        ("CORS_ORIGINS", "null", "is no origin"),
        ("TRUSTED_PROXIES", "proxy", "'proxy', which is no address"),
        ("TRUSTED_PROXIES", "*", "is no address"),
        ("REQUEST_SECONDS", "0", "greater than or equal to 0.1"),
    ],
)
def test_a_setting_that_makes_no_sense_is_told(embedded: CommandLine, name: str, value: str, words: str) -> None:
    """Nothing starts; the text says which setting and what to do."""
    code, told = embedded.fails("projects", **{f"PROJECTORY_{name}": value})
    assert (code, words in told, f"PROJECTORY_{name} " in told) == ("SETTINGS", True, True), told


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    """As they are written in an environment."""
    monkeypatch.setenv("PROJECTORY_CORS_ORIGINS", f"{PAGE}, http://localhost:3000")
    monkeypatch.setenv("PROJECTORY_TRUSTED_PROXIES", "10.0.0.7,fd00::/8")
    settings = Settings()
    assert settings.cors_origins == (PAGE, "http://localhost:3000")
    assert settings.trusted_proxies == ("10.0.0.7/32", "fd00::/8")


async def test_the_documentation_comes_from_here_alone(service: Service) -> None:
    """All that the page loads is served by us, and its policy lets nothing else be loaded, nor inline scripts run."""
    page = await service.client.get("/docs")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self';" in policy
    assert "//" not in page.text
    assert "<script>" not in page.text
    loaded = [found for found in re.findall(r'(?:src|href)="([^"]+)"', page.text) if not found.startswith("data:")]
    assert len(loaded) == 3
    for path in loaded:
        asset = await service.client.get(f"/{path}")
        kind = "text/css" if path.endswith("css") else "text/javascript"
        assert (asset.status_code, asset.headers["content-type"]) == (200, f"{kind}; charset=utf-8")
        assert "max-age" in asset.headers["cache-control"]
    start = await service.client.get("/docs/start.js")
    (document,) = re.findall(r'url: "\.([^"]+)"', start.text)
    assert (await service.client.get(document)).json()["info"]["title"] == "Projectory"
    assert httpx.URL(document).is_relative_url
