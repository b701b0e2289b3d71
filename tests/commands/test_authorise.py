"""Who may give which command, and what those learn who may not."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from uuid_utils.compat import uuid4

from src.commands.codes import Code, http_status
from src.commands.command import Command, ProjectCommand
from src.commands.loop import Accepted
from src.commands.permissions import PROJECT_GRANTS, SYSTEM_GRANTS, Permission
from src.commands.project import CreateProject, RemoveMember
from src.commands.registry import BY_COMMAND, BY_NAME, HANDLERS
from src.commands.result import Failure
from src.commands.task import RecordProgress
from src.commands.user import RenameUser, RevokeRole
from src.events.project import ProjectRole
from src.wiring import App
from tests.acting import Actor, context, newcomer
from tests.commands.world import examples, new_world

_NOBODY = UUID(int=7)
EXAMPLES = {type(command): command for command in examples(_NOBODY, _NOBODY, _NOBODY)}
IN_PROJECT = [kind for kind in EXAMPLES if issubclass(kind, ProjectCommand)]
BY_SYSTEM_ROLE = [kind for kind in EXAMPLES if not issubclass(kind, ProjectCommand)]
_UNAUTHORISED = (Code.FORBIDDEN, Code.ACTOR_UNKNOWN)


def _families(command: type[Command]) -> list[type[Command]]:
    return [each for child in command.__subclasses__() for each in (child, *_families(child))]


def test_every_command_is_registered_under_its_name() -> None:
    """What can be called is in the registry, once, and knows its permission."""
    commands = [command for command in _families(Command) if command is not ProjectCommand]
    assert {handler.command for handler in HANDLERS} == set(commands) == set(EXAMPLES)
    assert len(BY_NAME) == len(BY_COMMAND) == len(HANDLERS)
    for handler in HANDLERS:
        assert handler.name == handler.command.__name__
        assert isinstance(handler.command.permission, Permission)


@pytest.mark.parametrize("command", EXAMPLES.values(), ids=lambda command: type(command).__name__)
def test_every_command_can_be_carried(command: Command) -> None:
    """Name and JSON give the very command back: for approvals, schedules and other processes."""
    carried = command.model_dump_json()
    assert BY_NAME[BY_COMMAND[type(command)].name].command.model_validate_json(carried) == command
    assert set(command.model_fields_set) == set(type(command).model_fields)


@pytest.mark.parametrize("command", EXAMPLES.values(), ids=lambda command: type(command).__name__)
def test_every_command_has_a_queue(command: Command) -> None:
    """Writers of one stream wait for each other under its name."""
    assert BY_COMMAND[type(command)].queue(command, context()).endswith("@main")


def test_every_permission_is_granted_and_needed() -> None:
    """No permission is only a word: some role grants it, and some command needs it."""
    granted = frozenset().union(*SYSTEM_GRANTS.values(), *PROJECT_GRANTS.values())
    assert granted == {handler.command.permission for handler in HANDLERS} == set(Permission)


def test_every_code_has_a_status() -> None:
    """Refusals are errors of the client: 4xx."""
    assert all(400 <= http_status(code) < 500 for code in Code)


@pytest.mark.parametrize("kind", IN_PROJECT)
async def test_a_role_in_the_project_decides(shared: App, kind: type[Command]) -> None:
    """Admins may all, editors what changes plan and progress, viewers nothing."""
    world = await new_world(shared.commands)
    (command,) = [c for c in examples(world.project, world.task, world.viewer.user) if type(c) is kind]
    roles = {ProjectRole.VIEWER: world.viewer, ProjectRole.EDITOR: world.editor, ProjectRole.ADMIN: world.admin}
    for role, actor in roles.items():
        answer = await shared.commands.execute(command, context(actor.user))
        if kind.permission in PROJECT_GRANTS[role]:
            assert isinstance(answer, Accepted) or answer.code not in _UNAUTHORISED
        else:
            assert isinstance(answer, Failure)
            assert answer.code is Code.FORBIDDEN
            assert answer.details == {"permission": kind.permission.value}


@pytest.mark.parametrize("kind", IN_PROJECT)
async def test_outsiders_do_not_learn_that_a_project_exists(shared: App, kind: type[Command]) -> None:
    """Whether a project is not there or not theirs, they are told the same."""
    world = await new_world(shared.commands)
    nowhere = uuid4()
    told = []
    for project in (world.project, nowhere):
        (command,) = [c for c in examples(project, world.task, world.viewer.user) if type(c) is kind]
        failure = await world.outsider.refused(command)
        assert failure.code is Code.NOT_FOUND
        told.append((failure.message.replace(str(project), "…"), failure.details))
    assert told[0] == told[1]


@pytest.mark.parametrize("kind", EXAMPLES)
async def test_who_is_not_registered_may_nothing(shared: App, kind: type[Command]) -> None:
    """An actor that is unknown is refused, whatever is asked."""
    world = await new_world(shared.commands)
    (command,) = [c for c in examples(world.project, world.task, world.stranger.user) if type(c) is kind]
    assert (await world.stranger.refused(command)).code is Code.ACTOR_UNKNOWN


@pytest.mark.parametrize("kind", BY_SYSTEM_ROLE)
async def test_a_system_role_decides(shared: App, kind: type[Command]) -> None:
    """Administrators may all, planners make projects, and who has no role nothing."""
    nobody, target = await newcomer(shared.commands, "planner"), await newcomer(shared.commands)
    await Actor(shared.commands, context().actor).do(RevokeRole(user=nobody.user, role="planner"))
    actors = {
        "": nobody,
        "planner": await newcomer(shared.commands, "planner"),
        "administrator": await newcomer(shared.commands, "administrator"),
    }
    for role, actor in actors.items():
        (command,) = [c for c in examples(uuid4(), uuid4(), target.user) if type(c) is kind]
        answer = await shared.commands.execute(command, context(actor.user))
        if kind.permission in SYSTEM_GRANTS.get(role, frozenset()):
            assert isinstance(answer, Accepted)
        else:
            assert isinstance(answer, Failure)
            assert answer.code is Code.FORBIDDEN


async def test_system_roles_do_not_open_projects(shared: App) -> None:
    """An administrator who is no member is an outsider like any other."""
    world = await new_world(shared.commands)
    administrator = await newcomer(shared.commands, "administrator")
    for command in examples(world.project, world.task, world.viewer.user):
        if isinstance(command, ProjectCommand):
            assert (await administrator.refused(command)).code is Code.NOT_FOUND


async def test_people_may_rename_themselves(shared: App) -> None:
    """What is one's own needs no permission; what is another's does."""
    ann, bob = await newcomer(shared.commands), await newcomer(shared.commands)
    assert (await ann.do(RenameUser(user=ann.user, name="Anna"))).changed
    assert (await ann.refused(RenameUser(user=bob.user, name="Bobby"))).code is Code.FORBIDDEN


async def test_a_right_that_was_taken_away_is_gone_at_once(shared: App) -> None:
    """Rights are those of the moment: a former member is an outsider."""
    world = await new_world(shared.commands)
    assert (await world.editor.do(RecordProgress(project=world.project, task=world.task, percent_complete=10))).changed
    await world.admin.do(RemoveMember(project=world.project, user=world.editor.user))
    refusal = await world.editor.refused(RecordProgress(project=world.project, task=world.task, percent_complete=20))
    assert refusal.code is Code.NOT_FOUND


# --- circumstances ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", EXAMPLES)
async def test_there_is_no_branch_but_main_yet(shared: App, kind: type[Command]) -> None:
    """A command for a branch that is not there is refused."""
    world = await new_world(shared.commands)
    (command,) = [c for c in examples(world.project, world.task, world.viewer.user) if type(c) is kind]
    assert (await world.system.refused(command, branch="spring")).code is Code.BRANCH_UNKNOWN


@pytest.mark.parametrize("kind", EXAMPLES)
async def test_only_dated_facts_take_an_effective_time(shared: App, kind: type[Command]) -> None:
    """Progress may be of yesterday; a plan is changed now."""
    world = await new_world(shared.commands)
    (command,) = [c for c in examples(world.project, world.task, world.viewer.user) if type(c) is kind]
    yesterday = datetime.now(UTC) - timedelta(days=1)
    answer = await shared.commands.execute(command, context(world.system.user, effective_at=yesterday))
    refused = isinstance(answer, Failure) and answer.code is Code.EFFECTIVE_TIME_NOT_ALLOWED
    assert refused != (kind is RecordProgress)


async def test_an_effective_time_in_the_future_is_refused(shared: App) -> None:
    """Facts have happened; clocks that differ by a few seconds are forgiven."""
    world = await new_world(shared.commands)
    progress, now = RecordProgress(project=world.project, task=world.task, percent_complete=10), datetime.now(UTC)
    tomorrow = await world.editor.refused(progress, now=now, effective_at=now + timedelta(days=1))
    assert tomorrow.code is Code.EFFECTIVE_TIME_IN_FUTURE
    assert (await world.editor.do(progress, now=now, effective_at=now + timedelta(seconds=3))).changed


async def test_the_service_itself_may_all(shared: App) -> None:
    """The system actor needs no role: it registers the first users and carries out what was scheduled."""
    world = await new_world(shared.commands)
    assert (await world.system.do(CreateProject(name="Shed"))).changed
    for command in examples(world.project, world.task, world.viewer.user):
        answer = await shared.commands.execute(command, context(world.system.user))
        assert isinstance(answer, Accepted) or answer.code not in _UNAUTHORISED
