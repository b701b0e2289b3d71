"""An account at a provider is connected, signs in, is refreshed and given up."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from src.commands.connection_state import CONNECTIONS
from src.testing import context
from src.testing.http import problem, succeeded
from tests.databases import as_owner

from .browser import Site
from .connected import kept, status, with_password


async def test_an_account_is_connected_and_signs_in(site: Site) -> None:
    """Who has connected an account signs in by it, and gets what a password would have got."""
    ann = await site.service.person()
    connection = await site.connect(ann, "ann-7")
    assert await site.shown(ann) == [{"connection": connection, "provider": "example", "status": "ACTIVE"}]
    tokens = succeeded(await site.sign_in("ann-7")).json()
    assert tokens["user"] == str(ann.user)
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    sessions = await site.service.client.get(f"/api/v1/users/{ann.user}/sessions", headers=headers)
    assert [each["method"] for each in sessions.json() if each["current"]] == ["provider:example"]


async def test_signing_in_replaces_what_is_kept(site: Site) -> None:
    """Of a connection one grant is kept, the newest."""
    ann = await site.service.person()
    connection = await site.connect(ann, f"ann-{UUID(int=1)}")
    before = (await site.service.app.connections.of(ann.user, context()))[UUID(connection)].credential
    succeeded(await site.sign_in(f"ann-{UUID(int=1)}"))
    after = (await site.service.app.connections.of(ann.user, context()))[UUID(connection)].credential
    assert before != after
    assert await kept(site, ann) == 1


async def test_nobody_is_registered_by_signing_in(site: Site) -> None:
    """An account that nobody has connected is refused, and so, in the same words, is one that was given up."""
    unknown = problem(await site.sign_in("nobody"), 401, "SIGN_IN_FAILED")
    ann = await with_password(site)
    connection = await site.connect(ann, "gone")
    succeeded(await ann.ask("DELETE", f"users/{ann.user}/connections/{connection}"))
    assert problem(await site.sign_in("gone"), 401, "SIGN_IN_FAILED")["detail"] == unknown["detail"]


async def test_an_account_belongs_to_one_user(site: Site) -> None:
    """Who shows an account that another has connected is refused, and the connection has failed."""
    ann, bob = await site.service.person(), await site.service.person()
    await site.connect(ann, "ours")
    begun = await site.begin_to_connect(bob)
    problem(await site.authorise(bob, begun, await site.visit(begun, "ours")), 409, "PROVIDER_ACCOUNT_TAKEN")
    assert await status(site, bob) == ["FAILED"]
    assert succeeded(await site.sign_in("ours")).json()["user"] == str(ann.user)
    assert await kept(site, bob) == 0


async def test_of_two_who_connect_one_account_at_once_one_does(site: Site) -> None:
    """However many requests come in together, the account is one user's."""
    people = [await site.service.person() for _ in range(4)]
    begun = [await site.begin_to_connect(person) for person in people]
    back = [await site.visit(each, "wanted") for each in begun]
    answers = await asyncio.gather(*map(site.authorise, people, begun, back))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]


async def test_accounts_that_differ_by_case_are_two(site: Site) -> None:
    """What an issuer calls an account is exact: nobody signs in by one that only looks the same."""
    ann, bob = await site.service.person(), await site.service.person()
    await site.connect(ann, "Account-K")
    problem(await site.sign_in("account-k"), 401, "SIGN_IN_FAILED")
    await site.connect(bob, "account-k")
    assert succeeded(await site.sign_in("account-k")).json()["user"] == str(bob.user)


async def test_there_is_one_connection_with_a_provider(site: Site) -> None:
    """Who begins again is sent to the same one; who is connected has to disconnect first."""
    ann = await site.service.person()
    first, second = await site.begin_to_connect(ann), await site.begin_to_connect(ann)
    assert first["connection"] == second["connection"]
    succeeded(await site.authorise(ann, first, await site.visit(first, "one")))
    path = f"users/{ann.user}/connections"
    again = await ann.ask("POST", path, json={"provider": "example", "return_to": "http://127.0.0.1:4711/back"})
    problem(again, 409, "ALREADY_CONNECTED")
    other = await site.authorise(ann, second, await site.visit(second, "another"))
    problem(other, 409, "PROVIDER_ACCOUNT_OTHER")
    assert await status(site, ann) == ["ACTIVE"]


async def test_tokens_are_refreshed(site: Site) -> None:
    """Each refresh uses the token up that the one before has brought."""
    ann = await site.service.person()
    connection = await site.connect(ann, "refreshed")
    path = f"users/{ann.user}/connections/{connection}/refresh"
    for _ in range(2):
        before = site.provider.live("refresh")
        # A client that repeats itself costs another token, and not the connection.
        succeeded(await ann.ask("POST", path, headers={"Idempotency-Key": "the same"}))
        assert len(site.provider.live("refresh")) == 1
        assert site.provider.live("refresh") != before
    assert await kept(site, ann) == 1


async def test_refreshes_at_once_show_no_token_twice(site: Site) -> None:
    """A provider may end everything when a used token is shown, so they follow one another."""
    ann = await site.service.person()
    path = f"users/{ann.user}/connections/{await site.connect(ann, 'busy')}/refresh"
    answers = await asyncio.gather(*(ann.ask("POST", path) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert await status(site, ann) == ["ACTIVE"]


async def test_a_connection_whose_tokens_are_used_up_expires(site: Site) -> None:
    """The account stays the user's: signing in by it brings the connection back."""
    ann, bob = await site.service.person(), await site.service.person()
    connection = await site.connect(ann, "expired")
    path = f"users/{ann.user}/connections/{connection}/refresh"
    for token in site.provider.live("refresh"):
        site.provider.granted[token]["used"] = True
    assert problem(await ann.ask("POST", path), 403, "PROVIDER_REFUSED")["details"] == {"status": "EXPIRED"}
    assert await status(site, ann) == ["EXPIRED"]
    problem(await ann.ask("POST", path), 409, "CONNECTION_NOT_ACTIVE")
    begun = await site.begin_to_connect(bob)
    problem(await site.authorise(bob, begun, await site.visit(begun, "expired")), 409, "PROVIDER_ACCOUNT_TAKEN")
    succeeded(await site.sign_in("expired"))
    assert await status(site, ann) == ["ACTIVE"]
    succeeded(await ann.ask("POST", path))


async def test_a_connection_that_was_withdrawn_at_the_provider_is_revoked(site: Site) -> None:
    """It ends, nothing of it is kept, and the account is free."""
    ann, bob = await site.service.person(), await site.service.person()
    connection = await site.connect(ann, "withdrawn")

    async def withdrawn(_request: Request) -> Response:
        return JSONResponse({"error": "consent_required"}, 400)

    site.provider.answers["/token"] = withdrawn
    refused = await ann.ask("POST", f"users/{ann.user}/connections/{connection}/refresh")
    assert problem(refused, 403, "PROVIDER_REFUSED")["details"] == {"status": "REVOKED"}
    assert await status(site, ann) == ["REVOKED"]
    assert await kept(site, ann) == 0
    site.provider.answers.clear()
    await site.connect(bob, "withdrawn")


async def test_without_a_refresh_token_there_is_nothing_to_refresh(site: Site) -> None:
    """The words say what to ask the provider for."""
    ann = await site.service.person()
    ordinary = site.provider._tokens

    def poorer(account: str, nonce: str | None) -> Response:
        import orjson

        told: dict[str, Any] = orjson.loads(bytes(ordinary(account, nonce).body))
        del told["refresh_token"]
        return JSONResponse(told)

    site.provider._tokens = poorer  # type: ignore[method-assign] # it is the tests' own provider
    path = f"users/{ann.user}/connections/{await site.connect(ann, 'poor')}/refresh"
    assert "offline_access" in problem(await ann.ask("POST", path), 409, "NOT_REFRESHABLE")["detail"]


async def test_no_token_is_stored_in_the_open(site: Site) -> None:
    """What a provider has granted is in no event and, but sealed by the person's key, in no table."""
    ann = await site.service.person()
    connection = await site.connect(ann, "secretive-account")
    await ann.ask("POST", f"users/{ann.user}/connections/{connection}/refresh")
    await site.sign_in("secretive-account")
    await site.begin()
    app = site.service.app
    stored = ""
    for table in ("events", "outcomes", "credentials", "authorisations", "reactions"):
        rows = await as_owner(app.settings, f"SELECT * FROM {table}")
        stored += "\n".join(
            part.decode("latin-1") if isinstance(part, bytes) else str(part) for row in rows for part in row
        )
    for secret in (*site.provider.granted, "secretive-account"):
        assert secret not in stored
    (each,) = (await app.commands.session(context(), fresh=True).load(CONNECTIONS.at(ann.user))).values()
    assert await app.connections.grants.find(each.credential) is not None
    await app.keyring.destroy(str(ann.user))
    assert await app.connections.grants.find(each.credential) is None


@pytest.mark.parametrize("path", ["providers/other/sign-ins", "providers/-/sign-ins", "providers/%00/sign-ins"])
async def test_a_provider_that_is_not_there_is_unknown(site: Site, path: str) -> None:
    """Whatever it is called."""
    answer = await site.service.client.post(f"/api/v1/{path}", json={"return_to": "http://127.0.0.1:4711/back"})
    problem(answer, 404, "PROVIDER_UNKNOWN")


async def test_attempts_are_counted(site: Site) -> None:
    """An address may begin so often, and no more, like anybody who tries passwords."""
    for number in range(200):
        await site.service.app.sign_in.throttle.attempt(str(number), "127.0.0.1")
    path, wanted = "/api/v1/providers/example/sign-ins", {"return_to": "http://127.0.0.1:4711/back"}
    problem(await site.service.client.post(path, json=wanted), 429, "TOO_MANY_ATTEMPTS")
