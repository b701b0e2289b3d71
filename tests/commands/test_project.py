"""Projects, their names, their windows and their members."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError
from uuid_utils.compat import uuid4

from src.commands.codes import Code
from src.commands.command import SYSTEM, ProjectCommand
from src.commands.member import AddMember, ChangeMemberRole, RemoveMember
from src.commands.project import PROJECT, ArchiveProject, CreateProject, RenameProject, ReopenProject, SetProjectWindow
from src.commands.task import AddTask
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
from src.testing import a_user, done, given, reservation
from tests.commands.world import examples

MONDAY, FRIDAY = datetime(2026, 3, 2, 8), datetime(2026, 3, 6, 17)
ANN, BOB, SHED, BARN, DIG = (uuid4() for _ in range(5))
PLANNERS = (a_user(ANN), a_user(BOB))
SHED_OF_ANN = (*PLANNERS, done(CreateProject(project=SHED, name="Shed"), by=ANN))
ARCHIVED = (*SHED_OF_ANN, done(ArchiveProject(project=SHED), by=ANN))


def with_bob(role: ProjectRole) -> tuple[Any, ...]:
    """The shed with a second member."""
    return (*SHED_OF_ANN, done(AddMember(project=SHED, user=BOB, role=role), by=ANN))


# --- creating and renaming ----------------------------------------------------------------------------------------


async def test_who_creates_a_project_owns_and_manages_it() -> None:
    """Its name is reserved in the same append, and the creator is its admin."""
    fields = {"project": SHED, "name": "Shed", "time_zone": "Europe/Berlin", "start": MONDAY, "must_finish": FRIDAY}
    fields |= {"currency": "EUR"}
    name = await reservation("project", "Shed", ANN)
    accepted = await (
        given(*PLANNERS)
        .when(CreateProject.model_validate(fields), by=ANN)
        .then(
            NameReserved(holder=SHED),
            ProjectCreated.model_validate({**fields, "owner": ANN, "name_reservation": name}),
            MemberAdded(project=SHED, user=ANN, role=ProjectRole.ADMIN),
        )
    )
    assert accepted.ids == {"project": str(SHED)}


@pytest.mark.parametrize(
    "fields, code",
    [
        ({"name": " SHED"}, Code.PROJECT_NAME_TAKEN),
        ({"time_zone": "Mars/Olympus"}, Code.TIME_ZONE_UNKNOWN),
        ({"time_zone": ""}, Code.TIME_ZONE_UNKNOWN),
        ({"start": FRIDAY, "must_finish": MONDAY}, Code.PROJECT_WINDOW_REVERSED),
        ({"project": SHED}, Code.ALREADY_EXISTS),
    ],
)
async def test_what_cannot_be_created_is_refused(fields: dict[str, Any], code: Code) -> None:
    """A name of the same owner, an unknown time zone, an end before the start, an id that is known."""
    command = CreateProject.model_validate({"name": "Barn", **fields})
    await given(*SHED_OF_ANN).when(command, by=ANN).refused(code)


async def test_another_owner_may_use_the_name() -> None:
    """Names are unique among the projects of one owner."""
    named = given(*SHED_OF_ANN).when(CreateProject(project=BARN, name="Shed"), by=BOB)
    assert (await named.state(PROJECT.at(BARN))).owner == BOB


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


async def test_renaming_takes_the_new_name_and_leaves_the_old() -> None:
    """Both reservations change with the name, and the old name is free at once."""
    rename = RenameProject(project=SHED, name="Barn")
    await (
        given(*SHED_OF_ANN)
        .when(rename, by=ANN)
        .idempotent()
        .then(
            NameReleased(holder=SHED),
            NameReserved(holder=SHED),
            ProjectRenamed(project=SHED, name="Barn", name_reservation=await reservation("project", "barn", ANN)),
        )
    )
    renamed = given(*SHED_OF_ANN, done(rename, CreateProject(name="Shed"), by=ANN))
    await renamed.when(CreateProject(name="barn"), by=ANN).refused(Code.PROJECT_NAME_TAKEN)


async def test_a_change_of_case_keeps_the_reservation() -> None:
    """The name is the project's own, so it is not taken."""
    renamed = ProjectRenamed(project=SHED, name="SHED", name_reservation=await reservation("project", "Shed", ANN))
    await given(*SHED_OF_ANN).when(RenameProject(project=SHED, name="SHED"), by=ANN).idempotent().then(renamed)


async def test_renaming_to_the_same_name_is_quiet() -> None:
    """Nothing changes."""
    await given(*SHED_OF_ANN).when(RenameProject(project=SHED, name="Shed"), by=ANN).nothing()


async def test_a_project_is_not_renamed_to_a_name_that_is_taken() -> None:
    """The name counts among the projects of the owner, whoever renames."""
    barn = done(CreateProject(project=BARN, name="Barn"), by=ANN)
    rename = RenameProject(project=SHED, name="BARN")
    await given(*with_bob(ProjectRole.ADMIN), barn).when(rename, by=BOB).refused(Code.PROJECT_NAME_TAKEN)


# --- the window ---------------------------------------------------------------------------------------------------


async def test_a_window_is_set_and_taken_away() -> None:
    """A date that is not given is none."""
    project = given(*SHED_OF_ANN)
    for start, must_finish in ((MONDAY, FRIDAY), (MONDAY, MONDAY), (None, FRIDAY), (None, None)):
        command = SetProjectWindow(project=SHED, start=start, must_finish=must_finish)
        window = ProjectWindowSet(project=SHED, start=start, must_finish=must_finish)
        await project.when(command, by=ANN).idempotent().then(window)
        project = project.also(window)


async def test_a_project_does_not_finish_before_it_starts() -> None:
    """The window is refused."""
    reversed_ = SetProjectWindow(project=SHED, start=FRIDAY, must_finish=MONDAY)
    await given(*SHED_OF_ANN).when(reversed_, by=ANN).refused(Code.PROJECT_WINDOW_REVERSED)


# --- the archive --------------------------------------------------------------------------------------------------


async def test_archiving_and_reopening() -> None:
    """Each is quiet the second time; the name goes and comes back with it."""
    archive, reopen = ArchiveProject(project=SHED), ReopenProject(project=SHED)
    gone = (ProjectArchived(project=SHED), NameReleased(holder=SHED))
    await given(*SHED_OF_ANN).when(archive, by=ANN).idempotent().then(*gone)
    back = (ProjectReopened(project=SHED), NameReserved(holder=SHED))
    await given(*ARCHIVED).when(reopen, by=ANN).idempotent().then(*back)


async def test_the_name_of_an_archived_project_is_free() -> None:
    """Another project may take it; then the first one cannot be reopened."""
    other = done(CreateProject(name="shed"), by=ANN)
    await given(*ARCHIVED, other).when(ReopenProject(project=SHED), by=ANN).refused(Code.PROJECT_NAME_TAKEN)


async def test_an_archived_project_is_read_only() -> None:
    """Every command that would change it is refused, but reopening and archiving again."""
    archived = given(*with_bob(ProjectRole.VIEWER), AddTask(project=SHED, task=DIG, name="Dig"), *ARCHIVED[-1:])
    for command in examples(SHED, DIG, BOB):
        if isinstance(command, ProjectCommand) and not isinstance(command, ArchiveProject | ReopenProject):
            await archived.when(command, by=ANN).refused(Code.PROJECT_ARCHIVED)


async def test_a_project_that_is_not_there_is_not_found() -> None:
    """Also for those who may all."""
    for command in examples(BARN, DIG, BOB):
        if isinstance(command, ProjectCommand):
            await given(*SHED_OF_ANN).when(command, by=SYSTEM).refused(Code.NOT_FOUND)


# --- members ------------------------------------------------------------------------------------------------------


async def test_members_come_change_and_go() -> None:
    """Adding and changing is quiet the second time; who has gone is no member."""
    fields = {"project": SHED, "user": BOB}
    add, change = [AddMember(**fields, role=ProjectRole.EDITOR), ChangeMemberRole(**fields, role=ProjectRole.VIEWER)]
    remove, member = RemoveMember(**fields), with_bob(ProjectRole.EDITOR)
    added = MemberAdded(**fields, role=ProjectRole.EDITOR)
    await given(*SHED_OF_ANN).when(add, by=ANN).idempotent().then(added)
    changed = MemberRoleChanged(**fields, role=ProjectRole.VIEWER)
    await given(*member).when(change, by=ANN).idempotent().then(changed)
    await given(*member).when(remove, by=ANN).then(MemberRemoved(**fields))
    for gone in (change, remove):
        await given(*member, done(remove, by=ANN)).when(gone, by=ANN).refused(Code.NOT_A_MEMBER)


async def test_a_member_is_not_added_with_another_role() -> None:
    """There is one membership a user and project; its role is changed by another command."""
    again = AddMember(project=SHED, user=BOB, role=ProjectRole.ADMIN)
    await given(*with_bob(ProjectRole.VIEWER)).when(again, by=ANN).refused(Code.ALREADY_MEMBER)


async def test_only_users_become_members() -> None:
    """Who is not registered is not found."""
    added = AddMember(project=SHED, user=uuid4(), role=ProjectRole.VIEWER)
    await given(*SHED_OF_ANN).when(added, by=ANN).refused(Code.NOT_FOUND)


async def test_the_owner_of_a_project_stays_its_admin() -> None:
    """The owner neither goes nor steps down, so a project always has an admin; another admin may do both."""
    project = given(*with_bob(ProjectRole.ADMIN))
    goes = RemoveMember(project=SHED, user=ANN)
    steps_down = ChangeMemberRole(project=SHED, user=ANN, role=ProjectRole.EDITOR)
    for actor in (ANN, BOB):
        for command in (goes, steps_down):
            await project.when(command, by=actor).refused(Code.OWNER_STAYS_ADMIN)
    changed = MemberRoleChanged(project=SHED, user=BOB, role=ProjectRole.EDITOR)
    steps_down = ChangeMemberRole(project=SHED, user=BOB, role=ProjectRole.EDITOR)
    await project.when(steps_down, by=BOB).then(changed)
    await project.when(RemoveMember(project=SHED, user=BOB), by=ANN).then(MemberRemoved(project=SHED, user=BOB))


async def test_two_admins_cannot_remove_each_other() -> None:
    """Members are of one stream, so the second to come sees what the first has done."""
    removed = done(RemoveMember(project=SHED, user=BOB), by=ANN)
    removing = RemoveMember(project=SHED, user=ANN)
    await given(*with_bob(ProjectRole.ADMIN), removed).when(removing, by=BOB).refused(Code.NOT_FOUND)


# --- expectations -------------------------------------------------------------------------------------------------


async def test_a_project_that_was_changed_meanwhile_is_not_overwritten() -> None:
    """The refusal tells the present revision and which fields changed since the one that was seen."""
    seen = SetProjectWindow(project=SHED, start=MONDAY)
    meanwhile = (
        RenameProject(project=SHED, name="Barn"),
        SetProjectWindow(project=SHED, start=MONDAY, must_finish=FRIDAY),
    )
    project, hut = given(*SHED_OF_ANN, done(seen, *meanwhile, by=ANN)), RenameProject(project=SHED, name="Hut")
    changed = ["must_finish", "name", "start"]
    for command in (hut, SetProjectWindow(project=SHED), ArchiveProject(project=SHED), ReopenProject(project=SHED)):
        await project.when(command, by=ANN, expected=3).refused(Code.STALE_WRITE, revision=5, changed=changed)
    name = await reservation("project", "Hut", ANN)
    renamed = ProjectRenamed(project=SHED, name="Hut", name_reservation=name)
    names = (NameReleased(holder=SHED), NameReserved(holder=SHED))
    assert (await project.when(hut, by=ANN, expected=5).then(*names, renamed)).tag == "6"


async def test_an_expectation_of_the_future_is_stale_too() -> None:
    """Nobody can have seen what is not there yet."""
    rename = RenameProject(project=SHED, name="Barn")
    await given(*SHED_OF_ANN).when(rename, by=ANN, expected=99).refused(Code.STALE_WRITE, changed=[])
