"""Every read model of ours, after a history in which everything happens: applied twice, and one by one."""

from uuid_utils.compat import uuid4

from src.commands.account import ChangeProfile
from src.commands.command import SYSTEM
from src.commands.loop import CommandLoop
from src.commands.member import AddMember, ChangeMemberRole, RemoveMember
from src.commands.project import ArchiveProject, RenameProject, ReopenProject, SetProjectWindow
from src.commands.task import SetConstraint, SetDuration, UpdateTask
from src.commands.user_role import AssignRole, RevokeRole
from src.config import Settings
from src.events.project import ProjectRole
from src.projections import PROJECTIONS
from src.projections.links import LinkRow
from src.projections.projects import MemberRow, ProjectRow
from src.projections.tasks import TASKS, TaskRow
from src.projections.users import UserRow
from src.scheduling import Constraint, Duration, LinkType
from src.testing import a_user, rows_of
from src.testing.memory import KEYRING
from src.testing.read_models import a_database, read_models
from tests.commands.garden import LEAD, PLOT, add, begin, change, delete, garden, id_of, link, move, restore, unlink

ANN, BOB = uuid4(), uuid4()
HISTORY = garden(a="", b="a", c="a", d="", gone="").also(
    a_user(ANN, "administrator", "planner"),
    a_user(BOB, "administrator"),
    ChangeProfile(user=BOB, name="Bobby"),
    RevokeRole(user=ANN, role="administrator"),
    AssignRole(user=BOB, role="planner"),
    *[AddMember(project=PLOT, user=user, role=ProjectRole.EDITOR) for user in (ANN, BOB)],
    ChangeMemberRole(project=PLOT, user=ANN, role=ProjectRole.VIEWER),
    RemoveMember(project=PLOT, user=BOB),
    RenameProject(project=PLOT, name="Orchard"),
    SetProjectWindow(project=PLOT),
    *[link(ends) for ends in ("bc", "cd", "bd")],
    change("bc", type=LinkType.START_START, lag=LEAD),
    unlink("bd"),
    UpdateTask(project=PLOT, task=id_of("b"), name="Rake", notes="well"),
    SetDuration(project=PLOT, task=id_of("c"), duration=Duration(tenths=0)),
    SetConstraint(project=PLOT, task=id_of("d"), constraint=Constraint.model_validate({"type": "ALAP"})),
    begin("b"),
    move("d", position=1),
    delete("a"),
    restore("a"),
    delete("gone"),
    add("e", "a", position=1),
    ArchiveProject(project=PLOT),
    ReopenProject(project=PLOT),
)


async def test_every_read_model_shows_what_happened(settings: Settings) -> None:
    """And is the same when all of it happens again, and when it is told event by event."""
    await (
        HISTORY.on(settings)
        .when(*PROJECTIONS)
        .then(
            rows_of(UserRow, "id", "roles").are((ANN, ["planner"]), (BOB, ["administrator", "planner"])),
            rows_of(ProjectRow, "id", "name", "archived").are((PLOT, "Orchard", False)),
            rows_of(MemberRow, "user", "role").are((SYSTEM, "admin"), (ANN, "viewer")),
            rows_of(TaskRow, "wbs", "name", "summary", "percent_complete", "duration_tenths", "constraint_type").are(
                ("1", "d", False, 0, 4800, "ALAP"),
                ("2", "a", True, 0, 4800, "ASAP"),
                ("2.1", "e", False, 0, 4800, "ASAP"),
                ("2.2", "Rake", False, 1, 4800, "ASAP"),
                ("2.3", "c", False, 0, 0, "ASAP"),
                ("", "gone", False, 0, 4800, "ASAP"),
            ),
            rows_of(LinkRow, "id", "type", "lag_amount", "deleted").are(
                (id_of("bc"), "SS", -50, False), (id_of("cd"), "FS", 0, False)
            ),
        )
    )


async def test_many_versions_at_once_are_repeatable(settings: Settings) -> None:
    """A batch of hundreds of versions, which are copied into their table, changes nothing when it is applied again."""
    names = [f"bed {number}" for number in range(120)]
    told = garden(**dict.fromkeys(names, "")).on(settings).when(TASKS)
    async with a_database(settings), read_models(settings, told.projections) as models:
        await told.play(models.log, KEYRING, CommandLoop(models.log, KEYRING))
        events = await models.log.read(0, await models.log.head())
        for _ in range(2):
            async with models.database.models.begin() as connection:
                await TASKS.project(events, connection, 1)
            assert {row["name"] for row in await models.rows(TaskRow)} == set(names)
