"""Every operation about providers, as the document has it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from src.config import Settings
from src.testing.http import Person, problem, served
from src.testing.waking import nobody_woken
from tests.identity.browser import with_provider
from tests.identity.provider import a_provider

from .connecting import connecting
from .requests import Request

OPEN = {"providers", "begin_provider_sign_in", "sign_in_by_provider"}


@dataclass
class There:
    owner: Person
    administrator: Person
    requests: dict[str, Request]
    operations: dict[str, dict[str, object]]


@pytest.fixture
async def there(shared_settings: Settings) -> AsyncIterator[There]:
    """A service with a provider of its own, and the requests of somebody who is back from there."""
    async with a_provider() as provider, served(with_provider(shared_settings, provider), nobody_woken) as service:
        owner, administrator = await service.person(), await service.person("administrator")
        paths = service.api.openapi()["paths"].values()
        operations = {operation["operationId"]: operation for methods in paths for operation in methods.values()}
        requests = await connecting(service, provider, owner, "owner")
        yield There(owner, administrator, requests, operations)


async def test_every_operation_works(there: There) -> None:
    """A valid request succeeds with the status that the document names."""
    assert set(there.requests) == {name for name, each in there.operations.items() if each.get("tags") == ["providers"]}
    for name, request in there.requests.items():
        person: Person = getattr(there, request.who)
        answer = await person.ask(request.method, request.path, json=request.body)
        assert (name, answer.status_code) == (name, request.status), answer.text
        responses = there.operations[name]["responses"]
        assert isinstance(responses, dict)
        assert str(request.status) in responses


async def test_what_is_not_in_order_is_refused(there: There) -> None:
    """Who has no token, is somebody else, sends nonsense, or expects a revision, is told so."""
    stranger = Person(there.owner.client, there.owner.user, "")
    stranger.token = "nonsense"
    for name, request in there.requests.items():
        if name not in OPEN:
            answer = await there.owner.client.request(request.method, f"/api/v1/{request.path}")
            problem(answer, 401, "TOKEN_MISSING")
            problem(await stranger.ask(request.method, request.path, json=request.body), 401, "TOKEN_INVALID")
        if request.body is not None:
            answer = await there.administrator.ask(request.method, request.path, json={"nonsense": 1})
            problem(answer, 422, "INVALID_REQUEST")
            problem(
                await there.administrator.ask(request.method, request.path, content=b"{}"),
                415,
                "MEDIA_TYPE_UNSUPPORTED",
            )
        if request.method != "GET":
            headers = {"If-Match": '"77"'}
            answer = await there.owner.ask(request.method, request.path, json=request.body, headers=headers)
            problem(answer, 422, "IF_MATCH_NOT_SUPPORTED")
