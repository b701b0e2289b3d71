"""How a connection ends: given up, taken away, forgotten; and what may not be given up."""

from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response

from src.testing import context
from src.testing.http import problem, succeeded

from .browser import Site
from .connected import kept, status, with_password


async def test_a_connection_is_given_up_on_both_sides(site: Site) -> None:
    """The provider takes the tokens no more, nothing is kept, and another may connect the account."""
    ann, bob = await with_password(site), await site.service.person()
    connection = await site.connect(ann, "left")
    answer = succeeded(await ann.ask("DELETE", f"users/{ann.user}/connections/{connection}")).json()
    assert (answer["changed"], answer["warnings"]) == (True, [])
    assert await status(site, ann) == ["DISCONNECTED"]
    assert site.provider.live("refresh") == []
    assert await kept(site, ann) == 0
    again = succeeded(await ann.ask("DELETE", f"users/{ann.user}/connections/{connection}")).json()
    assert again["changed"] is False
    await site.connect(bob, "left")
    assert (await site.begin_to_connect(ann))["connection"] != connection
    assert await status(site, ann) == ["PENDING"]


async def test_a_connection_is_given_up_whatever_the_provider_answers(site: Site) -> None:
    """A warning says that it was not withdrawn there."""

    async def broken(_request: Request) -> Response:
        return Response("oh no", 500)

    for answers, document in (({"/revoke": broken}, {}), ({}, {"revocation_endpoint": None})):
        ann = await with_password(site)
        connection = await site.connect(ann, "left")
        site.provider.answers.update(answers)
        site.provider.document.update(document)
        site.service.app.connections.authorising.providers["example"]._document._found = None
        told = succeeded(await ann.ask("DELETE", f"users/{ann.user}/connections/{connection}")).json()
        assert [warning["code"] for warning in told["warnings"]] == ["NOT_WITHDRAWN"]
        assert await status(site, ann) == ["DISCONNECTED"]
        site.provider.answers.clear()


async def test_nobody_gives_up_the_last_way_in(site: Site) -> None:
    """Without a password a person could not come back; a connection that never was can be dropped."""
    ann = await site.service.person()
    pending = await site.begin_to_connect(ann)
    path = f"users/{ann.user}/connections"
    succeeded(await ann.ask("DELETE", f"{path}/{pending['connection']}"))
    assert await status(site, ann) == ["FAILED"]
    connection = await site.connect(ann, "last")
    problem(await ann.ask("DELETE", f"{path}/{connection}"), 409, "LAST_WAY_IN")
    password = SecretStr("correct horse battery staple")
    await site.service.app.sign_in.set_password(ann.user, password, context(ann.user))
    ann = await site.service.speaking_for(ann.user)
    succeeded(await ann.ask("DELETE", f"{path}/{connection}"))


async def test_who_manages_users_takes_a_connection_away(site: Site) -> None:
    """Also the last way in; others may not, and nobody connects or refreshes for others."""
    ann, bob, boss = (
        await site.service.person(),
        await site.service.person(),
        await site.service.person("administrator"),
    )
    path = f"users/{ann.user}/connections"
    connection = f"{path}/{await site.connect(ann, 'taken')}"
    for method, where in (("POST", f"{connection}/revoke"), ("DELETE", connection), ("GET", path)):
        problem(await bob.ask(method, where, json={} if method == "POST" else None), 403, "FORBIDDEN")
    problem(await boss.ask("POST", f"{connection}/refresh"), 403, "ONLY_ONESELF")
    wanted = {"provider": "example", "return_to": "http://127.0.0.1:4711/back"}
    problem(await boss.ask("POST", path, json=wanted), 403, "ONLY_ONESELF")
    shown = {"state": "x", "secret": "y", "code": "z"}
    problem(await boss.ask("POST", f"{connection}/authorise", json=shown), 403, "ONLY_ONESELF")
    succeeded(await boss.ask("POST", f"{connection}/revoke", json={"reason": "has left"}))
    assert await status(site, ann) == ["REVOKED"]
    problem(await site.sign_in("taken"), 401, "SIGN_IN_FAILED")


async def test_who_is_forgotten_does_not_come_back(site: Site) -> None:
    """Of an account that is deleted neither grants are kept nor who was sent to a provider."""
    ann = await site.service.person()
    await site.connect(ann, "forgotten")
    bob = await site.service.person()
    begun = await site.begin_to_connect(bob)
    back = await site.visit(begun, "new")
    app = site.service.app
    for person in (ann, bob):
        await app.connections.authorising.authorisations.forget(person.user)
        await app.credentials.forget(person.user)
    assert await kept(site, ann) == 0
    problem(await site.authorise(bob, begun, back), 403, "AUTHORISATION_INVALID")
