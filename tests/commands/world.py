"""A project with members, and one command of each kind about it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
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
from src.commands.actual_work import RecordActualWork
from src.commands.assignment import Assign, Unassign
from src.commands.assignment_change import ChangeUnits, SetAssignmentDelay, SetWork
from src.commands.calendar import CreateCalendar, DeleteCalendar, RenameCalendar, RestoreCalendar, SetCalendarBase
from src.commands.calendar_entries import AddCalendarEvent, RemoveCalendarEvent
from src.commands.calendar_holidays import AddHoliday, AddHolidays, RemoveHoliday
from src.commands.calendar_hours import AddException, RemoveException, RemoveWorkWeek, SetWeekday, SetWorkWeek
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
from src.commands.person import RecordPerson
from src.commands.plan import DeleteTask, MoveTask, RestoreTask
from src.commands.progress import RecordProgress
from src.commands.project import ArchiveProject, CreateProject, RenameProject, ReopenProject, SetProjectWindow
from src.commands.project_settings import SetDefaultCalendar, SetStatusDate
from src.commands.projection import PauseProjection, RebuildProjection, ResumeProjection, RetryProjection, SkipEvent
from src.commands.resource import (
    DeactivateResource,
    DefineResource,
    ReactivateResource,
    RenameResource,
    SetMaxUnits,
    SetResourceCalendar,
)
from src.commands.resource_rate import SetRate
from src.commands.resource_user import SetResourceUser
from src.commands.role import DefineRole, GrantPermission, RetireRole, RevokePermission
from src.commands.staffing import AddResourceToProject, ChangeEnvelope, ProjectRate, WithdrawResource
from src.commands.task import AddTask, SetConstraint, SetDuration, UpdateTask
from src.commands.task_fields import SetFields
from src.commands.task_schedule import (
    SetDeadline,
    SetMode,
    SetPriority,
    SetTaskCalendar,
    SetTaskType,
    SplitTask,
)
from src.commands.user import RegisterUser
from src.commands.user_role import AssignRole, RevokeRole
from src.events.project import ProjectRole
from src.events.resource import UnitsPeriod
from src.scheduling import (
    Constraint,
    ConstraintType,
    Duration,
    Lag,
    LagUnit,
    LinkType,
    ResourceType,
    Split,
    TaskMode,
    TaskType,
    Weekday,
    WeekdayHours,
    WorkingInterval,
)
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
        RecordPerson(user=uuid4(), username=f"u{uuid4()}", name="Zoë", email=f"{uuid4()}@example.org"),
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
        SetDefaultCalendar(project=project, calendar=uuid4()),
        SetStatusDate(project=project, status_date=friday),
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
        RecordProgress(
            project=project, task=task, percent_complete=100, physical_percent=90, remaining=0, resume=friday,
            actual_start=monday, actual_finish=friday,
        ),
        SetDeadline(project=project, task=task, deadline=friday),
        SetMode(project=project, task=task, mode=TaskMode.MANUAL, start=monday, finish=friday),
        SetTaskCalendar(project=project, task=task, calendar=uuid4(), ignores_resource_calendars=True),
        SetPriority(project=project, task=task, priority=700),
        SetFields(project=project, task=task, fields={"status": "Open", "labels": ("a", "b")}, removed=("points",)),
        SetTaskType(project=project, task=task, type=TaskType.FIXED_DURATION, effort_driven=True),
        SplitTask(project=project, task=task, splits=(Split(after=600, gap=4800),)),
        MoveTask(project=project, task=task, parent=uuid4(), position=1),
        DeleteTask(project=project, task=task),
        RestoreTask(project=project, task=task),
        LinkTasks(
            project=project, link=link, predecessor=task, successor=uuid4(), type=LinkType.START_FINISH, lag=lag
        ),
        ChangeLink(project=project, link=link, type=LinkType.START_START, lag=lag),
        UnlinkTasks(project=project, link=link),
        *_of_calendars(None, uuid4()),
        *_of_resources(None, uuid4()),
        *_of_staff(project, task, uuid4()),
        PauseProjection(projection="tasks"),
        ResumeProjection(projection="tasks"),
        RetryProjection(projection="tasks", waiting=project),
        SkipEvent(projection="tasks", event=7),
        RebuildProjection(projection="tasks"),
        Sweep(outcomes_before=datetime(2026, 3, 2, tzinfo=UTC), keys_before=datetime(2026, 3, 1, tzinfo=UTC)),
    ]  # fmt: skip


def _of_calendars(project: UUID | None, calendar: UUID) -> list[Command]:
    here: dict[str, Any] = {"project": project, "calendar": calendar}
    spring, summer = date(2026, 3, 2), date(2026, 8, 31)
    morning = (WorkingInterval(start="08:00", finish="12:00"),)
    days = (WeekdayHours(weekday=Weekday.SATURDAY, hours=morning),)
    noon, rule = datetime(2026, 3, 2, 12, tzinfo=UTC), "FREQ=MONTHLY;BYDAY=-1FR"
    return [
        CreateCalendar(**here, name="Crew", time_zone="Europe/Berlin", base=None, external_id="3"),
        RenameCalendar(**here, name="Night crew"),
        SetCalendarBase(**here, base=None),
        SetWeekday(**here, weekday=Weekday.SATURDAY, hours=morning),
        SetWorkWeek(**here, work_week=uuid4(), name="Harvest", start=spring, finish=summer, days=days),
        RemoveWorkWeek(**here, work_week=uuid4()),
        AddException(
            **here, exception=uuid4(), name="Stocktaking", start=spring, finish=summer, hours=morning, recurrence=rule
        ),
        RemoveException(**here, exception=uuid4()),
        AddHoliday(**here, date=spring, name="Fair"),
        AddHolidays(**here, country="DE", region="BE", years=(2026, 2027)),
        RemoveHoliday(**here, date=spring),
        AddCalendarEvent(**here, entry=uuid4(), title="Start", notes="All come", start=noon, end=noon),
        RemoveCalendarEvent(**here, entry=uuid4()),
        DeleteCalendar(**here),
        RestoreCalendar(**here),
    ]


def _of_resources(project: UUID | None, resource: UUID) -> list[Command]:
    here: dict[str, Any] = {"project": project, "resource": resource}
    spring, one = date(2026, 3, 2), Decimal(1)
    period = UnitsPeriod(start=spring, finish=None, units=Decimal("0.5"))
    return [
        DefineResource(
            **here, name="Crew", type=ResourceType.WORK, max_units=one, calendar=None, unit=None, external_id="4"
        ),
        RenameResource(**here, name="Night crew"),
        SetMaxUnits(**here, max_units=one, periods=(period,)),
        SetResourceCalendar(**here, calendar=uuid4()),
        SetResourceUser(**here, user=uuid4()),
        SetRate(**here, currency="EUR", rate=Decimal("80.5"), overtime=one, per_use=one, start=spring),
        DeactivateResource(**here),
        ReactivateResource(**here),
    ]


def _of_staff(project: UUID, task: UUID, resource: UUID) -> list[Command]:
    here: dict[str, Any] = {"project": project, "resource": resource}
    assignment = {**here, "task": task}
    rate = ProjectRate(currency="EUR", rate=Decimal(90), overtime=Decimal(100), per_use=Decimal(5))
    return [
        AddResourceToProject(**here, rate=None, planned=48_000),
        ChangeEnvelope(**here, rate=rate, planned=None),
        WithdrawResource(**here),
        Assign(**assignment, units=Decimal("0.5"), work=4800, delay=600, keeps_duration=True, external_id="5"),
        ChangeUnits(**assignment, units=Decimal(2)),
        SetWork(**assignment, work=9600),
        SetAssignmentDelay(**assignment, delay=600),
        RecordActualWork(**assignment, actual_work=600, remaining_work=9000),
        Unassign(**assignment),
    ]
