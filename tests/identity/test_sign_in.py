"""Signing in and out: who gets in, for how long, and what ends it."""

import asyncio
import statistics
import time
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from pydantic import SecretStr

from src.commands.access import EndSessions, StartSession
from src.commands.authorise import Rights
from src.commands.codes import Code
from src.commands.command import Context
from src.commands.loop import Accepted
from src.commands.permissions import GRANTABLE, SYSTEM_GRANTS
from src.commands.project import CreateProject
from src.commands.result import Failure
from src.config import Settings
from src.events.log import ANONYMOUS
from src.events.user import PLANNER
from src.identity.sign_in import Given, Tokens
from src.identity.throttle import ThrottledError, throttle
from src.identity.tokens import BadTokenError, verify
from src.wiring import App, open_app
from tests.acting import context, newcomer
from tests.conftest import nobody_woken
from tests.servers import Redis

PASSWORD, ANOTHER, WRONG = (SecretStr(f"{word} horse battery staple") for word in ("correct", "another", "wrong"))


def somebody(address: str = "192.0.2.1") -> Context:
    """The circumstances of who has not signed in."""
    return context(ANONYMOUS, address=address)


def by(tokens: Tokens) -> Context:
    """The circumstances of who has."""
    return context(tokens.user, session=tokens.session)


async def with_password(app: App) -> UUID:
    """A user who can sign in."""
    user = (await newcomer(app.commands)).user
    assert isinstance(await app.sign_in.set_password(user, PASSWORD, context()), Accepted)
    return user


def name_of(user: UUID) -> str:
    """The user name of a user of the tests."""
    return f"user-{user.hex}"


async def signed_in(app: App, user: UUID) -> Tokens:
    """Signs in, which must succeed."""
    tokens = await app.sign_in.with_password(name_of(user), PASSWORD, somebody())
    assert isinstance(tokens, Tokens)
    return tokens


async def refused(app: App, tokens: Tokens) -> Code | None:
    """Why a question by these tokens is refused, and a command in the same way; None: they are good."""
    rights = await app.commands.rights(by(tokens))
    answer = await app.commands.execute(CreateProject(name=str(context().command_id)), by(tokens))
    codes = [each.code if isinstance(each, Failure) else None for each in (rights, answer)]
    assert codes[0] == codes[1]
    return codes[0]


async def test_the_right_password_opens_a_session(app: App) -> None:
    """By user name or e-mail address, however they are cased; the access token says whose session it is."""
    user = await with_password(app)
    for name in (name_of(user), name_of(user).upper(), f"{name_of(user)}@example.org", f" {name_of(user)} "):
        tokens = await app.sign_in.with_password(name, PASSWORD, somebody())
        assert isinstance(tokens, Tokens)
        bearer = await verify(app.keyring, tokens.access)
        assert (bearer.user, bearer.session) == (user, tokens.session)
        assert bearer.expires - time.time() <= 600
        assert await refused(app, tokens) is None


async def test_nobody_is_told_whether_there_is_such_an_account(app: App) -> None:
    """A wrong password, a user without one, a name that nobody has: the same words after as long a time."""
    user, without = await with_password(app), (await newcomer(app.commands)).user
    took: dict[str, float] = {}
    told = []
    for number, name in enumerate((name_of(user), name_of(without), "nobody", "nobody@example.org", "\0")):
        times = []
        for attempt in range(3):
            begun = time.perf_counter()
            told.append(await app.sign_in.with_password(name, WRONG, somebody(f"192.0.2.{10 * number + attempt}")))
            times.append(time.perf_counter() - begun)
        took[name] = statistics.median(times)
    assert len({(failure.code, failure.message) for failure in told if isinstance(failure, Failure)}) == 1
    assert min(took.values()) > max(took.values()) / 3  # without a comparison it is a hundredth


async def test_a_refresh_token_is_good_once(app: App) -> None:
    """Each gives the next pair. One that is used again ends the session, for whoever has its tokens."""
    first = await signed_in(app, await with_password(app))
    second = await app.sign_in.refresh(first.refresh, somebody())
    assert isinstance(second, Tokens)
    assert second.session == first.session
    third = await app.sign_in.refresh(second.refresh, somebody())
    assert isinstance(third, Tokens)
    stolen = await app.sign_in.refresh(second.refresh, somebody())
    assert isinstance(stolen, Failure)
    assert stolen.code is Code.SESSION_ENDED
    assert await refused(app, third) is Code.SESSION_ENDED
    for tokens in (first, second, third):
        again = await app.sign_in.refresh(tokens.refresh, somebody())
        assert isinstance(again, Failure)
        assert again.code is Code.SESSION_ENDED


async def test_of_two_who_refresh_at_once_one_does(settings: Settings) -> None:
    """In two processes: one has the next pair for a moment, and the session ends as it was used twice."""
    async with open_app(settings, nobody_woken) as one, open_app(settings, nobody_woken) as other:
        tokens = await signed_in(one, await with_password(one))
        answers = await asyncio.gather(*(app.sign_in.refresh(tokens.refresh, somebody()) for app in (one, other)))
        assert sum(isinstance(answer, Tokens) for answer in answers) == 1
        assert await refused(one, tokens) is await refused(other, tokens) is Code.SESSION_ENDED


async def test_an_access_token_is_no_refresh_token(app: App) -> None:
    """What is made for one thing is not taken for another."""
    tokens = await signed_in(app, await with_password(app))
    with pytest.raises(BadTokenError):
        await app.sign_in.refresh(tokens.access, somebody())
    with pytest.raises(BadTokenError):
        await verify(app.keyring, tokens.refresh)


async def test_signing_out_everywhere_ends_every_session_on_every_process(settings: Settings) -> None:
    """For the very next question and the very next command, also where the session was in use."""
    async with open_app(settings, nobody_woken) as one, open_app(settings, nobody_woken) as other:
        user = await with_password(one)
        sessions = [await signed_in(one, user) for _ in range(3)]
        for app in (one, other):
            assert {await refused(app, tokens) for tokens in sessions} == {None}
        await one.commands.execute(EndSessions(user=user), by(sessions[0]))
        for app in (one, other):
            assert {await refused(app, tokens) for tokens in sessions} == {Code.SESSION_ENDED}


async def test_a_changed_password_ends_the_other_sessions(app: App) -> None:
    """The one that changed it goes on; the old password opens nothing any more, the new one does."""
    user = await with_password(app)
    here, there = await signed_in(app, user), await signed_in(app, user)
    wrong = await app.sign_in.change_password(WRONG, ANOTHER, by(here))
    assert isinstance(wrong, Failure)
    assert wrong.code is Code.PASSWORD_WRONG
    assert isinstance(await app.sign_in.change_password(PASSWORD, ANOTHER, by(here)), Accepted)
    assert (await refused(app, here), await refused(app, there)) == (None, Code.SESSION_ENDED)
    assert isinstance(await app.sign_in.with_password(name_of(user), PASSWORD, somebody()), Failure)
    assert isinstance(await app.sign_in.with_password(name_of(user), ANOTHER, somebody()), Tokens)


async def test_a_password_that_is_changed_while_it_is_compared_opens_nothing(app: App) -> None:
    """The session is refused when its password is not the user's any more."""
    user = await with_password(app)
    start = StartSession(
        user=user,
        session=context().new_id,
        method="password",
        expires_at=context().now + timedelta(hours=1),
        credential=context().new_id,
    )
    answer = await app.commands.execute(start, context(user))
    assert isinstance(answer, Failure)
    assert answer.code is Code.SIGN_IN_FAILED


async def test_a_session_ends_by_itself(app: App) -> None:
    """When its time is over its tokens are refused, though nobody has ended it."""
    user = await with_password(app)
    tokens = await app.sign_in.start(user, "test", context(user), lifetime=timedelta(seconds=0))
    assert isinstance(tokens, Tokens)
    assert await refused(app, tokens) is Code.SESSION_ENDED


async def test_a_reset_sets_a_password_once(app: App) -> None:
    """In its time, and only the last that was issued; all sessions end."""
    user = await with_password(app)
    before = await signed_in(app, user)
    old, new = [await app.sign_in.issue_reset(user, context()) for _ in range(2)]
    assert isinstance(old, Given)
    assert isinstance(new, Given)
    late = replace(somebody(), now=somebody().now + timedelta(hours=25))
    for text, when in ((old.text, somebody()), (new.text, late), (SecretStr("pjr_x"), somebody())):
        answer = await app.sign_in.redeem_reset(text, ANOTHER, when)
        assert isinstance(answer, Failure)
        assert answer.code is Code.RESET_INVALID
    assert isinstance(await app.sign_in.redeem_reset(new.text, ANOTHER, somebody()), Accepted)
    assert await refused(app, before) is Code.SESSION_ENDED
    assert isinstance(await app.sign_in.redeem_reset(new.text, PASSWORD, somebody()), Failure)
    assert isinstance(await app.sign_in.with_password(name_of(user), ANOTHER, somebody()), Tokens)


async def test_an_account_is_tried_ten_times_from_one_address(app: App) -> None:
    """Then not even the right password is compared, for a while; from elsewhere its owner gets in."""
    user = await with_password(app)
    for _ in range(10):
        assert isinstance(await app.sign_in.with_password(name_of(user), WRONG, somebody()), Failure)
    with pytest.raises(ThrottledError) as told:
        await app.sign_in.with_password(name_of(user), PASSWORD, somebody())
    assert 0 < told.value.seconds <= 900
    # Whether another name is the same person's is not told.
    assert isinstance(await app.sign_in.with_password(f"{name_of(user)}@example.org", WRONG, somebody()), Failure)
    assert isinstance(await app.sign_in.with_password(name_of(user), PASSWORD, somebody("192.0.2.2")), Tokens)


async def test_an_account_is_tried_fifty_times_from_everywhere(app: App) -> None:
    """By all its names together; whoever has an IPv6 address has all of its network, and counts as one."""
    user, gate = await with_password(app), app.sign_in.throttle
    for number in range(25):
        for name in ("one", "other"):
            await gate.attempt(f"{name} of {user}", f"192.0.2.{number}", owner=str(user))
    with pytest.raises(ThrottledError):
        await gate.attempt(f"one of {user}", "192.0.2.99", owner=str(user))
    for number in range(10):
        await gate.attempt("account", f"2001:db8::{number:x}")
    with pytest.raises(ThrottledError):
        await gate.attempt("account", "2001:db8::ffff")
    await gate.attempt("account", "2001:db8:0:1::1")


async def test_a_session_that_ends_while_it_is_refreshed_is_no_fault(app: App) -> None:
    """Whoever signs out in another tab at that moment is told that the session has ended."""
    user = await with_password(app)
    for _ in range(10):
        tokens = await app.sign_in.start(user, "test", context(user))
        assert isinstance(tokens, Tokens)
        refreshed, _ended = await asyncio.gather(
            app.sign_in.refresh(tokens.refresh, somebody()),
            app.commands.execute(EndSessions(user=user), context(user)),
        )
        assert isinstance(refreshed, Tokens) or refreshed.code is Code.SESSION_ENDED


async def test_names_that_nobody_has_are_throttled_alike(app: App) -> None:
    """Who is throttled does not learn from it that there is such an account."""
    for _ in range(10):
        await app.sign_in.with_password("nobody", WRONG, somebody())
    with pytest.raises(ThrottledError):
        await app.sign_in.with_password("nobody", WRONG, somebody())


async def test_an_address_tries_so_many_accounts(app: App) -> None:
    """Spraying a password over names is throttled by the address."""
    gate = app.sign_in.throttle
    for number in range(200):
        await gate.attempt(f"account {number}", "192.0.2.9")
    with pytest.raises(ThrottledError):
        await gate.attempt("account 200", "192.0.2.9")
    await gate.attempt("account 200", "192.0.2.10")


async def test_processes_count_together(redis_server: Redis) -> None:
    """With Redis an attempt at one process counts for all."""
    gates = [throttle(SecretStr(redis_server.url)) for _ in range(2)]
    account = str(context().command_id)
    for number in range(10):
        await gates[number % 2].attempt(account, "192.0.2.1")
    for gate in gates:
        with pytest.raises(ThrottledError):
            await gate.attempt(account, "192.0.2.1")
    for gate in gates:
        await gate.close()


async def test_no_secret_is_in_the_log(app: App) -> None:
    """Neither passwords nor their hashes, neither tokens nor resets."""
    user = await with_password(app)
    tokens, reset = await signed_in(app, user), await app.sign_in.issue_reset(user, context())
    assert isinstance(reset, Given)
    written = " ".join(event.data + event.metadata for event in await app.log.read(0, 1_000))
    for secret in ("argon2", PASSWORD.get_secret_value(), tokens.access, tokens.refresh, reset.text.get_secret_value()):
        assert secret not in written


async def test_rights_are_those_of_the_user(app: App) -> None:
    """A session gives what the user may do, no more."""
    tokens = await signed_in(app, await with_password(app))
    rights = await app.commands.rights(by(tokens))
    assert isinstance(rights, Rights)
    assert rights.granted == SYSTEM_GRANTS[PLANNER]
    assert GRANTABLE - rights.granted
