"""People at a provider and back: a browser, and what the page does that it comes back to."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from src.config import Settings
from src.identity.openid.settings import ProviderSettings
from src.testing.http import Person, Service, succeeded

from .provider import CLIENT, SECRET, Provider

HOME = "http://127.0.0.1:4711/back"
PUBLIC = "https://api.test"


def with_provider(settings: Settings, provider: Provider, **known: Any) -> Settings:
    """The settings of a service that knows the provider."""
    fields = {"issuer": provider.issuer, "client_id": CLIENT, "client_secret": SECRET, **known}
    providers = {"example": ProviderSettings.model_validate(fields)}
    return settings.model_copy(update={"providers": providers, "public_url": PUBLIC})


@dataclass
class Site:
    """The service with a provider; `name` is what the service calls it."""

    service: Service
    provider: Provider
    name: str = "example"

    async def begin(self, return_to: str = HOME) -> dict[str, Any]:
        """Somebody begins to sign in."""
        answer = await self.service.client.post(
            f"/api/v1/providers/{self.name}/sign-ins", json={"return_to": return_to}
        )
        told: dict[str, Any] = succeeded(answer).json()
        return told

    async def sign_in(self, account: str) -> httpx.Response:
        """The answer to who signs in by that account."""
        begun = await self.begin()
        return await self.finish(begun, await self.visit(begun, account))

    async def finish(self, begun: dict[str, Any], back: dict[str, str]) -> httpx.Response:
        """What the page does that the browser came back to, to sign in."""
        shown = {"state": back["state"], "secret": begun["secret"], "code": back["code"]}
        return await self.service.client.post("/api/v1/sessions/provider", json=shown)

    async def begin_to_connect(self, person: Person, return_to: str = HOME) -> dict[str, Any]:
        answer = await person.ask(
            "POST", f"users/{person.user}/connections", json={"provider": self.name, "return_to": return_to}
        )
        told: dict[str, Any] = succeeded(answer).json()
        return told

    async def connect(self, person: Person, account: str) -> str:
        """The id of the connection of that account with the person."""
        begun = await self.begin_to_connect(person)
        succeeded(await self.authorise(person, begun, await self.visit(begun, account)))
        return str(begun["connection"])

    async def authorise(self, person: Person, begun: dict[str, Any], back: dict[str, str]) -> httpx.Response:
        """What the page does that the browser came back to, to connect."""
        shown = {"state": back["state"], "secret": begun["secret"], "code": back["code"]}
        path = f"users/{person.user}/connections/{begun['connection']}/authorise"
        return await person.ask("POST", path, json=shown)

    async def visit(self, begun: dict[str, Any], account: str | None) -> dict[str, str]:
        """The browser goes to the provider, where the person consents as that account, or does not, and comes back."""
        answer = await self.service.client.get(await self.consent(begun["authorization_url"], account))
        assert answer.status_code == 303, answer.text
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["location"].startswith(HOME)
        return dict(parse_qsl(urlsplit(answer.headers["location"]).query))

    async def consent(self, url: str, account: str | None) -> str:
        """Where the provider sends the browser."""
        async with httpx.AsyncClient(trust_env=False) as browser:
            page = succeeded(await browser.get(url)).text
            request = page.split('name="request" value="')[1].split('"')[0]
            form = {"request": request} | ({} if account is None else {"account": account})
            answer = await browser.post(f"{self.provider.issuer}/authorize", data=form)
        assert answer.status_code == 303
        return str(answer.headers["location"])

    async def shown(self, person: Person) -> list[dict[str, str]]:
        """The person's connections."""
        answer = succeeded(await person.ask("GET", f"users/{person.user}/connections"))
        listed: list[dict[str, str]] = answer.json()
        return listed
