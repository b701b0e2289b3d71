"""Projects, their names, their windows and their members."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError
from uuid_utils.compat import uuid4

from src.commands.codes import Code
from src.commands.command import Command, ProjectCommand
from src.commands.project import (
    AddMember,
    ArchiveProject,
    ChangeMemberRole,
    CreateProject,
    RemoveMember,
    RenameProject,
    ReopenProject,
    SetProjectWindow,
)
from src.commands.result import Failure
from src.events.project import (
    MemberAdded,
    MemberRemoved,
    MemberRoleChanged,
    ProjectArchived,
    ProjectCreated,
    ProjectRenamed,
    ProjectReopened,
    ProjectRole,
    ProjectWindowSet,
)
from src.events.reservation import NameReleased, NameReserved
from src.wiring import App
from tests.acting import Actor, newcomer
from tests.commands.world import examples, facts, new_world

MONDAY, FRIDAY = datetime(2026, 3, 2, 8), datetime(2026, 3, 6, 17)


@pytest.fixture
async def ann(shared: App) -> Actor:
    """A planner who has no project yet."""
    return await newcomer(shared.commands)


# --- creating and renaming ----------------------------------------------------------------------------------------


async def test_who_creates_a_project_owns_and_manages_it(shared: App, ann: Actor) -> None:
    """Its name is reserved in the same append, and the creator is its admin."""
    head, project = await shared.log.head(), uuid4()
    fields = {"time_zone": "Europe/Berlin", "start": MONDAY, "must_finish": FRIDAY, "currency": "EUR"}
    accepted = await ann.do(CreateProject.model_validate({"project": project, "name": "Shed", **fields}))
    assert accepted.ids == {"project": str(project)}
    reservation = await shared.keyring.reservation("project", "Shed", ann.user)
    created = {"project": project, "owner": ann.user, "name": "Shed", "name_reservation": reservation}
    assert await facts(shared.log, head) == [
        NameReserved(holder=project),
        ProjectCreated.model_validate(created | fields),
        MemberAdded(project=project, user=ann.user, role=ProjectRole.ADMIN),
    ]


@pytest.mark.parametrize(
    "fields, code",
    [
        ({"name": " SHED"}, Code.PROJECT_NAME_TAKEN),
        ({"time_zone": "Mars/Olympus"}, Code.TIME_ZONE_UNKNOWN),
        ({"time_zone": ""}, Code.TIME_ZONE_UNKNOWN),
        ({"start": FRIDAY, "must_finish": MONDAY}, Code.PROJECT_WINDOW_REVERSED),
    ],
)
async def test_what_cannot_be_created_is_refused(shared: App, ann: Actor, fields: dict[str, Any], code: Code) -> None:
    """A name of the same owner, an unknown time zone, an end before the start."""
    await ann.project("Shed")
    head = await shared.log.head()
    assert (await ann.refused(CreateProject.model_validate({"name": "Barn", **fields}))).code is code
    assert await shared.log.head() == head


async def test_a_project_is_created_once(ann: Actor) -> None:
    """An id that is known is refused."""
    project = await ann.project()
    assert (await ann.refused(CreateProject(project=project, name="Barn"))).code is Code.ALREADY_EXISTS


async def test_another_owner_may_use_the_name(shared: App, ann: Actor) -> None:
    """Names are unique among the projects of one owner."""
    await ann.project("Shed")
    await (await newcomer(shared.commands)).project("Shed")


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "Shed\x07"},
        {"currency": "euro"},
        {"start": datetime(2026, 3, 2, tzinfo=UTC)},
        {"must_finish": "2026-03-02T17:00:00+01:00"},
        {"external_id": ""},
        {"owner": uuid4()},
    ],
)
def test_what_is_no_project_is_no_command(fields: dict[str, Any]) -> None:
    """A malformed field is told before anything is decided: a date with an offset is one."""
    with pytest.raises(ValidationError):
        CreateProject.model_validate({"name": "Shed", **fields})


async def test_renaming_takes_the_new_name_and_leaves_the_old(shared: App, ann: Actor) -> None:
    """Both reservations change with the name, and the old name is free at once."""
    project = await ann.project("Shed")
    head = await shared.log.head()
    assert (await ann.do(RenameProject(project=project, name="Barn"))).changed
    reservation = await shared.keyring.reservation("project", "barn", ann.user)
    assert await facts(shared.log, head) == [
        NameReleased(holder=project),
        NameReserved(holder=project),
        ProjectRenamed(project=project, name="Barn", name_reservation=reservation),
    ]
    await ann.project("Shed")
    assert (await ann.refused(CreateProject(name="barn"))).code is Code.PROJECT_NAME_TAKEN


async def test_a_change_of_case_keeps_the_reservation(shared: App, ann: Actor) -> None:
    """The name is the project's own, so it is not taken."""
    project = await ann.project("Shed")
    head = await shared.log.head()
    assert (await ann.do(RenameProject(project=project, name="SHED"))).changed
    assert [type(event) for event in await facts(shared.log, head)] == [ProjectRenamed]


async def test_renaming_to_the_same_name_is_quiet(ann: Actor) -> None:
    """Nothing changes."""
    assert not (await ann.do(RenameProject(project=await ann.project("Shed"), name="Shed"))).changed


async def test_a_project_is_not_renamed_to_a_name_that_is_taken(shared: App, ann: Actor) -> None:
    """The name counts among the projects of the owner, whoever renames."""
    bob = await newcomer(shared.commands)
    project = await ann.project("Shed")
    await ann.project("Barn")
    await ann.do(AddMember(project=project, user=bob.user, role=ProjectRole.ADMIN))
    assert (await bob.refused(RenameProject(project=project, name="BARN"))).code is Code.PROJECT_NAME_TAKEN


# --- the window ---------------------------------------------------------------------------------------------------


async def test_a_window_is_set_and_taken_away(shared: App, ann: Actor) -> None:
    """A date that is not given is none."""
    project = await ann.project()
    head = await shared.log.head()
    windows = [(MONDAY, FRIDAY), (MONDAY, MONDAY), (None, FRIDAY), (None, None)]
    for start, must_finish in windows:
        assert (await ann.do(SetProjectWindow(project=project, start=start, must_finish=must_finish))).changed
        assert not (await ann.do(SetProjectWindow(project=project, start=start, must_finish=must_finish))).changed
    assert await facts(shared.log, head) == [
        ProjectWindowSet(project=project, start=s, must_finish=f) for s, f in windows
    ]


async def test_a_project_does_not_finish_before_it_starts(ann: Actor) -> None:
    """The window is refused."""
    reversed_ = SetProjectWindow(project=await ann.project(), start=FRIDAY, must_finish=MONDAY)
    assert (await ann.refused(reversed_)).code is Code.PROJECT_WINDOW_REVERSED


# --- the archive --------------------------------------------------------------------------------------------------


async def test_archiving_and_reopening(shared: App, ann: Actor) -> None:
    """Each is quiet the second time; the name goes and comes back with it."""
    project = await ann.project()
    head = await shared.log.head()
    for command in (ArchiveProject(project=project), ReopenProject(project=project)):
        assert (await ann.do(command)).changed
        assert not (await ann.do(command)).changed
    assert await facts(shared.log, head) == [
        ProjectArchived(project=project),
        NameReleased(holder=project),
        ProjectReopened(project=project),
        NameReserved(holder=project),
    ]


async def test_the_name_of_an_archived_project_is_free(ann: Actor) -> None:
    """Another project may take it; then the first one cannot be reopened."""
    project = await ann.project("Shed")
    await ann.do(ArchiveProject(project=project))
    await ann.project("shed")
    assert (await ann.refused(ReopenProject(project=project))).code is Code.PROJECT_NAME_TAKEN


async def test_an_archived_project_is_read_only(shared: App) -> None:
    """Every command that would change it is refused, but reopening and archiving again."""
    world = await new_world(shared.commands)
    await world.admin.do(ArchiveProject(project=world.project))
    head = await shared.log.head()
    commands: list[Command] = examples(world.project, world.task, world.viewer.user)
    for command in commands:
        if isinstance(command, ProjectCommand) and not isinstance(command, ArchiveProject | ReopenProject):
            assert (await world.admin.refused(command)).code is Code.PROJECT_ARCHIVED
    assert await shared.log.head() == head


async def test_a_project_that_is_not_there_is_not_found(shared: App) -> None:
    """Also for those who may all."""
    world = await new_world(shared.commands)
    for command in examples(uuid4(), world.task, world.viewer.user):
        if isinstance(command, ProjectCommand):
            assert (await world.system.refused(command)).code is Code.NOT_FOUND


# --- members ------------------------------------------------------------------------------------------------------


async def test_members_come_change_and_go(shared: App, ann: Actor) -> None:
    """Adding and changing is quiet the second time; who has gone is no member."""
    project, bob = await ann.project(), await newcomer(shared.commands)
    head = await shared.log.head()
    added = AddMember(project=project, user=bob.user, role=ProjectRole.EDITOR)
    changed = ChangeMemberRole(project=project, user=bob.user, role=ProjectRole.VIEWER)
    for command in (added, changed):
        assert (await ann.do(command)).changed
        assert not (await ann.do(command)).changed
    assert (await ann.do(RemoveMember(project=project, user=bob.user))).changed
    assert await facts(shared.log, head) == [
        MemberAdded(project=project, user=bob.user, role=ProjectRole.EDITOR),
        MemberRoleChanged(project=project, user=bob.user, role=ProjectRole.VIEWER),
        MemberRemoved(project=project, user=bob.user),
    ]
    for gone in (changed, RemoveMember(project=project, user=bob.user)):
        assert (await ann.refused(gone)).code is Code.NOT_A_MEMBER


async def test_a_member_is_not_added_with_another_role(shared: App, ann: Actor) -> None:
    """There is one membership a user and project; its role is changed by another command."""
    project, bob = await ann.project(), await newcomer(shared.commands)
    await ann.do(AddMember(project=project, user=bob.user, role=ProjectRole.VIEWER))
    refusal = await ann.refused(AddMember(project=project, user=bob.user, role=ProjectRole.ADMIN))
    assert refusal.code is Code.ALREADY_MEMBER


async def test_only_users_become_members(ann: Actor) -> None:
    """Who is not registered is not found."""
    added = AddMember(project=await ann.project(), user=uuid4(), role=ProjectRole.VIEWER)
    assert (await ann.refused(added)).code is Code.NOT_FOUND


async def test_the_owner_of_a_project_stays_its_admin(shared: App, ann: Actor) -> None:
    """The owner neither goes nor steps down, so a project always has an admin; another admin may do both."""
    project, bob = await ann.project(), await newcomer(shared.commands)
    await ann.do(AddMember(project=project, user=bob.user, role=ProjectRole.ADMIN))
    goes = RemoveMember(project=project, user=ann.user)
    steps_down = ChangeMemberRole(project=project, user=ann.user, role=ProjectRole.EDITOR)
    for actor in (ann, bob):
        for command in (goes, steps_down):
            assert (await actor.refused(command)).code is Code.OWNER_STAYS_ADMIN
    assert (await bob.do(ChangeMemberRole(project=project, user=bob.user, role=ProjectRole.EDITOR))).changed
    assert (await ann.do(RemoveMember(project=project, user=bob.user))).changed


async def test_two_admins_cannot_remove_each_other(shared: App, ann: Actor) -> None:
    """Members are of one stream, so the second to come sees what the first has done."""
    project, bob = await ann.project(), await newcomer(shared.commands)
    await ann.do(AddMember(project=project, user=bob.user, role=ProjectRole.ADMIN))
    assert (await ann.do(RemoveMember(project=project, user=bob.user))).changed
    assert isinstance(await bob.refused(RemoveMember(project=project, user=ann.user)), Failure)


# --- expectations -------------------------------------------------------------------------------------------------


async def test_a_project_that_was_changed_meanwhile_is_not_overwritten(ann: Actor) -> None:
    """The refusal tells the present revision and which fields changed since the one that was seen."""
    project = await ann.project("Shed")
    seen = int((await ann.do(SetProjectWindow(project=project, start=MONDAY))).tag or 0)
    await ann.do(RenameProject(project=project, name="Barn"))
    await ann.do(SetProjectWindow(project=project, start=MONDAY, must_finish=FRIDAY))
    for command in (
        RenameProject(project=project, name="Hut"),
        SetProjectWindow(project=project),
        ArchiveProject(project=project),
        ReopenProject(project=project),
    ):
        refusal = await ann.refused(command, expected=seen)
        assert refusal.code is Code.STALE_WRITE
        assert refusal.details["revision"] == seen + 2
        assert refusal.details["changed"] == ["must_finish", "name", "start"]
    assert (await ann.do(RenameProject(project=project, name="Hut"), expected=seen + 2)).tag == str(seen + 3)


async def test_an_expectation_of_the_future_is_stale_too(ann: Actor) -> None:
    """Nobody can have seen what is not there yet."""
    refusal = await ann.refused(RenameProject(project=await ann.project(), name="Barn"), expected=99)
    assert (refusal.code, refusal.details["changed"]) == (Code.STALE_WRITE, [])
