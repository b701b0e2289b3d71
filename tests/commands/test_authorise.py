"""Who may give which command, and what those learn who may not."""

from datetime import timedelta

import pytest
from uuid_utils.compat import uuid4

from src.commands.account import ChangeProfile
from src.commands.actual_work import RecordActualWork
from src.commands.codes import Code, http_status
from src.commands.command import SYSTEM, Command, ProjectCommand, ScopedCommand
from src.commands.loop import Accepted
from src.commands.member import RemoveMember
from src.commands.permissions import GRANTABLE, PROJECT_GRANTS, SYSTEM_GRANTS, Permission
from src.commands.progress import RecordProgress
from src.commands.registry import BY_COMMAND, BY_NAME, HANDLERS
from src.commands.result import Failure
from src.commands.user_role import RevokeRole
from src.events.project import ProjectRole
from src.events.task import TaskProgressRecorded
from src.events.user import UserRenamed
from src.testing import NOW, a_user, context, done
from tests.commands.world import ADMIN, DIG, EDITOR, GARDEN, OUTSIDER, STRANGER, VIEWER, WORLD, examples

EXAMPLES = {type(command): command for command in examples(GARDEN, DIG, VIEWER)}
IN_PROJECT = [command for command in EXAMPLES.values() if isinstance(command, ProjectCommand)]
SCOPED = [command for command in EXAMPLES.values() if isinstance(command, ScopedCommand)]
BY_SYSTEM_ROLE = [command for command in EXAMPLES.values() if not isinstance(command, ProjectCommand)]
_UNAUTHORISED = (Code.FORBIDDEN, Code.ACTOR_UNKNOWN)


def _name(command: Command) -> str:
    return type(command).__name__


def _families(command: type[Command]) -> list[type[Command]]:
    return [each for child in command.__subclasses__() for each in (child, *_families(child))]


def test_every_command_is_registered_under_its_name() -> None:
    """What can be called is in the registry, once, and knows its permission."""
    commands = {command for command in _families(Command) if not command.__subclasses__()}
    assert {handler.command for handler in HANDLERS} == commands == set(EXAMPLES)
    assert len(BY_NAME) == len(BY_COMMAND) == len(HANDLERS)
    for handler in HANDLERS:
        assert handler.name == handler.command.__name__
        assert isinstance(handler.command.permission, Permission)


@pytest.mark.parametrize("command", EXAMPLES.values(), ids=_name)
def test_every_command_can_be_carried(command: Command) -> None:
    """Name and JSON give the very command back: for approvals, schedules and other processes."""
    carried = command.model_dump_json()
    assert BY_NAME[BY_COMMAND[type(command)].name].command.model_validate_json(carried) == command
    assert set(command.model_fields_set) == set(type(command).model_fields)


@pytest.mark.parametrize("command", EXAMPLES.values(), ids=_name)
def test_every_command_has_a_queue(command: Command) -> None:
    """Writers of one stream wait for each other under its name."""
    assert BY_COMMAND[type(command)].queue(command, context()).endswith("@main")


def test_what_is_the_services_own_is_granted_by_no_role() -> None:
    """Every other permission is granted by some role, and administrators have all of those."""
    assert frozenset().union(*SYSTEM_GRANTS.values(), *PROJECT_GRANTS.values()) == GRANTABLE
    assert SYSTEM_GRANTS["administrator"] == GRANTABLE == set(Permission) - {Permission.SWEEP}


def test_every_code_has_a_status() -> None:
    """Refusals are errors of the client: 4xx."""
    assert all(400 <= http_status(code) < 500 for code in Code)


@pytest.mark.parametrize("command", IN_PROJECT, ids=_name)
async def test_a_role_in_the_project_decides(command: Command) -> None:
    """Admins may all, editors what changes plan and progress, viewers nothing."""
    roles = {ProjectRole.VIEWER: VIEWER, ProjectRole.EDITOR: EDITOR, ProjectRole.ADMIN: ADMIN}
    for role, actor in roles.items():
        decision = WORLD.when(command, by=actor)
        if command.permission in PROJECT_GRANTS[role]:
            answer = await decision.answer()
            assert isinstance(answer, Accepted) or answer.code not in _UNAUTHORISED
        else:
            refusal = await decision.refused(Code.FORBIDDEN)
            assert refusal.details == {"permission": command.permission.value}


@pytest.mark.parametrize("command", IN_PROJECT, ids=_name)
async def test_outsiders_do_not_learn_that_a_project_exists(command: ProjectCommand) -> None:
    """Whether a project is not there or not theirs, they are told the same."""
    told = []
    for project in (GARDEN, uuid4()):
        there = command.model_copy(update={"project": project})
        refusal = await WORLD.when(there, by=OUTSIDER).refused(Code.NOT_FOUND)
        told.append((refusal.message.replace(str(project), "…"), refusal.details))
    assert told[0] == told[1]


@pytest.mark.parametrize("command", SCOPED, ids=_name)
async def test_what_is_a_projects_own_is_decided_by_the_role_there(command: ScopedCommand) -> None:
    """The same command on what is shared and in a project needs two permissions; outsiders see no project."""
    own = command.model_copy(update={"project": GARDEN})
    roles = {ProjectRole.ADMIN: ADMIN, ProjectRole.EDITOR: EDITOR, ProjectRole.VIEWER: VIEWER}
    for role, actor in roles.items():
        if command.permission_in_project in PROJECT_GRANTS[role]:
            answer = await WORLD.when(own, by=actor).answer()
            assert isinstance(answer, Accepted) or answer.code not in _UNAUTHORISED
        else:
            refusal = await WORLD.when(own, by=actor).refused(Code.FORBIDDEN)
            assert refusal.details == {"permission": command.permission_in_project.value}
    await WORLD.when(own, by=OUTSIDER).refused(Code.NOT_FOUND)


@pytest.mark.parametrize("command", EXAMPLES.values(), ids=_name)
async def test_who_is_not_registered_may_nothing(command: Command) -> None:
    """An actor that is unknown is refused, whatever is asked, also of itself."""
    if "user" in type(command).model_fields:
        command = command.model_copy(update={"user": STRANGER})
    await WORLD.when(command, by=STRANGER).refused(Code.ACTOR_UNKNOWN)


@pytest.mark.parametrize("command", BY_SYSTEM_ROLE, ids=_name)
async def test_a_system_role_decides(command: Command) -> None:
    """Administrators may all, planners make projects, and who has no role nothing."""
    actors = {"": uuid4(), "planner": uuid4(), "administrator": uuid4()}
    world = WORLD.also(*[a_user(actor, role or "planner") for role, actor in actors.items()])
    world = world.also(RevokeRole(user=actors[""], role="planner"))
    for role, actor in actors.items():
        decision = world.when(command, by=actor)
        if command.permission in SYSTEM_GRANTS.get(role, frozenset()):
            answer = await decision.answer()
            assert isinstance(answer, Accepted) or answer.code not in _UNAUTHORISED
        else:
            await decision.refused(Code.FORBIDDEN)


@pytest.mark.parametrize("role", SYSTEM_GRANTS)
async def test_a_system_role_grants_the_same_in_every_project(role: str) -> None:
    """Who may not read projects by it is an outsider; who may is told what else is missing."""
    somebody = uuid4()
    world = WORLD.also(a_user(somebody, role))
    for command in IN_PROJECT:
        answer = await world.when(command, by=somebody).answer()
        if Permission.READ_PROJECT not in SYSTEM_GRANTS[role]:
            assert isinstance(answer, Failure)
            assert answer.code is Code.NOT_FOUND
        elif command.permission in SYSTEM_GRANTS[role]:
            assert isinstance(answer, Accepted) or answer.code not in _UNAUTHORISED
        else:
            assert isinstance(answer, Failure)
            assert answer.code is Code.FORBIDDEN


async def test_people_may_rename_themselves() -> None:
    """What is one's own needs no permission; what is another's does."""
    renamed = UserRenamed(user=VIEWER, name="Anna")
    await WORLD.when(ChangeProfile(user=VIEWER, name="Anna"), by=VIEWER).then(renamed)
    await WORLD.when(ChangeProfile(user=VIEWER, name="Anna"), by=ADMIN).refused(Code.FORBIDDEN)


async def test_a_right_that_was_taken_away_is_gone_at_once() -> None:
    """Rights are those of the moment: a former member is an outsider."""
    progress = RecordProgress(project=GARDEN, task=DIG, percent_complete=10)
    assert isinstance(await WORLD.when(progress, by=EDITOR).answer(), Accepted)
    removed = done(RemoveMember(project=GARDEN, user=EDITOR), by=ADMIN)
    await WORLD.also(removed).when(progress, by=EDITOR).refused(Code.NOT_FOUND)


# --- circumstances ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", EXAMPLES.values(), ids=_name)
async def test_there_is_no_branch_but_main_yet(command: Command) -> None:
    """A command for a branch that is not there is refused."""
    await WORLD.when(command, branch="spring").refused(Code.BRANCH_UNKNOWN)


@pytest.mark.parametrize("command", EXAMPLES.values(), ids=_name)
async def test_only_dated_facts_take_an_effective_time(command: Command) -> None:
    """Progress may be of yesterday; a plan is changed now."""
    answer = await WORLD.when(command, effective_at=NOW - timedelta(days=1)).answer()
    refused = isinstance(answer, Failure) and answer.code is Code.EFFECTIVE_TIME_NOT_ALLOWED
    assert refused != isinstance(command, RecordProgress | RecordActualWork)


async def test_an_effective_time_in_the_future_is_refused() -> None:
    """Facts have happened; clocks that differ by a few seconds are forgiven."""
    progress, soon = RecordProgress(project=GARDEN, task=DIG, percent_complete=10), NOW + timedelta(seconds=3)
    tomorrow = WORLD.when(progress, by=EDITOR, effective_at=NOW + timedelta(days=1))
    await tomorrow.refused(Code.EFFECTIVE_TIME_IN_FUTURE)
    recorded = TaskProgressRecorded(task=DIG, percent_complete=10, actual_start=soon.replace(tzinfo=None), as_of=soon)
    await WORLD.when(progress, by=EDITOR, effective_at=soon).then(recorded)


async def test_the_service_itself_may_all() -> None:
    """The system actor needs no role: it registers the first users and carries out what was scheduled."""
    for command in EXAMPLES.values():
        answer = await WORLD.when(command, by=SYSTEM).answer()
        assert isinstance(answer, Accepted) or answer.code not in _UNAUTHORISED
