"""What is kept beside the log for a time only goes when its time has come, and not before."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest
from uuid_utils.compat import uuid4, uuid7

from src.commands.command import SYSTEM
from src.commands.housekeeping import Sweep
from src.commands.loop import Accepted
from src.commands.project import CreateProject
from src.commands.user import RegisterUser
from src.config import Settings
from src.events import ANONYMOUS
from src.events.key_store import DatabaseKeyStore
from src.events.keyring import DIGESTS, RESERVATIONS, TOKENS
from src.events.outcomes import Outcomes
from src.reactions import Reactor
from src.reactions.housekeeping import housekeeping
from src.wiring import App, open_app
from tests.acting import Actor, context, register
from tests.conftest import nobody_woken
from tests.databases import as_owner, postgresql


def _ago(settings: Settings, column: str, age: timedelta) -> str:
    """SQL: the column, set to so long ago."""
    micros = age // timedelta(microseconds=1)
    if settings.embedded:
        now = (datetime.now(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        return f"{column} = {now - micros}"
    return f"{column} = clock_timestamp() - {micros} * interval '1 microsecond'"


async def aged(settings: Settings, age: timedelta, where: str = "true") -> None:
    """Makes outcomes as old as that."""
    await as_owner(settings, f"UPDATE outcomes SET {_ago(settings, 'recorded_at', age)} WHERE {where}")


async def aged_keys(settings: Settings, age: timedelta, where: str = "true") -> None:
    """Makes keys as old as that."""
    await as_owner(settings, f"UPDATE keys SET {_ago(settings, 'created_at', age)} WHERE {where}")


async def next_tick(app: App) -> None:
    """As if the next ten minutes had begun just now: looks, orders if need be, and sweeps."""
    engine = app.reactor._checkpoints._engine
    schedule, sweep = housekeeping(Outcomes(engine), DatabaseKeyStore(engine), app.settings.outcome_age)
    looking = replace(schedule, every=timedelta(milliseconds=1))
    for job in (sweep, looking, sweep):
        reactor = Reactor(app.log, app.commands, engine, [job])
        await reactor.run_due()
        (progress,) = await reactor.progress()
        assert progress.error is None
        assert progress.lag == 0 or job is looking


async def swept(app: App) -> int:
    """How many sweeps the log knows of."""
    return [event.type for event in await app.log.read(0, 100_000)].count("SweepOrdered")


async def keys(settings: Settings) -> set[str]:
    """The ids of all keys."""
    return {str(row[0]) for row in await as_owner(settings, "SELECT id FROM keys")}


@asynccontextmanager
async def opened(settings: Settings, **changes: float) -> AsyncIterator[App]:
    """The application, with other settings."""
    async with open_app(settings.model_copy(update=changes), nobody_woken) as app:
        yield app


# --- outcomes -----------------------------------------------------------------------------------------------------


async def test_an_expired_idempotency_key_can_be_used_anew(app: App) -> None:
    """After an hour it stands for nothing; a younger one is still answered as before."""
    ann = await register(app.commands)
    old, young = uuid7(), uuid7()
    first = await ann.do(CreateProject(name="Shed"), command_id=old)
    second = await ann.do(CreateProject(name="Barn"), command_id=young)
    await aged(app.settings, timedelta(minutes=61), f"command_id = '{old}'")
    await aged(app.settings, timedelta(minutes=59), f"command_id = '{young}'")
    await next_tick(app)
    assert (await ann.do(CreateProject(name="Barn"), command_id=young)).position == second.position
    assert (await ann.do(CreateProject(name="Greenhouse"), command_id=old)).position > first.position
    assert (await ann.refused(CreateProject(name="Shed"), command_id=young)).code == "COMMAND_ID_REUSED"
    assert await swept(app) == 1


async def test_the_age_is_a_setting(settings: Settings) -> None:
    """Where repeats come later, they are recognised for longer."""
    async with opened(settings, outcome_hours=3.0) as app:
        ann = await register(app.commands)
        first = await ann.do(CreateProject(name="Shed"), command_id=(given := uuid7()))
        await aged(settings, timedelta(minutes=179))
        await next_tick(app)
        assert (await ann.do(CreateProject(name="Shed"), command_id=given)).position == first.position
        assert await swept(app) == 0


async def test_what_the_service_itself_did_is_recognised_for_ever(app: App) -> None:
    """Ids of its commands are derived, so a repeat may come at any time; they order no sweep, either."""
    await register(app.commands)
    await aged(app.settings, timedelta(days=1000))
    await next_tick(app)
    assert await swept(app) == 0
    assert await as_owner(app.settings, "SELECT count(*) FROM outcomes") == [(1,)]


async def test_an_idle_database_gets_no_event(app: App) -> None:
    """Hour after hour of nothing leave the log as it is, also after a sweep."""
    ann = await register(app.commands)
    await ann.project()
    for _ in range(3):
        await next_tick(app)
    assert await swept(app) == 0
    await aged(app.settings, timedelta(hours=2))
    await next_tick(app)
    head = await app.log.head()
    for _ in range(3):
        await aged(app.settings, timedelta(hours=2))
        await next_tick(app)
    assert (await app.log.head(), await swept(app)) == (head, 1)


async def test_outcomes_go_in_batches(app: App) -> None:
    """No lock is held for long: a call takes so many and no more, the oldest first, until there are none."""
    outcomes = Outcomes(app.reactor._checkpoints._engine)
    batch = 1_000 if app.settings.embedded else 10_000
    many, actor = batch * 2 + 7, uuid4()
    numbers = f"WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {many}) "
    id_ = "printf('00000000-0000-4000-8000-%012d', n)"
    if not app.settings.embedded:
        id_, actor_ = "lpad(n::text, 32, '0')::uuid", f"'{actor}'::uuid"
    else:
        actor_ = f"'{actor}'"
    then = _ago(app.settings, "", timedelta(hours=2)).removeprefix(" = ")
    moment = f"{then} + n" if app.settings.embedded else f"{then} + n * interval '1 microsecond'"
    digest = "x'00'" if app.settings.embedded else "'\\x00'::bytea"
    await as_owner(
        app.settings,
        "INSERT INTO outcomes (actor, command_id, digest, outcome, position, recorded_at) "
        f"{numbers} SELECT {actor_}, {id_}, {digest}, '', n, {moment} FROM n",
    )
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    assert await outcomes.any_before(hour_ago)
    assert await outcomes.expire(hour_ago) == batch
    assert await as_owner(app.settings, "SELECT min(position) FROM outcomes") == [(batch + 1,)]
    assert [await outcomes.expire(hour_ago) for _ in range(3)] == [batch, 7, 0]
    assert not await outcomes.any_before(hour_ago)


async def test_commands_are_accepted_while_outcomes_expire(app: App) -> None:
    """Neither waits for the other, and what is younger stays."""
    ann = await register(app.commands)
    for number in range(40):
        await ann.project(f"Old {number}")
    await aged(app.settings, timedelta(hours=2))
    await asyncio.gather(next_tick(app), *(ann.project(f"New {number}") for number in range(40)))
    assert await as_owner(app.settings, f"SELECT count(*) FROM outcomes WHERE actor <> '{SYSTEM}'") == [(40,)]


async def test_the_application_deletes_outcomes_in_no_other_way(postgresql_settings: Settings) -> None:
    """Its role may call the one function; nobody else may, and none may put something in its place."""
    async with postgresql(postgresql_settings, application=True) as connection:
        assert await connection.fetchval("SELECT expire_outcomes(now() - interval '1 hour')") == 0
        for statement in ("DELETE FROM outcomes", "TRUNCATE outcomes", "DROP FUNCTION expire_outcomes"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
        await connection.execute("CREATE TEMPORARY TABLE outcomes (LIKE public.outcomes)")
        assert await connection.fetchval("SELECT expire_outcomes('infinity')") == 0
    role = f"stranger_{uuid4().hex}"
    async with postgresql(postgresql_settings) as connection:
        await connection.execute(f"CREATE ROLE {role}; SET ROLE {role}")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("SELECT expire_outcomes(now())")
        await connection.execute(f"RESET ROLE; DROP ROLE {role}")


# --- keys ---------------------------------------------------------------------------------------------------------


async def test_keys_of_nobody_are_swept(app: App) -> None:
    """A key that a command made and never used goes after a day; those of users and of the service stay."""
    ann = await register(app.commands)
    orphans = [uuid4() for _ in range(3)]
    for id_ in (*map(str, orphans), TOKENS, RESERVATIONS, DIGESTS, str(SYSTEM), str(ANONYMOUS)):
        await app.keyring.ensure(id_)
    await aged_keys(app.settings, timedelta(hours=25))
    await aged_keys(app.settings, timedelta(hours=23), f"id = '{orphans[2]}'")
    await next_tick(app)
    left = {str(ann.user), str(orphans[2]), TOKENS, RESERVATIONS, DIGESTS, str(SYSTEM), str(ANONYMOUS)}
    assert await keys(app.settings) == left
    assert await swept(app) == 1
    await next_tick(app)
    assert (await keys(app.settings), await swept(app)) == (left, 1)


async def test_a_person_can_be_registered_after_the_sweep(app: App) -> None:
    """The key that was swept is made anew, in every process, also in one that remembers it."""
    user = uuid4()
    async with open_app(app.settings, nobody_woken) as other:
        for each in (app, other):
            await each.keyring.ensure(str(user))
        await aged_keys(app.settings, timedelta(hours=25))
        await next_tick(app)
        assert str(user) not in await keys(app.settings)
        await _register(other, user)
    async with open_app(app.settings, nobody_woken) as later:
        assert str(user) in await keys(app.settings)
        await _readable(later, user)


async def test_a_key_that_is_about_to_be_used_is_not_swept(app: App) -> None:
    """Somebody whose first registration failed long ago is registered just while the sweep comes."""
    user = uuid4()
    await app.keyring.ensure(str(user))
    await aged_keys(app.settings, timedelta(hours=25), f"id = '{user}'")
    append = app.log.append

    async def swept_before(commits: object) -> object:
        await next_tick_elsewhere(app.settings)
        return await append(commits)  # type: ignore[arg-type]

    app.log.append = swept_before  # type: ignore[method-assign,assignment]
    await _register(app, user)
    async with open_app(app.settings, nobody_woken) as later:
        await _readable(later, user)


async def next_tick_elsewhere(settings: Settings) -> None:
    """A tick of another process."""
    async with open_app(settings, nobody_woken) as other:
        await next_tick(other)


async def _register(app: App, user: UUID) -> None:
    command = RegisterUser(user=user, username="zeb", email="zeb@example.org", name="Zebulon")
    assert isinstance(await app.commands.execute(command, context()), Accepted)


async def _readable(app: App, user: UUID) -> None:
    """What was sealed in the person's first event is in plain text for a process that starts afresh."""
    recorded = await app.log.read_streams({f"user-{user}@main": 0})
    (event,) = await app.keyring.reveal(each.event for each in recorded[:1])
    assert getattr(event, "name", None) == "Zebulon"


async def test_users_keep_their_keys_for_good(app: App) -> None:
    """However old: a name can be read as long as the account is there."""
    users = [await register(app.commands, f"user{number}") for number in range(5)]
    await app.keyring.ensure(str(uuid4()))
    for age in (timedelta(hours=25), timedelta(days=29), timedelta(days=4000)):
        await aged_keys(app.settings, age)
        await next_tick(app)
        assert {str(user.user) for user in users} <= await keys(app.settings)


async def test_a_sweep_may_not_reach_too_far(app: App) -> None:
    """Whoever orders it: keys that a command under way may need, and outcomes yet to come, are refused."""
    now = datetime.now(UTC)
    system, hour = Actor(app.commands, SYSTEM), timedelta(hours=1)
    for outcomes_before, keys_before in ((now + hour, now - 24 * hour), (now, now - 11 * hour)):
        refusal = await system.refused(Sweep(outcomes_before=outcomes_before, keys_before=keys_before))
        assert refusal.code == "SWEEP_TOO_LATE"
    order = Sweep(outcomes_before=now - hour, keys_before=now - 24 * hour)
    given = context(SYSTEM)
    assert (await system.do(order, new_id=given.new_id)).changed
    assert not (await system.do(order, new_id=given.new_id)).changed
