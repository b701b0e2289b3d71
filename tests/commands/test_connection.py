"""Decisions on connections with accounts at providers: they do, they refuse, they stay quiet when it is so already."""

from uuid import uuid4

from src.commands.access import SetPassword
from src.commands.account import DeleteAccount
from src.commands.codes import Code
from src.commands.command import Command
from src.commands.connection import (
    AuthoriseConnection,
    ConnectProvider,
    DisconnectProvider,
    ExpireConnection,
    FailConnection,
    RefreshConnection,
    RevokeConnection,
    connections_released,
)
from src.commands.connection_state import CONNECTIONS, Connection, Status
from src.events.connection import (
    ProviderConnectionAuthorised,
    ProviderConnectionDisconnected,
    ProviderConnectionExpired,
    ProviderConnectionFailed,
    ProviderConnectionRefreshed,
    ProviderConnectionRequested,
    ProviderConnectionRevoked,
)
from src.events.reservation import NameReleased, NameReserved
from src.testing import a_user, done, given

ANN, BOB, BOSS, ANNS, BOBS, GRANT, NEWER = (uuid4() for _ in range(7))
ACCOUNT, ANOTHER = f"provider-account:{'7' * 64}", f"provider-account:{'8' * 64}"
CONNECT = ConnectProvider(user=ANN, provider="example")
AUTHORISE = AuthoriseConnection(user=ANN, connection=ANNS, account=ACCOUNT, credential=GRANT)
EXPIRE = ExpireConnection(user=ANN, connection=ANNS, used=GRANT)
REFRESH = RefreshConnection(user=ANN, connection=ANNS, used=GRANT, credential=NEWER)
REVOKE = RevokeConnection(user=ANN, connection=ANNS, why="withdrawn here")
DISCONNECT = DisconnectProvider(user=ANN, connection=ANNS)

PEOPLE = given(a_user(ANN), a_user(BOB), a_user(BOSS, "administrator"))
PENDING = PEOPLE.also(done(CONNECT, by=ANN, new_id=ANNS))
ACTIVE = PENDING.also(done(AUTHORISE, by=ANN))
EXPIRED = ACTIVE.also(EXPIRE)
FAILED = PENDING.also(FailConnection(user=ANN, connection=ANNS, why="access_denied"))
WITH_PASSWORD = ACTIVE.also(SetPassword(user=ANN, credential=uuid4()))
ENDED = (FAILED, ACTIVE.also(REVOKE), WITH_PASSWORD.also(DISCONNECT))
AUTHORISED = ProviderConnectionAuthorised(user=ANN, connection=ANNS, account_reservation=ACCOUNT, credential=GRANT)
RELEASED = NameReleased(holder=ANN)


async def test_a_connection_is_requested_once() -> None:
    """Who is under way, or has to come back, is told the same connection; who is connected is refused."""
    requested = ProviderConnectionRequested(user=ANN, connection=ANNS, provider="example")
    await PEOPLE.when(CONNECT, by=ANN, new_id=ANNS).idempotent().then(requested)
    for world in (PENDING, EXPIRED):
        assert (await world.when(CONNECT, by=ANN).nothing()).ids == {"connection": str(ANNS)}
    await ACTIVE.when(CONNECT, by=ANN).refused(Code.ALREADY_CONNECTED, connection=str(ANNS))


async def test_after_the_end_there_is_a_new_connection() -> None:
    """What has ended stays ended, and is shown until then."""
    for world in ENDED:
        again = uuid4()
        before = await world.state(CONNECTIONS.at(ANN))
        assert set(before) == {ANNS}
        state = await world.when(CONNECT, by=ANN, new_id=again).state(CONNECTIONS.at(ANN))
        assert dict(state) == {again: Connection("example")}


async def test_the_account_is_reserved_with_the_connection() -> None:
    """A connection is active with an account and what was granted; again with the same account it is so anew."""
    await PENDING.when(AUTHORISE, by=ANN).then(NameReserved(holder=ANN), AUTHORISED)
    newer = AUTHORISE.model_copy(update={"credential": NEWER})
    for world in (ACTIVE, EXPIRED):
        await world.when(newer, by=ANN).then(AUTHORISED.model_copy(update={"credential": NEWER}))
        other = AUTHORISE.model_copy(update={"account": ANOTHER})
        await world.when(other, by=ANN).refused(Code.PROVIDER_ACCOUNT_OTHER)


async def test_an_account_is_one_users() -> None:
    """Whoever comes second is refused, also the same user by another provider's name."""
    both = ACTIVE.also(done(ConnectProvider(user=BOB, provider="example"), by=BOB, new_id=BOBS))
    bobs = AuthoriseConnection(user=BOB, connection=BOBS, account=ACCOUNT, credential=NEWER)
    await both.when(bobs, by=BOB).refused(Code.PROVIDER_ACCOUNT_TAKEN)
    twice = ACTIVE.also(done(ConnectProvider(user=ANN, provider="mirror"), by=ANN, new_id=BOBS))
    await twice.when(bobs.model_copy(update={"user": ANN}), by=ANN).refused(Code.PROVIDER_ACCOUNT_TAKEN)


async def test_what_has_ended_or_never_was_is_not_authorised() -> None:
    """A connection comes to life once."""
    for world in ENDED:
        await world.when(AUTHORISE, by=ANN).refused(Code.CONNECTION_NOT_ACTIVE)
        await world.when(REFRESH, by=ANN).refused(Code.CONNECTION_NOT_ACTIVE)
    await PEOPLE.when(AUTHORISE, by=ANN).refused(Code.CONNECTION_UNKNOWN)
    await PEOPLE.when(REFRESH, by=ANN).refused(Code.CONNECTION_UNKNOWN)
    await PENDING.when(REFRESH, by=ANN).refused(Code.CONNECTION_NOT_ACTIVE)


async def test_only_what_was_never_active_fails() -> None:
    """Another try that came to nothing leaves a connection as it is."""
    fail = FailConnection(user=ANN, connection=ANNS, why="access_denied")
    failed = ProviderConnectionFailed(user=ANN, connection=ANNS, why="access_denied")
    await PENDING.when(fail, by=ANN).idempotent().then(failed)
    for world in (PEOPLE, ACTIVE, EXPIRED, *ENDED):
        await world.when(fail, by=ANN).nothing()


async def test_tokens_are_replaced_by_what_they_brought() -> None:
    """Of two refreshes with the same tokens the second is refused; a late one brings an expired connection back."""
    refreshed = ProviderConnectionRefreshed(user=ANN, connection=ANNS, credential=NEWER)
    for world in (ACTIVE, EXPIRED):
        await world.when(REFRESH, by=ANN).then(refreshed)
        state = await world.when(REFRESH, by=ANN).state(CONNECTIONS.at(ANN))
        assert state[ANNS] == Connection("example", Status.ACTIVE, ACCOUNT, NEWER)
    await ACTIVE.also(REFRESH).when(REFRESH, by=ANN).refused(Code.CONNECTION_NOT_ACTIVE)


async def test_a_connection_expires_with_the_tokens_that_it_has() -> None:
    """Not with those of before."""
    expired = ProviderConnectionExpired(user=ANN, connection=ANNS)
    await ACTIVE.when(EXPIRE, by=ANN).idempotent().then(expired)
    for world in (PEOPLE, PENDING, ACTIVE.also(REFRESH), *ENDED):
        await world.when(EXPIRE, by=ANN).nothing()


async def test_the_end_of_a_connection_frees_the_account() -> None:
    """Whoever ends it, and however."""
    revoked = ProviderConnectionRevoked(user=ANN, connection=ANNS, why="withdrawn here")
    disconnected = ProviderConnectionDisconnected(user=ANN, connection=ANNS)
    cancelled = ProviderConnectionFailed(user=ANN, connection=ANNS, why="cancelled")
    for world in (ACTIVE, EXPIRED):
        await world.when(REVOKE, by=BOSS).idempotent().then(RELEASED, revoked)
    await WITH_PASSWORD.when(DISCONNECT, by=ANN).idempotent().then(RELEASED, disconnected)
    for command in (REVOKE, DISCONNECT):
        await PENDING.when(command, by=ANN).idempotent().then(cancelled)
        for world in (PEOPLE, *ENDED):
            await world.when(command, by=ANN).nothing()


async def test_the_last_way_in_is_not_given_up() -> None:
    """A password is another way in, and so is another connection; one that never was is none."""
    await ACTIVE.when(DISCONNECT, by=ANN).refused(Code.LAST_WAY_IN)
    pending = ACTIVE.also(done(ConnectProvider(user=ANN, provider="other"), by=ANN, new_id=BOBS))
    await pending.when(DISCONNECT, by=ANN).refused(Code.LAST_WAY_IN)
    second = AuthoriseConnection(user=ANN, connection=BOBS, account=ANOTHER, credential=NEWER)
    both = pending.also(done(second, by=ANN))
    await both.when(DISCONNECT, by=ANN).then(RELEASED, ProviderConnectionDisconnected(user=ANN, connection=ANNS))
    last: list[Command] = [DISCONNECT, DisconnectProvider(user=ANN, connection=BOBS)]
    await both.when(*last, by=ANN).refused(Code.LAST_WAY_IN)


async def test_who_manages_users_ends_no_connection_of_who_may_do_more() -> None:
    """Else a way in could be taken from somebody above."""
    bosses = PEOPLE.also(
        done(ConnectProvider(user=BOSS, provider="example"), by=BOSS, new_id=ANNS),
        done(AUTHORISE.model_copy(update={"user": BOSS}), by=BOSS),
    )
    revoke = REVOKE.model_copy(update={"user": BOSS})
    await bosses.when(revoke, by=BOB).refused(Code.FORBIDDEN)
    await ACTIVE.when(REVOKE, by=BOB).refused(Code.FORBIDDEN)
    await bosses.when(CONNECT, by=BOSS).refused(Code.ONLY_ONESELF)


async def test_with_an_account_all_its_connections_end() -> None:
    """What ends a user ends what is connected with it, and frees the accounts."""
    state = await ACTIVE.state(CONNECTIONS.at(ANN))
    released = [event for _, event in connections_released(ANN, state)]
    assert released == [RELEASED, ProviderConnectionDisconnected(user=ANN, connection=ANNS)]
    assert connections_released(ANN, await ENDED[0].state(CONNECTIONS.at(ANN))) == ()


async def test_a_deleted_account_leaves_its_connections() -> None:
    """What was connected is disconnected and free for another user, as the names are."""
    gone = ACTIVE.also(done(DeleteAccount(user=ANN), by=ANN))
    assert (await gone.state(CONNECTIONS.at(ANN)))[ANNS].status is Status.DISCONNECTED
    elsewhere = AuthoriseConnection(user=BOB, connection=BOBS, account=ACCOUNT, credential=NEWER)
    connecting = gone.also(done(ConnectProvider(user=BOB, provider="example"), by=BOB, new_id=BOBS))
    await connecting.when(elsewhere, by=BOB).then(
        NameReserved(holder=BOB),
        ProviderConnectionAuthorised(user=BOB, connection=BOBS, account_reservation=ACCOUNT, credential=NEWER),
    )
