"""Commands of chance by people of chance while their rights change: none stood that was not allowed where it stands."""

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from src.commands.access import EndSession, EndSessions, StartSession
from src.commands.command import Command
from src.commands.loop import Accepted, CommandLoop
from src.commands.member import AddMember, ChangeMemberRole, RemoveMember
from src.commands.permissions import GRANTABLE, SYSTEM_GRANTS
from src.commands.project import RenameProject
from src.commands.role import DefineRole, GrantPermission, RevokePermission
from src.commands.task import AddTask, UpdateTask
from src.commands.user_role import AssignRole, RevokeRole
from src.config import Settings
from src.events import RecordedEvent
from src.events.project import ProjectRole
from src.wiring import open_app
from tests.acting import Actor, context, newcomer
from tests.conftest import nobody_woken

from .entitled import commands_in
from .size import SEED, told

COMMANDS = 10_000
DEFINED = ("controller", "auditors")


@dataclass
class Crowd:
    """People, projects with a task each, and who gives commands at chance."""

    root: Actor
    people: list[UUID]
    projects: dict[UUID, UUID]
    sessions: dict[UUID, list[UUID]]

    async def act(self, commands: CommandLoop, dice: random.Random, times: int, counted: Counter[str]) -> None:
        """So many commands, half of them by an administrator who changes rights."""
        for _ in range(times):
            user = dice.choice(self.people)
            session = dice.choice([None, *self.sessions[user]])
            by_root = dice.random() < 0.4
            command = self.rights(dice) if by_root or dice.random() < 0.3 else self.plan(dice)
            circumstances = context(self.root.user) if by_root else context(user, session=session)
            answer = await commands.execute(command, circumstances)
            if isinstance(answer, Accepted):
                counted["accepted"] += 1
                if isinstance(command, StartSession):
                    self.sessions[command.user].append(command.session)
            else:
                counted[answer.code] += 1

    def plan(self, dice: random.Random) -> Command:
        """Something that an editor or an admin of a project may do."""
        project = dice.choice(list(self.projects))
        kinds: list[Command] = [
            AddTask(project=project, name="Dig"),
            UpdateTask(project=project, task=self.projects[project], notes=f"{dice.random()}"),
            RenameProject(project=project, name=f"Garden {dice.random()}"),
        ]
        return dice.choice(kinds)

    def rights(self, dice: random.Random) -> Command:
        """Something by which somebody may do more or less."""
        user, project = dice.choice(self.people), dice.choice(list(self.projects))
        role = dice.choice([*SYSTEM_GRANTS, *DEFINED])
        session = dice.choice(self.sessions[user] or [context().new_id])
        later = datetime.now(UTC) + timedelta(hours=1)
        kinds: list[Command] = [
            AddMember(project=project, user=user, role=dice.choice(list(ProjectRole))),
            AddMember(project=project, user=user, role=dice.choice(list(ProjectRole))),
            ChangeMemberRole(project=project, user=user, role=dice.choice(list(ProjectRole))),
            RemoveMember(project=project, user=user),
            AssignRole(user=user, role=role),
            RevokeRole(user=user, role=role),
            RevokeRole(user=user, role="administrator"),
            GrantPermission(role=dice.choice(DEFINED), granted=dice.choice(sorted(GRANTABLE))),
            RevokePermission(role=dice.choice(DEFINED), revoked=dice.choice(sorted(GRANTABLE))),
            StartSession(user=user, session=context().new_id, method="test", expires_at=later),
            EndSession(user=user, session=session),
            EndSessions(user=user),
        ]
        return dice.choice(kinds)


async def crowd(commands: CommandLoop) -> Crowd:
    """Ten people who may nothing yet, and three projects of an administrator's."""
    root = await newcomer(commands, "administrator", "planner")
    people = [(await newcomer(commands)).user for _ in range(10)]
    projects = {}
    for number in range(3):
        project = await root.project(f"Garden {number}")
        projects[project] = await root.task(project)
    for role in DEFINED:
        await root.do(DefineRole(role=role, name=role.title()))
    return Crowd(root, people, projects, {user: [] for user in people})


async def test_no_command_stands_that_was_not_allowed_at_its_position(settings: Settings) -> None:
    """Nor was one refused for a right that was there: by the log alone, over two applications on one database."""
    counted: Counter[str] = Counter()
    async with open_app(settings, nobody_woken) as one, open_app(settings, nobody_woken) as other:
        many = await crowd(one.commands)
        began, writers = time.perf_counter(), 8
        await asyncio.gather(
            *(
                many.act((one, other)[number % 2].commands, random.Random(SEED * 100 + number), times, counted)
                for number, times in enumerate([COMMANDS // writers] * writers)
            )
        )
        took = time.perf_counter() - began
        log: list[RecordedEvent] = []
        while page := await one.log.read(len(log), 1_000):
            log += page
    found = list(commands_in(log))
    assert [each for each in found if each.stood and not each.allowed] == []
    assert [each for each in found if not each.stood and each.allowed] == []
    stood, refused = sum(each.stood for each in found), sum(not each.stood for each in found)
    assert stood > COMMANDS // 5
    assert refused > 0
    kind = "SQLite" if settings.embedded else "PostgreSQL"
    told(
        f"rights, {kind}: {counted.total()} commands by 10 people of 2 processes' applications in {took:.1f} s, "
        f"{counted['accepted']} accepted; {stood} that changed something and {refused} first refusals for a right "
        "that was lacking, each as the log has it at its position"
    )
