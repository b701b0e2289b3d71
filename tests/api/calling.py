"""Calling the API as somebody, and reading what one wrote."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI

from src.api import create_app
from src.config import Settings
from src.tokens import mint
from src.wiring import App, ConnectWake
from tests.acting import newcomer

PREFIX = "/api/v1"
PROBLEM = "application/problem+json"
MEMBERS = {"type", "title", "status", "code", "detail", "instance", "details"}


@dataclass
class Person:
    """Somebody with a token. `seen` is the position of the last command: reads wait for it."""

    client: httpx.AsyncClient
    user: UUID
    token: str
    seen: int = 0

    async def ask(self, method: str, path: str, **rest: Any) -> httpx.Response:
        """Any request; without a slash in front the path is within the API."""
        url = path if path.startswith("/") else f"{PREFIX}/{path}"
        headers = {"Authorization": f"Bearer {self.token}".encode()} | rest.pop("headers", {})
        return await self.client.request(method, url, headers=headers, **rest)

    async def do(self, method: str, path: str, body: object = None, **headers: str) -> dict[str, Any]:
        """A command that must be accepted; the answer."""
        answer = await self.ask(method, path, json=body, headers=with_dashes(headers))
        assert answer.is_success, answer.text
        told: dict[str, Any] = answer.json()
        self.seen = max(self.seen, told["position"])
        return told | {"etag": answer.headers.get("etag")}

    async def make(self, path: str, **body: Any) -> str:
        """The id of something new."""
        (id_,) = (await self.do("POST", path, body))["ids"].values()
        return str(id_)

    async def get(self, path: str, **params: Any) -> httpx.Response:
        """A read that must succeed, of a state with this person's own writes."""
        answer = await self.ask("GET", path, params={"at_least": self.seen, **params})
        assert answer.status_code == 200, answer.text
        return answer

    async def pages(self, path: str, **params: Any) -> list[list[dict[str, Any]]]:
        """All pages of a list."""
        found: list[list[dict[str, Any]]] = []
        after: dict[str, str] = {}
        while True:
            told = (await self.get(path, **params, **after)).json()
            found.append(told["items"])
            if told["next"] is None:
                return found
            after = {"after": told["next"]}


@dataclass(frozen=True)
class Service:
    """The API in this process, with its application."""

    api: FastAPI
    app: App
    client: httpx.AsyncClient

    async def person(self, *roles: str) -> Person:
        """A new user with a token; with no roles given a planner."""
        user = (await newcomer(self.app.commands, *roles)).user
        return Person(
            self.client, user, await mint(self.app.keyring, user, timedelta(hours=1)), await self.app.log.head()
        )


@asynccontextmanager
async def served(settings: Settings, connect_wake: ConnectWake | None = None) -> AsyncIterator[Service]:
    """The application, opened by its lifespan."""
    api = create_app(settings, connect_wake)
    async with (
        api.router.lifespan_context(api),
        httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url="http://api.test") as client,
    ):
        yield Service(api, api.state.app, client)


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The facts of an answer that must be this problem, in the form that every problem has."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM), answer.text
    told: dict[str, Any] = answer.json()
    assert set(told) == MEMBERS
    assert (told["code"], told["status"]) == (code, status), told["detail"]
    assert told["type"] == f"urn:projectory:problem:{code}"
    assert told["instance"] == answer.headers["x-correlation-id"]
    assert told["detail"]
    return told


def with_dashes(headers: dict[str, str]) -> dict[str, str]:
    """Headers from keywords: if_match is If-Match."""
    return {name.replace("_", "-"): value for name, value in headers.items()}
