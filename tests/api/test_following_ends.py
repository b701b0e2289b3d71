"""What ends it: a removal, a right that is lost, a token that expires, a shutdown."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from uuid_utils.compat import uuid4

from src.api.routes import event
from src.commands.access import EndSessions, StartSession
from src.commands.account import DeactivateUser
from src.commands.member import AddMember, RemoveMember
from src.commands.project import RenameProject, SetProjectWindow
from src.commands.user_role import RevokeRole
from src.config import Settings
from src.events.project import ProjectRole
from src.identity.tokens import mint
from src.testing import context
from src.testing.http import Person, a_token, problem
from tests.acting import newcomer

from .followed import made, positions
from .following import Message, follow, listening, logged


async def test_who_is_removed_hears_that_and_no_more(settings: Settings) -> None:
    """The removal is the last event, then it says why, also where the same commit goes on; others hear all."""
    async with listening(settings) as live:
        world, ann = await made(live)
        project, end = UUID(world.project), Message("end", {"reason": "membership_removed"}, "")
        async with follow(world.viewer, world.project) as gone, follow(world.editor, world.project) as stays:
            await ann.do(RenameProject(project=project, name="Before"))
            remove = RemoveMember(project=project, user=world.viewer.user)
            await ann.commands.execute_all([remove, RenameProject(project=project, name="Secret")], ann.context())
            await ann.do(RenameProject(project=project, name="After"))
            heard = await gone.rest()
            assert [m.event for m in heard if m.event.startswith(("Project", "Member", "end"))] == [
                "ProjectRenamed", "MemberRemoved", "end",
            ]  # fmt: skip
            assert heard[-1][:2] == end[:2]
            assert heard[-1].id == heard[-2].id
            expected = await logged(live.app, world.project, heard[0].data["position"] - 1)
            assert positions(await stays.take(len(expected))) == [event.position for event in expected]
        problem(await world.viewer.ask("GET", f"{world.path}/events"), 404, "NOT_FOUND")


async def test_a_removal_that_was_made_good_is_history(settings: Settings) -> None:
    """Who was removed and is a member again hears both, and what follows."""
    async with listening(settings) as live:
        world, ann = await made(live)
        project = UUID(world.project)
        await ann.do(RemoveMember(project=project, user=world.viewer.user))
        await ann.do(AddMember(project=project, user=world.viewer.user, role=ProjectRole.VIEWER))
        expected = await logged(live.app, world.project)
        async with follow(world.viewer, world.project, after=0) as listener:
            assert positions(await listener.take(len(expected))) == [event.position for event in expected]
            await ann.do(RemoveMember(project=project, user=world.viewer.user))
            assert [m.event for m in await listener.rest()] == ["MemberRemoved", "end"]


async def test_it_ends_with_the_token(sqlite_settings: Settings) -> None:
    """When the token expires the follower is told so, whether there is news or not."""
    async with listening(sqlite_settings) as live:
        world, ann = await made(live)
        token = await a_token(live.app, world.viewer.user, timedelta(seconds=2))
        person = Person(live.client, world.viewer.user, token)
        async with follow(person, world.project) as quiet, follow(person, world.project) as busy:
            quiet_rest, busy_rest = asyncio.create_task(quiet.rest()), asyncio.create_task(busy.rest())
            number = 0
            while not busy_rest.done():
                number += 1
                await ann.do(RenameProject(project=UUID(world.project), name=f"Name {number}"))
            for heard in (await quiet_rest, await busy_rest):
                assert (heard[-1].event, heard[-1].data) == ("end", {"reason": "token_expired"})
                assert 0 < len(heard) - 1 <= number * 3
        problem(await person.ask("GET", f"{world.path}/events"), 401, "TOKEN_INVALID")


async def test_an_expired_token_is_the_reason_whatever_else_has_ended(sqlite_settings: Settings) -> None:
    """A session that ends shortly before its token is found out by nobody before the token expires."""
    async with listening(sqlite_settings) as live:
        world, _ = await made(live)
        user, session = world.viewer.user, uuid4()
        ends = datetime.now(UTC) + timedelta(seconds=1)
        start = StartSession(user=user, session=session, method="test", expires_at=ends)
        await live.app.commands.execute(start, context(user))
        person = Person(live.client, user, await mint(live.app.keyring, user, session, timedelta(seconds=3)))
        async with follow(person, world.project) as listener:
            assert [(told.event, told.data) for told in await listener.rest()] == [("end", {"reason": "token_expired"})]


async def test_who_loses_the_right_otherwise_hears_it_soon(
    sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session that ends, an account at rest, a role that is revoked: seen at the next heartbeat, busy or not."""
    monkeypatch.setattr(event, "HEARTBEAT_SECONDS", 0.05)
    async with listening(sqlite_settings) as live:
        world, _ = await made(live)
        auditor = await live.person("auditor")
        root = await newcomer(live.app.commands, "administrator")
        for person, command in (
            (world.viewer, EndSessions(user=world.viewer.user)),
            (world.editor, DeactivateUser(user=world.editor.user)),
            (auditor, RevokeRole(user=auditor.user, role="auditor")),
        ):
            async with follow(person, world.project) as listener:
                await root.do(command)
                heard = await listener.rest()
                assert (heard[-1].event, heard[-1].data) == ("end", {"reason": "right_lost"})


async def test_a_shutdown_lets_followers_go(settings: Settings) -> None:
    """They are told, so that they come back, and the server need not wait for them."""
    async with listening(settings) as live:
        world, ann = await made(live)
        async with follow(world.viewer, world.project) as listener:
            await ann.do(SetProjectWindow(project=UUID(world.project), start=datetime(2026, 3, 2)))
            assert (await listener.next()).event == "ProjectWindowSet"
            began = asyncio.get_running_loop().time()
            live.server.should_exit = True
            assert [m[:2] for m in await listener.rest()] == [("end", {"reason": "shutdown"})]
            while asyncio.get_running_loop().time() < began + 2 and live.server.server_state.connections:
                await asyncio.sleep(0.01)
            assert not live.server.server_state.connections
