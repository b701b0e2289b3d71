"""Random histories of everything that can happen, the same for the same seed."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from src.commands.access import (
    CreateApiKey,
    EndSession,
    EndSessions,
    IssuePasswordReset,
    RevokeApiKey,
    SetPassword,
    StartSession,
)
from src.commands.account import ChangeProfile, DeactivateUser, DeleteAccount, ReactivateUser
from src.commands.command import SYSTEM, Command
from src.commands.link import ChangeLink, LinkTasks, UnlinkTasks
from src.commands.loop import Accepted, CommandLoop
from src.commands.member import AddMember, ChangeMemberRole, RemoveMember, TransferOwnership
from src.commands.permissions import GRANTABLE, Permission
from src.commands.plan import DeleteTask, MoveTask, RestoreTask
from src.commands.progress import RecordProgress
from src.commands.project import ArchiveProject, CreateProject, RenameProject, ReopenProject, SetProjectWindow
from src.commands.role import DefineRole, GrantPermission, RetireRole, RevokePermission
from src.commands.task import AddTask, SetConstraint, SetDuration, UpdateTask
from src.commands.task_fields import SetFields
from src.commands.user import RegisterUser
from src.commands.user_role import AssignRole, RevokeRole
from src.events.project import ProjectRole
from src.scheduling import Constraint, ConstraintType, Duration, Lag, LagUnit, LinkType
from tests.acting import context
from tests.projections.planned_lives import Surroundings
from tests.projections.reverses import reverse_of

_LATER = datetime(2099, 1, 1, tzinfo=UTC)
_MONDAY = datetime(2026, 3, 2, 8)


class Life:
    """Users and projects to which things happen. Commands may be refused: chance does not know the rules."""

    def __init__(self, commands: CommandLoop, seed: int) -> None:
        self._commands = commands
        self._dice = random.Random(seed)
        self._clock = datetime.now(UTC)
        """Behind all others, as no command takes less: so the order of dated facts follows from the seed as well."""
        self.users: list[UUID] = []
        self._alive: list[UUID] = []
        self._surroundings = Surroundings(self._dice, self._alive)
        self.projects: list[UUID] = []
        self.tasks: dict[UUID, list[UUID]] = {}
        self.links: dict[UUID, list[UUID]] = {}
        self._roles: list[str] = []
        self._reverses: list[Command] = []

    async def begin(self) -> None:
        """Two users and two projects, each with some tasks."""
        for _ in range(2):
            await self._give(self._user())
        for _ in range(2):
            await self._give(self._project())
        for project in self.projects:
            for _ in range(4):
                await self._give(self._task(project))

    async def go_on(self, events: int) -> None:
        """So many more commands."""
        for _ in range(events):
            await self._give(self._something())

    async def _give(self, command: Command) -> None:
        self._clock += timedelta(milliseconds=1)
        late = timedelta(milliseconds=self._dice.randrange(3_000)) if command.dated else None
        given = context(SYSTEM, reason="chance")
        if late:
            given = replace(given, effective_at=self._clock - late)
        answer = await self._commands.execute(command, given)
        if not (isinstance(answer, Accepted) and answer.changed):
            return
        self._surroundings.remember(command)
        if reverse := reverse_of(command):
            self._reverses.append(reverse)
        match command:
            case AddTask():
                self.tasks[command.project].append(UUID(answer.ids["task"]))
            case LinkTasks():
                self.links[command.project].append(UUID(answer.ids["link"]))
            case DefineRole():
                self._roles.append(command.role)
            case DeleteAccount() if len(self._alive) > 1:
                self._alive.remove(command.user)
            case ArchiveProject():
                await self._give(ReopenProject(project=command.project))  # or nothing more happens there
            case _:
                pass

    def _something(self) -> Command:
        dice = self._dice
        project, user = dice.choice(self.projects[:3]), dice.choice(self._alive[-4:])
        task, other = [dice.choice(self.tasks[project] or [self._id()]) for _ in range(2)]
        link = dice.choice(self.links[project] or [self._id()])
        often: list[Callable[[], Command]] = [
            lambda: self._task(project),
            lambda: MoveTask(project=project, task=task, parent=dice.choice([None, other]), position=self._position()),
            lambda: DeleteTask(project=project, task=task),
            lambda: RestoreTask(project=project, task=task),
            lambda: RestoreTask(project=project, task=other),
            lambda: LinkTasks(project=project, predecessor=task, successor=other, lag=self._lag()),
            lambda: UpdateTask(project=project, task=task, name=self._name(), notes=self._name()),
        ]
        seldom: list[Callable[[], Command]] = [
            lambda: SetDuration(project=project, task=task, duration=Duration(tenths=dice.randrange(9) * 600)),
            lambda: SetConstraint(project=project, task=task, constraint=self._constraint()),
            lambda: RecordProgress(project=project, task=task, percent_complete=dice.randrange(101)),
            lambda: SetFields(project=project, task=task, **self._fields()),
            lambda: ChangeLink(project=project, link=link, type=dice.choice(list(LinkType)), lag=self._lag()),
            lambda: UnlinkTasks(project=project, link=link),
            lambda: RenameProject(project=project, name=self._name()),
            lambda: SetProjectWindow(project=project, start=dice.choice([None, _MONDAY]), must_finish=None),
            lambda: ArchiveProject(project=project),
            lambda: AddMember(project=project, user=user, role=dice.choice(list(ProjectRole))),
            lambda: ChangeMemberRole(project=project, user=user, role=dice.choice(list(ProjectRole))),
            lambda: RemoveMember(project=project, user=user),
            lambda: ChangeProfile(user=user, name=self._name()),
            lambda: ChangeProfile(
                user=user, username=f"u{dice.randrange(5)}", email=f"{dice.randrange(5)}@example.org"
            ),
            lambda: dice.choice([DeactivateUser, ReactivateUser, ReactivateUser])(user=user),
            lambda: TransferOwnership(project=project, user=user),
            lambda: dice.choice([AssignRole, RevokeRole])(user=user, role=dice.choice(["administrator", "planner"])),
            *[lambda: self._access(user), self._role] * 2,
        ]
        around: list[Callable[[], Command]] = [lambda: self._surroundings.something(project, task)]
        rare = [self._user, self._project, lambda: DeleteAccount(user=dice.choice(self._alive))]
        back = [lambda: self._reverses.pop(dice.randrange(len(self._reverses)))] if self._reverses else seldom
        (kind,) = dice.choices([often, seldom, around, back, rare], weights=[22, 36, 34, 5, 3])
        return dice.choice(kind)()

    def _user(self) -> RegisterUser:
        user = self._id()
        self.users.append(user)
        self._alive.append(user)
        roles = self._dice.choice([(), ("planner",), ("administrator", "planner")])
        return RegisterUser(user=user, username=f"u{user}", email=f"{user}@example.org", name=self._name(), roles=roles)

    def _project(self) -> CreateProject:
        project = self._id()
        self.projects.append(project)
        self.tasks[project], self.links[project] = [], []
        return CreateProject(project=project, name=self._name(), time_zone="Europe/Berlin", currency="EUR")

    def _task(self, project: UUID) -> AddTask:
        parent = self._dice.choice([None, None, *self.tasks[project]])
        return AddTask(project=project, task=self._id(), parent=parent, position=self._position(), name=self._name())

    def _access(self, user: UUID) -> Command:
        """Something about how somebody gets in."""
        new = self._id()
        kinds: list[Callable[[], Command]] = [
            lambda: SetPassword(user=user, credential=new),
            lambda: IssuePasswordReset(user=user, credential=new, expires_at=_LATER),
            *[lambda: StartSession(user=user, session=new, method="password", expires_at=_LATER)] * 2,
            lambda: EndSession(user=user, session=new),
            lambda: EndSessions(user=user),
            lambda: CreateApiKey(user=user, key=new, name=self._name(), scopes=GRANTABLE),
            lambda: RevokeApiKey(user=user, key=new),
        ]
        return self._dice.choice(kinds)()

    def _role(self) -> Command:
        """Something about a role: mostly about one that there is."""
        dice = self._dice
        role, permission = dice.choice(self._roles[-3:] or ["none"]), dice.choice(list(Permission))
        new = f"role-{dice.randrange(10**9)}"
        kinds: list[Callable[[], Command]] = [
            lambda: DefineRole(role=new, name=self._name(), permissions=(Permission.READ_PROJECT,)),
            lambda: GrantPermission(role=role, granted=permission),
            lambda: RevokePermission(role=role, revoked=permission),
            lambda: RetireRole(role=role),
        ]
        (kind,) = dice.choices(kinds, weights=[3, 4, 1, 1])
        return kind()

    def _id(self) -> UUID:
        return UUID(int=self._dice.getrandbits(128), version=4)

    def _position(self) -> int | None:
        return self._dice.choice([None, 1, 2, 3])

    def _lag(self) -> Lag:
        return Lag(amount=self._dice.randrange(-9, 9), unit=self._dice.choice(list(LagUnit)))

    def _constraint(self) -> Constraint:
        kind = self._dice.choice(list(ConstraintType))
        return Constraint(type=kind, date=_MONDAY + timedelta(days=self._dice.randrange(9)) if kind.dated else None)

    def _fields(self) -> dict[str, Any]:
        """One or two fields, of which one may go."""
        names = self._dice.sample(["status", "labels", "points"], 2)
        values: list[str | tuple[str, ...]] = [self._name(), (self._name(), self._name())]
        return {"fields": {names[0]: self._dice.choice(values)}, "removed": self._dice.choice([(), (names[1],)])}

    def _name(self) -> str:
        return f"Name {self._dice.randrange(10**9)}"
