"""Giving commands to an application: contexts with fresh ids, and users who act."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid4, uuid7

from ..commands.command import SYSTEM, Command, Context
from ..commands.loop import Accepted, CommandLoop
from ..commands.project import CreateProject
from ..commands.result import Failure
from ..commands.task import AddTask
from ..commands.user import RegisterUser


def context(actor: UUID = SYSTEM, **changes: Any) -> Context:
    """The circumstances of one command by this actor, now."""
    fresh: dict[str, Any] = {
        "command_id": uuid7(),
        "new_id": uuid7(),
        "now": datetime.now(UTC),
        "correlation_id": "test",
    }
    return Context(actor=actor, **(fresh | changes))


def accepted(answer: Accepted | Failure) -> Accepted:
    """The answer, which must be that the command stands."""
    if isinstance(answer, Failure):
        raise AssertionError(f"refused with {answer.code}: {answer.message}")  # noqa: TRY004 - it is the test that fails
    return answer


def refused(answer: Accepted | Failure) -> Failure:
    """The answer, which must be a refusal."""
    if isinstance(answer, Accepted):
        raise AssertionError(f"accepted, and not refused: {answer}")  # noqa: TRY004 - it is the test that fails
    return answer


def a_user(user: UUID, *roles: str, username: str | None = None) -> RegisterUser:
    """The command that makes this user known; with no roles given a planner, who may create projects."""
    username = username or f"user-{user.hex}"
    return RegisterUser(
        user=user,
        username=username,
        email=f"{username}@example.org",
        name=username.title(),
        roles=roles or ("planner",),
    )


@dataclass(frozen=True)
class Actor:
    """A registered user who gives commands."""

    commands: CommandLoop
    user: UUID

    async def do(self, command: Command, **changes: Any) -> Accepted:
        """Gives the command, which must be accepted."""
        return accepted(await self.commands.execute(command, self.context(**changes)))

    async def refused(self, command: Command, **changes: Any) -> Failure:
        """Gives the command, which must be refused."""
        return refused(await self.commands.execute(command, self.context(**changes)))

    def context(self, **changes: Any) -> Context:
        return context(self.user, **changes)

    async def project(self, name: str = "Garden studio", **fields: Any) -> UUID:
        return UUID((await self.do(CreateProject(name=name, **fields))).ids["project"])

    async def task(self, project: UUID, name: str = "Dig", **fields: Any) -> UUID:
        return UUID((await self.do(AddTask(project=project, name=name, **fields))).ids["task"])


async def newcomer(commands: CommandLoop, *roles: str) -> Actor:
    """A new user whose names nobody has yet: for databases that tests share."""
    return await register(commands, None, *roles)


async def register(commands: CommandLoop, username: str | None = "ann", *roles: str) -> Actor:
    """A new user; with no roles given a planner, who may create projects."""
    user = uuid4()
    await Actor(commands, SYSTEM).do(a_user(user, *roles, username=username))
    return Actor(commands, user)
