"""Following a project live: every event once and in order, for members, from where one was."""

import asyncio
from datetime import datetime
from uuid import UUID, uuid4

import asyncpg
import pytest
import structlog
from sqlalchemy import make_url

from src.api import feed
from src.api.routes import event
from src.commands.member import AddMember, RemoveMember
from src.commands.project import RenameProject, SetProjectWindow
from src.config import Settings
from src.events.project import ProjectRole
from src.testing.http import Person, a_token, problem
from src.wiring import open_app
from tests.acting import Actor
from tests.conftest import nobody_woken
from tests.servers import PostgreSQL

from .followed import made, positions
from .following import Live, follow, listening, logged

SHOWN = {"position", "type", "data", "actor", "command", "correlation_id", "reason", "recorded_at", "effective_at"}


async def test_every_event_of_the_project_is_sent_in_order(settings: Settings) -> None:
    """From the beginning on, then as they happen: the events of this project, none of another, each once."""
    async with listening(settings) as live:
        (world, ann), (other, bob) = await made(live), await made(live)
        async with follow(world.viewer, world.project, after=0) as listener:
            past = await logged(live.app, world.project)
            heard = await listener.take(len(past))
            for number in range(50):  # more than a page
                await bob.do(RenameProject(project=UUID(other.project), name=f"Other {number}"))
                await ann.do(RenameProject(project=UUID(world.project), name=f"This {number}"), reason="why not")
            everything = await logged(live.app, world.project)
            heard += await listener.take(len(everything) - len(past))
        assert positions(heard) == [event.position for event in everything]
        assert [(m.event, m.id) for m in heard] == [(event.type, str(event.position)) for event in everything]
        assert heard[-1].data["reason"] == "why not"


async def test_who_was_refused_is_not_told_to_followers(settings: Settings) -> None:
    """It is in the log as of this project, and its admins find it in the audit trail; members go on behind it."""
    async with listening(settings) as live:
        world, ann = await made(live)
        async with follow(world.viewer, world.project) as listener:
            for person in (world.viewer, world.outsider):
                answer = await person.ask("POST", f"{world.path}/tasks", json={"name": "Plant"})
                assert answer.is_client_error
            await ann.do(RenameProject(project=UUID(world.project), name="Renamed"))
            heard = await listener.take(3)
        new = (await logged(live.app, world.project))[-5:]
        assert [event.type for event in new if event.type != "RequestRefused"] == [each.event for each in heard]
        assert len(new) == len(heard) + 2


async def test_an_event_is_shown_as_the_audit_trail_shows_it(settings: Settings) -> None:
    """The same values as in the audit trail, but for where the actor was: that is for the project's admins."""
    async with listening(settings) as live:
        world, _ = await made(live)
        await live.app.runner.catch_up_all()
        (trail,) = await world.owner.pages(f"{world.path}/audit")
        async with follow(world.viewer, world.project, after=0) as listener:
            heard = await listener.take(len(trail))
        assert all(entry["address"] for entry in trail)
        assert [m.data for m in heard] == [{name: entry[name] for name in SHOWN} for entry in reversed(trail)]


async def test_who_names_no_position_hears_only_what_is_new(settings: Settings) -> None:
    """Without a position it begins at the end of the log, and gives that as an id to resume behind."""
    async with listening(settings) as live:
        world, ann = await made(live)
        head = await live.app.log.head()
        async with follow(world.viewer, world.project) as listener:
            answer = await ann.do(SetProjectWindow(project=UUID(world.project), start=datetime(2026, 3, 2)))
            assert positions([await listener.next()]) == [answer.position]
            assert listener.retry > 0
        async with follow(world.viewer, world.project) as listener:
            live.feed.end()
            assert [m.event for m in await listener.rest()] == ["end"]
            assert listener.last == str(answer.position) != str(head)


async def test_it_goes_on_behind_the_last_event(settings: Settings) -> None:
    """Behind the Last-Event-ID, else behind `after`; the position need not be one of the project's."""
    async with listening(settings) as live:
        world, _ = await made(live)
        last = (await logged(live.app, world.project))[-2].position
        for asked in ({"last": last}, {"after": last}, {"last": last, "after": 0}, {"last": last, "after": last + 1}):
            expected = [event.position for event in await logged(live.app, world.project, last)]
            async with follow(world.viewer, world.project, **asked) as listener:
                assert positions(await listener.take(len(expected))) == expected
        async with follow(world.viewer, world.project, last=1) as listener:
            assert positions([await listener.next()]) == [(await logged(live.app, world.project))[0].position]


async def test_a_position_that_cannot_be_is_refused(settings: Settings) -> None:
    """What is no number, or lies beyond the end of the log, answers 422."""
    async with listening(settings) as live:
        world, _ = await made(live)
        path = f"{world.path}/events"
        head = await live.app.log.head()
        for position in ("x", "-1", "1.5", "", "9" * 5000, str(2**62 + 1)):
            problem(await world.viewer.ask("GET", path, params={"after": position}), 422, "INVALID_REQUEST")
            answer = await world.viewer.ask("GET", path, headers={"Last-Event-ID": position})
            problem(answer, 422, "INVALID_REQUEST")
        for position in (str(head + 1), str(2**62)):
            problem(await world.viewer.ask("GET", path, params={"after": position}), 422, "POSITION_UNKNOWN")
            answer = await world.viewer.ask("GET", path, params={"after": 0}, headers={"Last-Event-ID": position})
            problem(answer, 422, "POSITION_UNKNOWN")


async def test_only_members_follow(settings: Settings) -> None:
    """To outsiders the project does not exist; to who is not registered, or has no token, it is 401."""
    async with listening(settings) as live:
        world, _ = await made(live)
        for project in (world.project, str(uuid4())):
            told = problem(await world.outsider.ask("GET", f"projects/{project}/events"), 404, "NOT_FOUND")
            assert told["detail"] == f"there is no project {project} that you can see"
        unknown = await stranger(live)
        problem(await unknown.ask("GET", f"{world.path}/events"), 401, "ACTOR_UNKNOWN")
        problem(await live.client.get(f"/api/v1/{world.path}/events"), 401, "TOKEN_MISSING")
        problem(await world.owner.ask("GET", "projects/7/events"), 422, "INVALID_REQUEST")
        await live.left(0)


async def stranger(live: Live) -> Person:
    """A good token for somebody whom nobody has registered."""
    user = uuid4()
    return Person(live.client, user, await a_token(live.app, user))


async def test_the_right_is_that_of_this_moment(settings: Settings) -> None:
    """A membership given or taken by another process counts at once, though no read model has heard of it."""
    async with listening(settings) as live, open_app(settings, nobody_woken) as elsewhere:
        world, _ = await made(live)
        there, user, project = Actor(elsewhere.commands, world.owner.user), world.outsider.user, UUID(world.project)
        for _ in range(3):
            problem(await world.outsider.ask("GET", f"{world.path}/events"), 404, "NOT_FOUND")
            await there.do(AddMember(project=project, user=user, role=ProjectRole.VIEWER))
            async with follow(world.outsider, world.project):
                pass
            await there.do(RemoveMember(project=project, user=user))


async def test_it_is_kept_open_and_not_kept_back(sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """While nothing happens comments come, and the headers tell proxies to pass everything on."""
    monkeypatch.setattr(event, "HEARTBEAT_SECONDS", 0.02)
    async with listening(sqlite_settings) as live:
        world, ann = await made(live)
        async with follow(world.viewer, world.project) as listener:
            headers = listener.answer.headers
            assert headers["content-type"].partition(";")[0] == "text/event-stream"
            assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-store", "no")
            assert headers["x-correlation-id"]
            reading = asyncio.create_task(listener.next())
            while len(listener.comments) < 3:
                await asyncio.sleep(0.01)
            await ann.do(SetProjectWindow(project=UUID(world.project), start=datetime(2026, 3, 2)))
            assert (await reading).event == "ProjectWindowSet"


async def test_there_are_only_so_many_followers(sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more is told to come later, and gets the place of the next who leaves. Refusals take no place."""
    monkeypatch.setattr(feed, "MOST_FOLLOWERS", 2)
    async with listening(sqlite_settings) as live:
        world, _ = await made(live)
        for _ in range(5):
            problem(await world.outsider.ask("GET", f"{world.path}/events"), 404, "NOT_FOUND")
        async with follow(world.viewer, world.project):
            async with follow(world.viewer, world.project):
                answer = await world.viewer.ask("GET", f"{world.path}/events")
                problem(answer, 503, "TOO_MANY_FOLLOWERS")
                assert int(answer.headers["retry-after"]) >= 1
            await live.left(1)
            async with follow(world.viewer, world.project):
                pass
        await live.left(0)


async def test_the_log_is_looked_at_only_for_followers(sqlite_settings: Settings) -> None:
    """One task looks for all of them; it ends with the last and comes back with the next."""
    async with listening(sqlite_settings) as live:
        world, _ = await made(live)
        for _ in range(2):
            assert looking() == []
            async with follow(world.viewer, world.project), follow(world.owner, world.project):
                (task,) = looking()
            await asyncio.wait_for(task, 10)


def looking() -> list[asyncio.Task[object]]:
    """The tasks that look at the log for followers."""
    return [task for task in asyncio.all_tasks() if task.get_name() == "feed"]


async def test_an_outage_is_waited_for(postgresql_server: PostgreSQL, postgresql_settings: Settings) -> None:
    """While the database is away followers stay; when it is back they hear what happened meanwhile."""
    database = make_url(postgresql_settings.database_url).database
    terminate = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1"
    admin = await asyncpg.connect(postgresql_server.url)
    async with listening(postgresql_settings) as live:
        world, ann = await made(live)
        async with follow(world.viewer, world.project) as listener:
            with structlog.testing.capture_logs() as entries:
                await admin.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS false')
                try:
                    await admin.execute(terminate, database)
                    while not any("followers wait" in entry["event"] for entry in entries):
                        await asyncio.sleep(0.1)
                finally:
                    await admin.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS true')
                    await admin.close()
            answer = await ann.do(SetProjectWindow(project=UUID(world.project), start=datetime(2026, 3, 2)))
            assert positions([await listener.next()]) == [answer.position]
