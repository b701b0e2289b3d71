"""Bearer tokens: only those of this service, while they are good."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from uuid_utils.compat import uuid4

from src.commands.command import SYSTEM
from src.events.keyring import TOKENS
from src.identity.tokens import BadTokenError, mint, verify
from src.testing.http import Person, problem

from .world import World

NOW = datetime.now(UTC)


async def forged(world: World, key: bytes | None = None, **claims: Any) -> str:
    """A token with other claims than ours, signed with our key or another."""
    session = jwt.decode(world.owner.token, options={"verify_signature": False})["sid"]
    ours = {"sub": str(world.owner.user), "sid": session, "aud": "projectory", "exp": NOW + timedelta(hours=1)}
    stated = {name: value for name, value in (ours | claims).items() if value is not None}
    return jwt.encode(stated, await world.service.app.keyring.ensure(TOKENS) if key is None else key, "HS256")


def part(content: Mapping[str, Any] | str) -> str:
    """A part of a token, made by hand."""
    text = content if isinstance(content, str) else json.dumps(content)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


async def refused(world: World, token: str, code: str = "TOKEN_INVALID") -> str:
    """What a caller with this token is told, for reads and commands alike."""
    headers = {b"Authorization": f"Bearer {token}".encode()}
    path = f"/api/v1/{world.path}"
    read = problem(await world.service.client.get(path, headers=headers), 401, code)
    answer = await world.service.client.patch(path, headers=headers, json={"name": "Taken over"})
    assert problem(answer, 401, code)["detail"] == read["detail"]
    assert answer.headers["www-authenticate"].startswith("Bearer")
    return str(read["detail"])


async def test_a_token_of_ours_is_good(still: World) -> None:
    """The forger of these tests makes good tokens from good claims."""
    person = Person(still.service.client, still.owner.user, await forged(still), still.owner.seen)
    assert (await person.get("users/me")).json()["id"] == str(still.owner.user)


async def test_a_tampered_token_is_refused(still: World) -> None:
    """A token of which any part was changed, exchanged or cut off is not valid."""
    head, claims, signature = still.owner.token.split(".")
    others = still.outsider.token.split(".")
    flipped = ("A" if signature[5] != "A" else "B").join((signature[:5], signature[6:]))
    for token in (
        f"{head}.{claims}.{flipped}",
        f"{head}.{others[1]}.{signature}",
        f"{head}.{claims}.{others[2]}",
        f"{head}.{claims}.",
        f"{head}.{claims}",
        claims,
        f"{head}.{claims}.{signature}.{signature}",
        f"{part('no json')}.{claims}.{signature}",
    ):
        assert await refused(still, token) == "the token is not valid"


async def test_an_unsigned_token_is_refused(still: World) -> None:
    """The algorithm "none", however it is written, signs nothing."""
    claims = part({"sub": str(still.owner.user), "aud": "projectory", "exp": 4_000_000_000})
    for algorithm in ("none", "None", "NONE", "HS384", "RS256", None, 5):
        for signature in ("", "AAAA"):
            await refused(still, f"{part({'alg': algorithm, 'typ': 'JWT'})}.{claims}.{signature}")


async def test_a_token_signed_with_another_key_is_refused(still: World) -> None:
    """The key of another service, or none, makes no token of ours."""
    await refused(still, await forged(still, key=b"k" * 32))


async def test_an_expired_token_says_so(still: World) -> None:
    """A token is good until it expires; then its owner is told to get a new one."""
    token = await mint(still.service.app.keyring, still.owner.user, uuid4(), timedelta(seconds=-1))
    assert "expired" in await refused(still, token)


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another service"},
        {"aud": None},
        {"exp": None},
        {"exp": "tomorrow"},
        {"sub": None},
        {"sub": "ann"},
        {"sub": ["a"]},
        {"sub": 7},
        {"sub": "\0"},
        {"nbf": NOW + timedelta(hours=1)},
        {"iat": "yesterday"},
    ],
)
async def test_a_token_with_other_claims_is_refused(still: World, claims: dict[str, Any]) -> None:
    """A token for another audience, without an end, or for what is no user is not valid."""
    await refused(still, await forged(still, **claims))


async def test_a_token_that_cannot_be_read_is_refused(still: World) -> None:
    """A token that is nested without end or made of other bytes is not valid, and no fault of ours."""
    deep = part("[" * 3000)
    for token in (f"{deep}.{deep}.AAAA", "é.é.é", "\x7f", ".", "..", "x" * 10_000):
        await refused(still, token)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "bearer", "Token x"])
async def test_other_ways_to_sign_in_are_refused(world: World, header: str) -> None:
    """A header that holds no bearer token is as none."""
    answer = await world.service.client.get("/api/v1/projects", headers={"Authorization": header})
    problem(answer, 401, "TOKEN_MISSING")


async def test_the_word_bearer_may_be_written_in_any_case(still: World) -> None:
    """The scheme of the header is not case sensitive."""
    answer = await still.service.client.get(
        "/api/v1/projects", headers={"Authorization": f"bEARER {still.owner.token}"}
    )
    assert answer.status_code == 200


async def test_who_is_not_registered_sees_and_does_nothing(still: World) -> None:
    """A good token for somebody whom nobody has registered opens nothing."""
    unknown = Person(still.service.client, uuid4(), await forged(still, sub=str(uuid4())))
    for path in ("projects", still.path, "audit", "users/me"):
        problem(await unknown.ask("GET", path), 401, "ACTOR_UNKNOWN")
    for path in ("projects", f"{still.path}/tasks"):
        answer = await unknown.ask("POST", path, json={"name": "Mine"})
        problem(answer, 401, "ACTOR_UNKNOWN")
        assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_no_token_speaks_for_the_service_itself(still: World) -> None:
    """The system, who may do everything, has no token and cannot be given one."""
    await refused(still, await forged(still, sub=str(SYSTEM)))
    keyring = still.service.app.keyring
    with pytest.raises(ValueError, match="service itself"):
        await mint(keyring, SYSTEM, uuid4())


async def test_what_is_minted_verifies_as_its_user(still: World) -> None:
    """Minting and verifying are inverse, until the token expires."""
    keyring, user, session = still.service.app.keyring, uuid4(), uuid4()
    bearer = await verify(keyring, await mint(keyring, user, session, timedelta(minutes=1)))
    assert bearer.session == session
    assert (bearer.user, 55 < bearer.expires - datetime.now(UTC).timestamp() <= 60) == (user, True)
    with pytest.raises(BadTokenError, match="expired"):
        await verify(keyring, await mint(keyring, user, session, timedelta(0)))
