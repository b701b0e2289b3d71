"""Providers that are away, slow, or wrong: told in words, with a stable code, and never a fault of the service."""

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import orjson
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse

from src.config import Settings
from src.testing.http import problem, served, succeeded
from src.testing.waking import nobody_woken

from .browser import Site, with_provider
from .provider import Provider, a_provider

Answering = Callable[[Request], Awaitable[Response]]


async def silent(request: Request) -> Response:
    """Says nothing for as long as somebody listens."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    return Response()


async def dripping(request: Request) -> Response:
    """Says a little, again and again."""

    async def drops() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.05)

    return StreamingResponse(drops(), media_type="application/json")


async def broken(_request: Request) -> Response:
    """A fault of its own."""
    return Response("oh no", 500)


async def busy(_request: Request) -> Response:
    """Too many ask."""
    return Response(status_code=429)


async def garbage(_request: Request) -> Response:
    """A page for people."""
    return Response("<html>", media_type="text/html")


async def empty(_request: Request) -> Response:
    """Nothing, successfully."""
    return Response()


async def of_another_kind(_request: Request) -> Response:
    """JSON, but no object."""
    return JSONResponse(["no", "object"])


async def without_fields(_request: Request) -> Response:
    """An object, but an empty one."""
    return JSONResponse({})


async def huge(_request: Request) -> Response:
    """More than anybody needs."""
    return Response(b'{"keys": [' + b" " * 300_000 + b"]}", media_type="application/json")


async def deep(_request: Request) -> Response:
    """What a careless parser falls into."""
    return Response(b"[" * 100_000, media_type="application/json")


async def compressed(_request: Request) -> Response:
    """Ten megabytes in ten kilobytes."""
    return Response(gzip.compress(b" " * 10_000_000), headers={"Content-Encoding": "gzip"})


async def elsewhere(request: Request) -> Response:
    """To a machine of the house."""
    return RedirectResponse("http://169.254.169.254/latest/meta-data", 302)


async def a_missing_page(_request: Request) -> Response:
    """It is not there."""
    return Response("not here", 404)


async def not_registered(_request: Request) -> Response:
    """It does not know us."""
    return JSONResponse({"error": "invalid_client", "error_description": "<script>"}, 401)


FAULTS: list[tuple[Answering, int, str]] = [
    (silent, 504, "PROVIDER_TIMEOUT"),
    (dripping, 504, "PROVIDER_TIMEOUT"),
    (broken, 502, "PROVIDER_UNAVAILABLE"),
    (busy, 502, "PROVIDER_UNAVAILABLE"),
    (garbage, 502, "PROVIDER_FAULTY"),
    (empty, 502, "PROVIDER_FAULTY"),
    (of_another_kind, 502, "PROVIDER_FAULTY"),
    (without_fields, 502, "PROVIDER_FAULTY"),
    (huge, 502, "PROVIDER_FAULTY"),
    (deep, 502, "PROVIDER_FAULTY"),
    (compressed, 502, "PROVIDER_FAULTY"),
    (elsewhere, 502, "PROVIDER_FAULTY"),
    (a_missing_page, 502, "PROVIDER_FAULTY"),
    (not_registered, 502, "PROVIDER_FAULTY"),
]
BEGIN, WANTED = "/api/v1/providers/example/sign-ins", {"return_to": "http://127.0.0.1:4711/back"}


@pytest.fixture
def site(site_on_sqlite: Site) -> Site:
    """What a provider does wrong is no matter of the database."""
    return site_on_sqlite


@pytest.fixture
async def hurried(shared_sqlite_settings: Settings, provider: Provider, code: str) -> AsyncIterator[Site]:
    """A service that waits half a second for a provider that does not answer in time, and longer for any other."""
    seconds = 0.5 if code == "PROVIDER_TIMEOUT" else 30
    async with served(with_provider(shared_sqlite_settings, provider, seconds=seconds), nobody_woken) as service:
        yield Site(service, provider)


@pytest.mark.parametrize("answering, status, code", FAULTS, ids=lambda value: getattr(value, "__name__", ""))
async def test_a_fault_of_the_provider_is_told_as_one(
    hurried: Site, answering: Answering, status: int, code: str
) -> None:
    """Wherever it happens; and once it is over who begins again comes to the end."""
    ann = await hurried.service.person()
    for path in ("/token", "/userinfo"):
        begun = await hurried.begin_to_connect(ann)
        back = await hurried.visit(begun, "ann")
        hurried.provider.answers = {path: answering}
        problem(await hurried.authorise(ann, begun, back), status, code)
        assert [each["status"] for each in await hurried.shown(ann)] == ["PENDING"]
    hurried.provider.answers = {}
    await hurried.connect(ann, "ann")


@pytest.mark.parametrize("answering, status, code", FAULTS, ids=lambda value: getattr(value, "__name__", ""))
async def test_without_keys_nothing_is_believed(hurried: Site, answering: Answering, status: int, code: str) -> None:
    """That is told as the fault that it is, and not as a token that is wrong."""
    hurried.provider.answers = {"/keys": answering}
    for _ in range(2):
        problem(await hurried.sign_in("ann"), status, code)
    assert hurried.provider.asked["/keys"] == 1


@pytest.mark.parametrize("answering, status, code", FAULTS, ids=lambda value: getattr(value, "__name__", ""))
async def test_nobody_is_sent_to_a_provider_that_does_not_answer(
    hurried: Site, answering: Answering, status: int, code: str
) -> None:
    """Its document is needed first; who comes right after is told the same without another question."""
    where = "/.well-known/openid-configuration"
    hurried.provider.answers[where] = answering
    for _ in range(2):
        problem(await hurried.service.client.post(BEGIN, json=WANTED), status, code)
    assert hurried.provider.asked[where] == 1


async def test_a_provider_that_is_not_there_is_unavailable(shared_sqlite_settings: Settings) -> None:
    """Nothing listens where it should be."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    nobody = Provider(f"http://127.0.0.1:{port}")
    async with served(with_provider(shared_sqlite_settings, nobody), nobody_woken) as service:
        problem(await service.client.post(BEGIN, json=WANTED), 502, "PROVIDER_UNAVAILABLE")


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://accounts.example.com"},
        {"authorization_endpoint": "https://evil.example/authorize"},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
async def test_a_document_that_leads_elsewhere_is_not_followed(site: Site, document: dict[str, str]) -> None:
    """Neither is anybody sent there."""
    site.provider.document.update(document)
    problem(await site.service.client.post(BEGIN, json=WANTED), 502, "PROVIDER_FAULTY")


@pytest.mark.parametrize("name", ["token_endpoint", "jwks_uri", "userinfo_endpoint"])
async def test_only_the_hosts_of_the_issuer_are_spoken_to(shared_sqlite_settings: Settings, name: str) -> None:
    """Whatever the document says, other machines of the house are not asked, nor shown a secret."""
    for address in ("http://169.254.169.254/", "http://127.0.0.1:1/", "https://evil.example/", "file:///etc", "x"):
        async with a_provider() as provider:
            provider.document[name] = address
            async with served(with_provider(shared_sqlite_settings, provider), nobody_woken) as service:
                site = Site(service, provider)
                told = problem(await site.sign_in("ann"), 502, "PROVIDER_FAULTY")
                assert "names an address" in told["detail"]


async def test_other_hosts_of_a_provider_are_named_by_the_operator(shared_sqlite_settings: Settings) -> None:
    """Some providers have several."""
    async with a_provider() as provider, a_provider() as other:
        other.granted = provider.granted
        provider.document["userinfo_endpoint"] = f"{other.issuer}/userinfo"
        host = other.issuer.removeprefix("http://")
        async with served(with_provider(shared_sqlite_settings, provider, hosts=[host]), nobody_woken) as service:
            site = Site(service, provider)
            await site.connect(await service.person(), "ann")
            assert other.asked["/userinfo"] == 1


async def test_no_cookie_of_a_provider_is_kept(site: Site) -> None:
    """What it was asked for one person is not told when it is asked for another."""
    seen = []

    async def tracking(request: Request) -> Response:
        seen.append(request.headers.get("cookie"))
        answer: Response = await site.provider._userinfo(request)
        answer.set_cookie("who", "ann")
        return answer

    site.provider.answers["/userinfo"] = tracking
    for _ in range(2):
        await site.connect(await site.service.person(), f"ann-{len(seen)}")
    assert seen == [None, None]


async def test_the_secret_goes_as_the_provider_wants_it(shared_sqlite_settings: Settings, provider: Provider) -> None:
    """By Basic authentication, or in the form where that is all that is announced."""
    provider.document["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    async with served(with_provider(shared_sqlite_settings, provider), nobody_woken) as service:
        site = Site(service, provider)
        await site.connect(await service.person(), "ann")


async def test_the_tokens_of_one_provider_are_not_shown_to_another(
    shared_sqlite_settings: Settings, provider: Provider
) -> None:
    """When the operator has put another provider under the name, what was granted before is not sent there."""
    async with served(with_provider(shared_sqlite_settings, provider), nobody_woken) as service:
        ann = await service.person()
        connection = await Site(service, provider).connect(ann, "ann")
    async with a_provider() as other, served(with_provider(shared_sqlite_settings, other), nobody_woken) as service:
        ann = await service.speaking_for(ann.user)
        path = f"users/{ann.user}/connections/{connection}"
        problem(await ann.ask("POST", f"{path}/refresh"), 404, "PROVIDER_UNKNOWN")
        boss = await service.person("administrator")
        told = succeeded(await boss.ask("POST", f"{path}/revoke", json={})).json()
        assert [warning["code"] for warning in told["warnings"]] == ["NOT_WITHDRAWN"]
        assert not other.asked["/token"]
        assert not other.asked["/revoke"]


async def test_nothing_of_an_answer_is_repeated_but_a_code(site: Site) -> None:
    """What a provider says in its own words is for nobody's eyes here."""

    async def talkative(_request: Request) -> Response:
        body = orjson.dumps({"error": "invalid_scope", "error_description": "<b>secret of the house</b>"})
        return Response(body, 400, media_type="application/json")

    site.provider.answers["/token"] = talkative
    ann = await site.service.person()
    begun = await site.begin_to_connect(ann)
    answer = await site.authorise(ann, begun, await site.visit(begun, "ann"))
    told = problem(answer, 502, "PROVIDER_FAULTY")
    assert "invalid_scope" in told["detail"]
    assert "secret of the house" not in answer.text
