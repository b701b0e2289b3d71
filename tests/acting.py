"""Giving commands in tests: contexts with fresh ids, and a world that has a user and a project."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid4, uuid7

from src.commands.command import SYSTEM, Command, Context
from src.commands.loop import Accepted, CommandLoop
from src.commands.project import CreateProject
from src.commands.result import Failure
from src.commands.task import AddTask
from src.commands.user import RegisterUser


def context(actor: UUID = SYSTEM, **changes: Any) -> Context:
    """The circumstances of one command by this actor, now."""
    fresh: dict[str, Any] = {
        "command_id": uuid7(),
        "new_id": uuid7(),
        "now": datetime.now(UTC),
        "correlation_id": "test",
    }
    return Context(actor=actor, **(fresh | changes))


@dataclass(frozen=True)
class Actor:
    """A registered user who gives commands."""

    commands: CommandLoop
    user: UUID

    async def do(self, command: Command, **changes: Any) -> Accepted:
        """Gives the command, which must be accepted."""
        answer = await self.commands.execute(command, context(self.user, **changes))
        assert isinstance(answer, Accepted), answer
        return answer

    def context(self, **changes: Any) -> Context:
        return context(self.user, **changes)

    async def refused(self, command: Command, **changes: Any) -> Failure:
        """Gives the command, which must be refused."""
        answer = await self.commands.execute(command, context(self.user, **changes))
        assert isinstance(answer, Failure), answer
        return answer

    async def project(self, name: str = "Garden studio", **fields: Any) -> UUID:
        return UUID((await self.do(CreateProject(name=name, **fields))).ids["project"])

    async def task(self, project: UUID, name: str = "Dig", **fields: Any) -> UUID:
        return UUID((await self.do(AddTask(project=project, name=name, **fields))).ids["task"])


async def newcomer(commands: CommandLoop, *roles: str) -> Actor:
    """A new user whose names nobody has yet: for databases that tests share."""
    return await register(commands, f"user-{uuid4().hex}", *roles)


async def register(commands: CommandLoop, username: str = "ann", *roles: str) -> Actor:
    """A new user; with no roles given a planner, who may create projects."""
    command = RegisterUser(
        username=username, email=f"{username}@example.org", name=username.title(), roles=roles or ("planner",)
    )
    answer = await commands.execute(command, context())
    assert isinstance(answer, Accepted), answer
    return Actor(commands, UUID(answer.ids["user"]))
