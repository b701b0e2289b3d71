"""API keys: services that act as a user, and may no more than they were given."""

from datetime import timedelta
from uuid import UUID

import pytest

from src.commands.access import CreateApiKey, RevokeApiKey, SetPassword
from src.commands.account import ChangeProfile, DeleteAccount
from src.commands.codes import Code
from src.commands.command import Context
from src.commands.connection import ConnectProvider
from src.commands.permissions import SYSTEM_GRANTS, Permission
from src.commands.project import CreateProject, RenameProject
from src.commands.result import Failure
from src.commands.user_role import AssignRole, RevokeRole
from src.events.user import PLANNER
from src.identity.api_keys import by_api_key, is_api_key
from src.identity.secret import API_KEY, make, shown
from src.identity.sign_in import Given
from src.identity.tokens import BadTokenError
from src.wiring import App
from tests.acting import Actor, context, newcomer


async def a_key(app: App, user: UUID, *scopes: Permission, lasts: timedelta | None = None) -> Given:
    """A key of the user's own."""
    expires_at = context().now + lasts if lasts else None
    key = await app.sign_in.create_api_key(user, "Reports", frozenset(scopes), expires_at, context(user))
    assert isinstance(key, Given)
    return key


async def came_by(app: App, key: Given) -> Context:
    """The circumstances of who shows the key."""
    bearer = await by_api_key(app.credentials, key.text.get_secret_value())
    return context(bearer.user, session=bearer.session)


async def test_a_key_passes_on_what_it_was_given(app: App) -> None:
    """Of what its user may do; the rest is refused, with what is missing."""
    ann = await newcomer(app.commands)
    project = await ann.project()
    key = await came_by(app, await a_key(app, ann.user, Permission.READ_PROJECT, Permission.CREATE_PROJECT))
    assert not isinstance(await app.commands.execute(CreateProject(name="By a service"), key), Failure)
    again = await came_by(app, await a_key(app, ann.user, Permission.READ_PROJECT))
    answer = await app.commands.execute(RenameProject(project=project, name="Renamed"), again)
    assert isinstance(answer, Failure)
    assert (answer.code, answer.details) == (Code.FORBIDDEN, {"permission": "project.manage"})


async def test_a_key_gives_nothing_that_its_user_lacks(app: App) -> None:
    """A scope is a bound, no grant; and when the user loses a right, so does the key."""
    ann, administrator = await newcomer(app.commands), await newcomer(app.commands, "administrator")
    bob = await newcomer(app.commands)
    key = await a_key(app, ann.user, *SYSTEM_GRANTS[PLANNER], Permission.MANAGE_USERS)  # as much as Bob has, and more
    assign = AssignRole(user=ann.user, role="administrator")
    answer = await app.commands.execute(assign, await came_by(app, key))
    assert isinstance(answer, Failure)
    assert answer.code is Code.FORBIDDEN
    await administrator.do(assign)
    renamed = ChangeProfile(user=bob.user, name="Another")
    assert not isinstance(await app.commands.execute(renamed, await came_by(app, key)), Failure)
    await administrator.do(RevokeRole(user=ann.user, role="administrator"))
    again = ChangeProfile(user=bob.user, name="One more")
    answer = await app.commands.execute(again, await came_by(app, key))
    assert isinstance(answer, Failure)
    assert answer.code is Code.FORBIDDEN


async def test_a_key_does_not_act_for_itself(app: App) -> None:
    """What users may do to themselves a key may not, unless its scopes name the permission: it makes no other key."""
    ann = await newcomer(app.commands)
    key = await a_key(app, ann.user, Permission.CREATE_PROJECT)
    create = CreateApiKey(user=ann.user, key=context().new_id, name="More", scopes=frozenset({Permission.MANAGE_USERS}))
    for command in (create, ChangeProfile(user=ann.user, name="Anna")):
        answer = await app.commands.execute(command, await came_by(app, key))
        assert isinstance(answer, Failure)
        assert answer.code is Code.FORBIDDEN


async def test_a_key_makes_none_that_may_more(app: App) -> None:
    """Also one that manages users: neither for its own user nor by a new password."""
    administrator = await newcomer(app.commands, "administrator")
    key = await a_key(app, administrator.user, Permission.MANAGE_USERS)
    user, scopes = administrator.user, frozenset({Permission.MANAGE_ROLES})
    for command in (
        CreateApiKey(user=user, key=context().new_id, name="More", scopes=scopes),
        SetPassword(user=user, credential=context().new_id),
        AssignRole(user=user, role="auditor"),
        DeleteAccount(user=user),
    ):
        answer = await app.commands.execute(command, await came_by(app, key))
        assert isinstance(answer, Failure)
        assert answer.code is Code.PERMISSION_LACKED
    connect = ConnectProvider(user=user, provider="example")
    answer = await app.commands.execute(connect, await came_by(app, key))
    assert isinstance(answer, Failure)
    assert answer.code is Code.ONLY_ONESELF


async def test_a_key_ends_when_it_is_revoked_or_expires(app: App) -> None:
    """For the next question and command; a revocation needs nothing but its id."""
    ann = await newcomer(app.commands)
    revoked = await a_key(app, ann.user, Permission.CREATE_PROJECT)
    await ann.do(RevokeApiKey(user=ann.user, key=revoked.id))
    short = await a_key(app, ann.user, Permission.CREATE_PROJECT, lasts=timedelta(hours=1))
    later = context(ann.user, session=short.id, now=context().now + timedelta(hours=2))
    for circumstances in (await came_by(app, revoked), later):
        question = await app.commands.rights(circumstances)
        for answer in (question, await app.commands.execute(CreateProject(name="Late"), circumstances)):
            assert isinstance(answer, Failure)
            assert answer.code is Code.SESSION_ENDED


async def test_only_a_whole_key_is_one(app: App) -> None:
    """One that was changed in any part, or is of nobody, is refused."""
    ann = await newcomer(app.commands)
    text = (await a_key(app, ann.user, Permission.CREATE_PROJECT)).text.get_secret_value()
    assert is_api_key(text)
    middle = len(text) - 10
    changed = "A" if text[middle] != "A" else "B"
    for wrong in (
        text[:-1],
        text + "A",
        text[:middle] + changed + text[middle + 1 :],
        API_KEY,
        make(API_KEY).text,
        "pjk_é",
    ):
        with pytest.raises(BadTokenError):
            await by_api_key(app.credentials, wrong)


def test_a_secret_is_known_by_its_digest() -> None:
    """What is made is recognised, under its id, and no other is."""
    made, other = make(API_KEY), make(API_KEY)
    offered = shown(API_KEY, made.text)
    assert offered is not None
    assert offered.id == made.id
    assert offered.is_that_of(made.digest)
    assert not offered.is_that_of(other.digest)


async def test_nobody_makes_a_key_for_who_may_more(app: App) -> None:
    """Who manages users acts as nobody with rights that they lack."""
    administrator = await newcomer(app.commands, "administrator")
    manager: Actor = await manager_of_users(app)
    scopes = frozenset({Permission.MANAGE_ROLES})
    create = CreateApiKey(user=administrator.user, key=context().new_id, name="Mine", scopes=scopes)
    assert (await manager.refused(create)).code is Code.PERMISSION_LACKED


async def manager_of_users(app: App) -> Actor:
    """Somebody with a defined role that manages users, and nothing else."""
    from src.commands.role import DefineRole

    administrator = await newcomer(app.commands, "administrator")
    role = f"r{administrator.user.hex}"
    await administrator.do(DefineRole(role=role, name="Help desk", permissions=(Permission.MANAGE_USERS,)))
    return await newcomer(app.commands, role)
