"""A project with members, and one command of each kind about it."""

from datetime import UTC, datetime
from uuid import UUID

from uuid_utils.compat import uuid4

from src.commands.access import (
    CreateApiKey,
    EndSession,
    EndSessions,
    IssuePasswordReset,
    RevokeApiKey,
    SetPassword,
    StartSession,
)
from src.commands.account import ChangeProfile, DeactivateUser, DeleteAccount, ReactivateUser, RepeatErasure
from src.commands.command import Command
from src.commands.connection import (
    AuthoriseConnection,
    ConnectProvider,
    DisconnectProvider,
    ExpireConnection,
    FailConnection,
    RefreshConnection,
    RevokeConnection,
)
from src.commands.housekeeping import Sweep
from src.commands.link import ChangeLink, LinkTasks, UnlinkTasks
from src.commands.member import AddMember, ChangeMemberRole, RemoveMember, TransferOwnership
from src.commands.permissions import Permission
from src.commands.plan import DeleteTask, MoveTask, RestoreTask
from src.commands.project import ArchiveProject, CreateProject, RenameProject, ReopenProject, SetProjectWindow
from src.commands.projection import PauseProjection, RebuildProjection, ResumeProjection, RetryProjection, SkipEvent
from src.commands.role import DefineRole, GrantPermission, RetireRole, RevokePermission
from src.commands.task import AddTask, RecordProgress, SetConstraint, SetDuration, UpdateTask
from src.commands.user import RegisterUser
from src.commands.user_role import AssignRole, RevokeRole
from src.events.project import ProjectRole
from src.scheduling import Constraint, ConstraintType, Duration, Lag, LagUnit, LinkType
from src.testing import a_user, done, given

ADMIN, EDITOR, VIEWER, OUTSIDER, GARDEN, DIG = (uuid4() for _ in range(6))
STRANGER = uuid4()
"""Somebody who was never registered."""

WORLD = given(
    *[a_user(user) for user in (ADMIN, EDITOR, VIEWER, OUTSIDER)],
    done(
        CreateProject(project=GARDEN, name="Garden studio"),
        AddMember(project=GARDEN, user=EDITOR, role=ProjectRole.EDITOR),
        AddMember(project=GARDEN, user=VIEWER, role=ProjectRole.VIEWER),
        AddTask(project=GARDEN, task=DIG, name="Dig"),
        by=ADMIN,
    ),
    DefineRole(role="controller", name="Controller", permissions=(Permission.READ_PROJECT,)),
)


def examples(project: UUID, task: UUID, user: UUID) -> list[Command]:
    """One command of each kind, with every field set; what they are about need not be there."""
    link, name = uuid4(), f"Shed {uuid4()}"
    monday, friday = datetime(2026, 3, 2, 8), datetime(2026, 3, 6, 17, 0, 30)
    later = datetime(2099, 1, 1, tzinfo=UTC)
    not_before = Constraint(type=ConstraintType.START_NO_EARLIER_THAN, date=monday)
    lag = Lag(amount=-25, unit=LagUnit.PERCENT)
    return [
        RegisterUser(
            user=uuid4(), username=f"u{uuid4()}", email=f"{uuid4()}@example.org", name="Zoë", roles=("planner",)
        ),
        ChangeProfile(user=user, name="Zoë", username=f"u{uuid4()}", email=f"{uuid4()}@example.org"),
        DeactivateUser(user=user),
        ReactivateUser(user=user),
        DeleteAccount(user=user),
        RepeatErasure(user=user),
        AssignRole(user=user, role="planner"),
        RevokeRole(user=user, role="planner"),
        DefineRole(role=f"r{uuid4().hex}", name="Controller", permissions=(Permission.READ_PROJECT,)),
        GrantPermission(role="controller", granted=Permission.EDIT_PLAN),
        RevokePermission(role="controller", revoked=Permission.READ_PROJECT),
        RetireRole(role="controller"),
        SetPassword(user=user, credential=uuid4()),
        IssuePasswordReset(user=user, credential=uuid4(), expires_at=later),
        StartSession(user=user, session=uuid4(), method="password", expires_at=later, credential=None),
        EndSession(user=user, session=uuid4(), why="gone home"),
        EndSessions(user=user, why="gone home"),
        CreateApiKey(
            user=user, key=uuid4(), name="Reports", scopes=frozenset({Permission.READ_PROJECT}), expires_at=later
        ),
        RevokeApiKey(user=user, key=uuid4()),
        ConnectProvider(user=user, provider="example"),
        AuthoriseConnection(
            user=user, connection=uuid4(), account=f"provider-account:{'7' * 64}", credential=uuid4()
        ),
        FailConnection(user=user, connection=uuid4(), why="access_denied"),
        RefreshConnection(user=user, connection=uuid4(), used=uuid4(), credential=uuid4()),
        ExpireConnection(user=user, connection=uuid4(), used=uuid4()),
        RevokeConnection(user=user, connection=uuid4(), why="not an employee any more"),
        DisconnectProvider(user=user, connection=uuid4()),
        CreateProject(
            project=uuid4(), name=name, time_zone="Europe/Berlin", start=monday, must_finish=friday, currency="EUR",
            external_id="17",
        ),
        RenameProject(project=project, name=name),
        SetProjectWindow(project=project, start=monday, must_finish=friday),
        ArchiveProject(project=project),
        ReopenProject(project=project),
        AddMember(project=project, user=user, role=ProjectRole.EDITOR),
        ChangeMemberRole(project=project, user=user, role=ProjectRole.VIEWER),
        RemoveMember(project=project, user=user),
        TransferOwnership(project=project, user=user),
        AddTask(
            project=project, task=uuid4(), parent=uuid4(), position=2, name="Plant", notes="in\n\trows",
            duration=Duration(tenths=100, elapsed=True), constraint=not_before, external_id="18",
        ),
        UpdateTask(project=project, task=task, name="Sow", notes=""),
        SetDuration(project=project, task=task, duration=Duration(tenths=0)),
        SetConstraint(project=project, task=task, constraint=not_before),
        RecordProgress(project=project, task=task, percent_complete=100, actual_start=monday, actual_finish=friday),
        MoveTask(project=project, task=task, parent=uuid4(), position=1),
        DeleteTask(project=project, task=task),
        RestoreTask(project=project, task=task),
        LinkTasks(
            project=project, link=link, predecessor=task, successor=uuid4(), type=LinkType.START_FINISH, lag=lag
        ),
        ChangeLink(project=project, link=link, type=LinkType.START_START, lag=lag),
        UnlinkTasks(project=project, link=link),
        PauseProjection(projection="tasks"),
        ResumeProjection(projection="tasks"),
        RetryProjection(projection="tasks", waiting=project),
        SkipEvent(projection="tasks", event=7),
        RebuildProjection(projection="tasks"),
        Sweep(outcomes_before=datetime(2026, 3, 2, tzinfo=UTC), keys_before=datetime(2026, 3, 1, tzinfo=UTC)),
    ]  # fmt: skip
