"""A lease admits one holder, and another when that one is gone."""

import asyncio
import signal
import sys
from collections.abc import Callable

import pytest
from uuid_utils.compat import uuid4

from src.reactions.lease import Lease, LeaseLostError
from src.wiring import App
from tests.databases import as_owner

NewLease = Callable[..., Lease]


@pytest.fixture
def lease(app: App) -> NewLease:
    """Makes leases of one name."""

    def new(seconds: float = 10.0) -> Lease:
        return Lease(app.reactor._checkpoints._engine, "test", seconds)

    return new


async def test_one_holds_it(lease: NewLease) -> None:
    """Of many who ask at once one gets it, which may renew it; the next gets it when it is given back."""
    leases = [lease() for _ in range(8)]
    taken = await asyncio.gather(*(each.acquire() for each in leases))
    assert sum(taken) == 1
    holder, other = leases[taken.index(True)], leases[taken.index(False)]
    assert await holder.acquire()
    await other.release()  # of what is not its own: nothing
    assert not await other.acquire()
    await holder.release()
    assert await other.acquire()


async def test_it_ends_by_itself(lease: NewLease) -> None:
    """A holder that does not renew it loses it after its time, and not before."""
    gone, other = lease(0.5), lease()
    assert await gone.acquire()
    assert not await other.acquire()
    async with asyncio.timeout(10):
        while not await other.acquire():
            await asyncio.sleep(0.02)
    assert asyncio.get_running_loop().time() >= gone._until
    assert not await gone.acquire()


async def test_it_is_renewed_while_it_is_held(lease: NewLease) -> None:
    """Work may take longer than the lease."""
    async with lease(0.6).held() as ours:
        assert ours
        for _ in range(10):
            await asyncio.sleep(0.12)
            assert not await lease().acquire()
    async with lease().held() as next_:
        assert next_
        async with lease().held() as third:
            assert not third


async def test_a_holder_that_lost_it_stops(app: App, lease: NewLease) -> None:
    """When another has it, what was done under it is cancelled and cannot go on."""
    acted = 0

    async def act() -> None:
        nonlocal acted
        async with asyncio.timeout(20), lease(0.6).held() as ours:
            assert ours
            later = "until + 60000000" if app.settings.embedded else "until + interval '1 minute'"
            await as_owner(app.settings, f"UPDATE leases SET holder = '{uuid4().hex}', until = {later}")
            while True:
                await asyncio.sleep(0.01)
                acted += 1

    with pytest.raises(LeaseLostError):
        await act()
    assert acted < 100
    assert not await lease().acquire()


async def test_a_holder_that_cannot_renew_in_time_stops(lease: NewLease, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that does not answer ends the work no later than the lease."""
    mine = lease(0.5)
    until = 0.0

    async def silent() -> bool:
        await asyncio.sleep(60)
        return True

    async def act() -> None:
        nonlocal until
        async with mine.held() as ours:
            assert ours
            until = mine._until
            monkeypatch.setattr(mine, "acquire", silent)
            await asyncio.sleep(30)

    with pytest.raises(LeaseLostError):
        await act()
    assert until <= asyncio.get_running_loop().time() < until + 5


async def test_errors_within_are_raised_as_they_are(lease: NewLease) -> None:
    """And the lease is given back."""
    for error in (TimeoutError("mine"), ValueError("mine")):
        with pytest.raises(type(error), match="mine"):
            async with lease().held():
                raise error
    assert await lease().acquire()


_HOLDER = """
import asyncio, sys
from src.config import Settings
from src.database import open_database
from src.reactions.lease import Lease

async def hold():
    database, _ = open_database(Settings(database_url=sys.argv[1]))
    async with Lease(database.keys, "test", 1.5).held() as ours:
        print("held" if ours else "not held", flush=True)
        await asyncio.sleep(600)

asyncio.run(hold())
"""


async def test_a_killed_holder_is_followed_by_another(app: App, lease: NewLease) -> None:
    """SIGKILL leaves the lease behind; as long as the process lived nobody else got it, then somebody does."""
    url = app.settings.database_url
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _HOLDER, url, stdout=asyncio.subprocess.PIPE
    )  # fmt: skip
    assert process.stdout is not None
    assert (await process.stdout.readline()).decode().strip() == "held"
    mine = lease()
    end = asyncio.get_running_loop().time() + 2.5
    while asyncio.get_running_loop().time() < end:
        assert not await mine.acquire()
        await asyncio.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    await process.wait()
    async with asyncio.timeout(10):
        while not await mine.acquire():
            await asyncio.sleep(0.05)
