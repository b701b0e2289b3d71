"""The way to a provider and back: only the browser that began gets to the end, once, and nobody's else."""

import asyncio
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

from src.config import Settings
from src.identity.authorising import CALLBACK
from src.testing.http import problem, served, succeeded
from src.testing.waking import nobody_woken
from tests.databases import as_owner

from .browser import HOME, PUBLIC, Site, with_provider
from .provider import Provider

WHERE = "/api/v1/providers/example/callback"


def test_the_address_that_providers_are_told_is_that_of_the_route() -> None:
    """What is registered at a provider is where the service listens."""
    assert CALLBACK.format(provider="example") == WHERE


async def test_the_browser_is_sent_with_all_that_protects_the_way(site: Site) -> None:
    """State, nonce and a challenge are of each time; neither the verifier nor the secret goes along."""
    first, second = await site.begin(), await site.begin()
    asked = [dict(parse_qsl(urlsplit(each["authorization_url"]).query)) for each in (first, second)]
    assert asked[0]["redirect_uri"] == f"{PUBLIC}{WHERE}"
    assert asked[0]["code_challenge_method"] == "S256"
    assert asked[0]["scope"] == "openid profile email"
    for name in ("state", "nonce", "code_challenge"):
        assert len(asked[0][name]) >= 43
        assert asked[0][name] != asked[1][name]
    assert first["secret"] not in first["authorization_url"]


async def test_the_way_is_gone_once(site: Site) -> None:
    """Who shows the same again is refused, also at the same moment."""
    ann = await site.service.person()
    await site.connect(ann, "ann")
    begun = await site.begin()
    back = await site.visit(begun, "ann")
    answers = await asyncio.gather(*(site.finish(begun, back) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 403, 403, 403]
    problem(await site.finish(begun, back), 403, "AUTHORISATION_INVALID")


async def test_a_code_is_good_for_its_own_way_only(site: Site) -> None:
    """A code that was used, or that came back to somebody else, is refused by the provider."""
    ann = await site.service.person()
    await site.connect(ann, "ann")
    mine, hers = await site.begin(), await site.begin()
    back, stolen = await site.visit(mine, "mallory"), await site.visit(hers, "ann")
    problem(await site.finish(mine, back | {"code": stolen["code"]}), 401, "SIGN_IN_FAILED")
    problem(await site.finish(await site.begin(), back), 403, "AUTHORISATION_INVALID")
    again = await site.begin()
    succeeded(await site.finish(hers, stolen))
    shown = {"state": again["state"], "code": stolen["code"]}
    problem(await site.finish(again, shown), 401, "SIGN_IN_FAILED")


async def test_only_who_has_begun_comes_to_the_end(site: Site) -> None:
    """Without the secret, state and code are worth nothing; who has it is not disturbed by such attempts."""
    ann = await site.service.person()
    await site.connect(ann, "ann")
    begun, others = await site.begin(), await site.begin()
    back = await site.visit(begun, "ann")
    problem(await site.finish(others, back), 403, "AUTHORISATION_INVALID")
    succeeded(await site.finish(begun, back))


async def test_nobody_connects_what_another_has_begun(site: Site) -> None:
    """Neither with the whole of it, nor to a connection of one's own, nor to sign in, nor the other way round."""
    ann, bob = await site.service.person(), await site.service.person()
    own = await site.begin_to_connect(bob)
    begun = await site.begin_to_connect(ann)
    back = await site.visit(begun, "ann")
    problem(await site.authorise(bob, begun | {"connection": own["connection"]}, back), 403, "AUTHORISATION_INVALID")
    problem(await site.authorise(ann, begun, back), 403, "AUTHORISATION_INVALID")

    begun = await site.begin_to_connect(ann)
    problem(await site.finish(begun, await site.visit(begun, "ann")), 403, "AUTHORISATION_INVALID")
    begun = await site.begin()
    shown = begun | {"connection": own["connection"]}
    problem(await site.authorise(bob, shown, await site.visit(begun, "ann")), 403, "AUTHORISATION_INVALID")
    assert [each["status"] for each in await site.shown(bob)] == ["PENDING"]


async def test_who_is_away_for_too_long_begins_again(site: Site) -> None:
    """After its time a state is worth nothing, neither on the way back nor at the end, and it is forgotten."""
    settings = site.service.app.settings
    begun = await site.begin()
    url = await site.consent(begun["authorization_url"], "ann")
    back = dict(parse_qsl(urlsplit(url).query))
    past = "1" if settings.embedded else "'2026-01-01'"
    await as_owner(settings, f"UPDATE authorisations SET expires_at = {past}", "SELECT 1")
    problem(await site.service.client.get(url), 403, "AUTHORISATION_INVALID")
    problem(await site.finish(begun, back), 403, "AUTHORISATION_INVALID")
    await site.begin()
    assert await as_owner(settings, "SELECT count(*) FROM authorisations") == [(1,)]


async def test_a_process_may_end_what_another_has_begun(
    site: Site, shared_settings: Settings, provider: Provider
) -> None:
    """Nothing of the way is in the memory of a process."""
    ann = await site.service.person()
    async with served(with_provider(shared_settings, provider), nobody_woken) as other:
        elsewhere = Site(other, provider)
        begun = await site.begin_to_connect(ann)
        back = await elsewhere.visit(begun, "ann")
        there = await other.speaking_for(ann.user)
        succeeded(await elsewhere.authorise(there, begun, back))
        assert [each["status"] for each in await site.shown(ann)] == ["ACTIVE"]


async def test_who_does_not_consent_comes_back_without_a_code(site: Site) -> None:
    """The page is told, and the connection has failed."""
    ann = await site.service.person()
    begun = await site.begin_to_connect(ann)
    assert await site.visit(begun, None) == {"state": begun["state"], "error": "access_denied"}
    assert [each["status"] for each in await site.shown(ann)] == ["FAILED"]
    for error in (" ", "<b>"):
        begun = await site.begin_to_connect(ann)
        params = {"state": begun["state"], "error": error, "iss": site.provider.issuer}
        answer = await site.service.client.get(WHERE, params=params)
        assert answer.headers["location"].endswith("&error=server_error")
    begun = await site.begin()
    back = await site.visit(begun, None)
    problem(await site.finish(begun, back | {"code": "made up"}), 403, "AUTHORISATION_INVALID")


async def test_an_answer_of_another_provider_is_not_taken(site: Site) -> None:
    """A provider that says who it is says so each time, and is believed only then."""
    begun = await site.begin()
    back = dict(parse_qsl(urlsplit(await site.consent(begun["authorization_url"], "ann")).query))
    for wrong in ({"iss": "https://accounts.example.com"}, {"iss": f"{site.provider.issuer}/"}, {"iss": ""}):
        answer = await site.service.client.get(WHERE, params=back | wrong)
        problem(answer, 403, "AUTHORISATION_INVALID")
    silent = {name: value for name, value in back.items() if name != "iss"}
    problem(await site.service.client.get(WHERE, params=silent), 403, "AUTHORISATION_INVALID")
    assert (await site.service.client.get(WHERE, params=back)).status_code == 303


async def test_a_provider_need_not_say_who_it_is(shared_settings: Settings, provider: Provider) -> None:
    """One that does not announce it is taken at the address that only it was told."""
    provider.document["authorization_response_iss_parameter_supported"] = False
    async with served(with_provider(shared_settings, provider), nobody_woken) as service:
        site = Site(service, provider)
        begun = await site.begin()
        url = httpx.URL(await site.consent(begun["authorization_url"], "ann"))
        assert (await service.client.get(url.copy_remove_param("iss"))).status_code == 303


ELSEWHERE = [
    "https://evil.example/back",
    "https://api.test.evil.example/",
    "https://api.test@evil.example/",
    "https://evil.example#https://api.test/",
    "https://evil.example?https://api.test/",
    "https://api.test:8443/",
    "http://api.test/",
    "//evil.example/back",
    "/back",
    "javascript:alert(1)//http://127.0.0.1/",
    "data:text/html,x",
    "http:evil.example",
    "http:///evil.example",
    "http://127.0.0.1\\@evil.example/",
    "http://127.0.0.1.evil.example/",
    "http://localhost.evil.example/",
    "http://[::1]@evil.example/",
    "http://[::1",
    "http://127.0.0.1:port/",
    "http://127.0.0.1/\r\nLocation: https://evil.example",
    "http://127.0.0.1/ä",
    "http://127.0.0.1/#code",
    "http://2130706433.evil.example/",
    "projectory://back",
    "\x00",
    "http://127.0.0.1/" + "x" * 1990,
]


async def test_nobody_is_sent_to_somebody_elses_page(site: Site) -> None:
    """What comes back goes to a page of this service or stays on the machine of the browser."""
    for address in ELSEWHERE:
        answer = await site.service.client.post("/api/v1/providers/example/sign-ins", json={"return_to": address})
        told = problem(answer, 422, answer.json()["code"])
        assert told["code"] in ("RETURN_ADDRESS_NOT_ALLOWED", "INVALID_REQUEST"), address


async def test_pages_of_this_service_and_this_machine_take_people_back(site: Site) -> None:
    """What the address says already is kept."""
    for address in (
        "https://api.test/signed-in",
        "HTTPS://API.TEST/?a=1",
        "http://127.0.0.1:9/",
        "http://[::1]:9/",
        "http://localhost/",
    ):
        begun = await site.begin(address)
        answer = await site.service.client.get(await site.consent(begun["authorization_url"], "ann"))
        assert answer.status_code == 303
        assert answer.headers["location"].startswith(address)
        back = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
        assert set(back) - {"a"} == {"state", "code"}


async def test_whatever_comes_back_is_no_fault(site: Site) -> None:
    """The address is open to everybody: what makes no sense is refused in words."""
    begun = await site.begin()
    good = {"state": begun["state"], "code": "x", "iss": site.provider.issuer}
    cases = [
        ({}, 422),
        ({"state": begun["state"]}, 422),
        ({"state": "", "code": "x"}, 422),
        ({"state": "x" * 201, "code": "x"}, 422),
        (good | {"code": "x" * 4001}, 422),
        (good | {"code": "\x00"}, 422),
        (good | {"error": "a\r\nb"}, 422),
        ({"state": "never given", "code": "x"}, 403),
        ({"state": "\x00\ud7ff", "code": "x"}, 403),
    ]
    for params, status in cases:
        answer = await site.service.client.get(f"{WHERE}?{urlencode(params)}")
        problem(answer, status, answer.json()["code"])
    problem(await site.service.client.get(WHERE.replace("example", "other"), params=good), 404, "PROVIDER_UNKNOWN")
    assert (await site.service.client.get(WHERE, params=good)).headers["location"].startswith(HOME)
