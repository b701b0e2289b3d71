"""The API in this process: called as somebody, and what it answers. Needs httpx."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from uuid_utils.compat import uuid4

from ..api import create_app
from ..api.app import PREFIX
from ..api.problems import MEDIA_TYPE
from ..commands.access import StartSession
from ..config import Settings
from ..events.catalogue import NOTICES
from ..identity.tokens import mint
from ..wiring import App, ConnectWake
from .acting import context, newcomer
from .decision import Play
from .differences import holds, same
from .read_models import a_database
from .request import Request
from .waking import nobody_woken

MEMBERS = {"type", "title", "status", "code", "detail", "instance", "details"}
_ERRORS = 400
_MANY = 1_000


@dataclass
class Person:
    """Somebody with a token. `seen` is the position of the last command: reads wait for it."""

    client: httpx.AsyncClient
    user: UUID
    token: str
    seen: int = 0

    async def ask(self, method: str, path: str, **rest: Any) -> httpx.Response:
        """Any request; without a slash in front the path is within the API."""
        headers = {"Authorization": f"Bearer {self.token}".encode()} | rest.pop("headers", {})
        return await self.client.request(method, within(path), headers=headers, **rest)

    async def do(self, method: str, path: str, body: object = None, **headers: str) -> dict[str, Any]:
        """A command that must be accepted; the answer."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = succeeded(await self.ask(method, path, json=body, headers=named))
        told: dict[str, Any] = answer.json()
        self.seen = max(self.seen, told["position"])
        return told | {"etag": answer.headers.get("etag")}

    async def make(self, path: str, **body: Any) -> str:
        """The id of something new."""
        (id_,) = (await self.do("POST", path, body))["ids"].values()
        return str(id_)

    async def get(self, path: str, **params: Any) -> httpx.Response:
        """A read that must succeed, of a state with this person's own writes."""
        return succeeded(await self.ask("GET", path, params={"at_least": self.seen, **params}))

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
        return await self.speaking_for((await newcomer(self.app.commands, *roles)).user)

    async def speaking_for(self, user: UUID) -> Person:
        """This user, with a token."""
        token = await a_token(self.app, user)
        return Person(self.client, user, token, await self.app.log.head())


async def a_token(app: App, user: UUID, lifetime: timedelta = timedelta(hours=1)) -> str:
    """An access token of a new session; for somebody who is not registered the session does not begin."""
    session = uuid4()
    start = StartSession(user=user, session=session, method="test", expires_at=datetime.now(UTC) + lifetime)
    await app.commands.execute(start, context(user))
    return await mint(app.keyring, user, session, lifetime)


@asynccontextmanager
async def served(settings: Settings, connect_wake: ConnectWake | None = None) -> AsyncIterator[Service]:
    """The application, opened by its lifespan."""
    api = create_app(settings, connect_wake)
    async with (
        api.router.lifespan_context(api),
        httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url="http://api.test") as client,
    ):
        yield Service(api, api.state.app, client)


def within(path: str) -> str:
    """The whole path; without a slash in front it is within the API."""
    return path if path.startswith("/") else f"{PREFIX}/{path}"


def succeeded(answer: httpx.Response) -> httpx.Response:
    """The answer, which must be that of a success."""
    if not answer.is_success:
        raise AssertionError(f"{answer.status_code}: {answer.text}")
    return answer


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The facts of an answer that must be this problem, in the form that every problem has."""
    what = f"problem ({answer.text[:200]})"
    same(what, [(status, MEDIA_TYPE)], [(answer.status_code, answer.headers["content-type"])])
    told: dict[str, Any] = answer.json()
    same(what, sorted(MEMBERS), sorted(told))
    form = {"type": f"urn:projectory:problem:{code}", "instance": answer.headers["x-correlation-id"]}
    holds(what, {"code": code, "status": status, **form}, told)
    if not told["detail"]:
        raise AssertionError(f"the {what} says nothing to people")
    return told


@dataclass(frozen=True)
class Requested:
    """A request on top of what was given, once the read models show that.

    Whatever is asked is asked again, under the same Idempotency-Key: the answer is the same, and nothing happens.
    """

    play: Play
    request: Request
    by: UUID | None
    where: Settings | Service | None = None

    async def then(self, status: int, body: Mapping[str, Any] | None = None) -> httpx.Response:
        """Answered with this status and a body that holds at least this; errors are problem documents."""
        async with self._service() as service:
            await self.play(service.app.log, service.app.keyring, service.app.commands)
            headers = {"Idempotency-Key": str(uuid4()), "X-Correlation-ID": "test", **self.request.headers}
            if self.by is not None:
                headers["Authorization"] = f"Bearer {await a_token(service.app, self.by)}"
            await service.app.runner.catch_up()
            await service.app.runner.derive()
            answer = await self._ask(service, headers)
            same(f"status ({answer.text[:200]})", [status], [answer.status_code])
            if status >= _ERRORS:
                problem(answer, status, answer.json().get("code"))
            if body is not None:
                holds("body", body, answer.json())
            head = await service.app.log.head()
            again = await self._ask(service, headers)
            same("answer to a repeat", [_told(answer)], [_told(again)])
            happened = await service.app.log.read(head, _MANY)
            same("events of a repeat", [], [each.type for each in happened if each.type not in NOTICES])
        return answer

    async def refused(self, status: int, code: str, **details: Any) -> httpx.Response:
        """Refused with this status, code, and with these among the facts behind it."""
        return await self.then(status, {"code": code, "details": details})

    @asynccontextmanager
    async def _service(self) -> AsyncIterator[Service]:
        if isinstance(self.where, Service):
            yield self.where
            return
        async with a_database(self.where) as settings, served(settings, nobody_woken) as service:
            yield service

    async def _ask(self, service: Service, headers: Mapping[str, str]) -> httpx.Response:
        asked = self.request
        return await service.client.request(asked.method, within(asked.path), json=asked.json, headers=headers)


def _told(answer: httpx.Response) -> tuple[object, ...]:
    return (answer.status_code, answer.text, answer.headers.get("etag"), answer.headers.get("location"))
