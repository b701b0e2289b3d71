"""Many projects with a history, written through commands, and writers who go on with them."""

import asyncio
import random
from dataclasses import dataclass, field
from typing import Self
from uuid import UUID

from uuid_utils.compat import uuid4

from src.commands.command import Command
from src.commands.link import LinkTasks
from src.commands.loop import Accepted
from src.commands.plan import MoveTask
from src.commands.progress import RecordProgress
from src.commands.task import AddTask, UpdateTask
from src.wiring import App
from tests.acting import Actor, context, register

_FIRST = 40


@dataclass
class Plan:
    """A project, and the tasks that it has got so far."""

    owner: Actor
    project: UUID
    dice: random.Random
    tasks: list[UUID] = field(default_factory=list)
    changes: int = 0

    def add(self) -> AddTask:
        task, parent = uuid4(), self.dice.choice([None, *self.tasks[:5]])
        self.tasks.append(task)
        return AddTask(project=self.project, task=task, parent=parent, name=f"Task {len(self.tasks)}")

    def change(self) -> Command:
        """Some change; nearly always one that is accepted."""
        self.changes += 1
        task, other = self.dice.sample(self.tasks, 2)
        match self.dice.randrange(12):
            case 0:
                return self.add()
            case 1:
                return LinkTasks(project=self.project, predecessor=task, successor=other)
            case 2:
                return MoveTask(project=self.project, task=task, position=self.dice.randrange(1, 5))
            case 3 | 4 | 5:
                leaf, percent = self.dice.choice(self.tasks[5:]), self.dice.randrange(101)  # those below may be parents
                return RecordProgress(project=self.project, task=leaf, percent_complete=percent)
            case _:
                return UpdateTask(project=self.project, task=task, notes=f"Change {self.changes}")

    async def live_fast(self, rounds: int) -> None:
        """So many changes in one append; nothing that could be refused."""
        changes = [change for _ in range(rounds) if not isinstance(change := self.change(), LinkTasks)]
        answer = await self.owner.commands.execute_all(changes or [self.add()], self.owner.context(reason="drill"))
        assert isinstance(answer, Accepted), answer

    async def live(self, rounds: int) -> None:
        """Changes one after another, from whoever owns the project."""
        for _ in range(rounds):
            await self.owner.commands.execute(self.change(), self.owner.context(reason="drill"))


async def write(app: App, projects: int, events: int, seed: int) -> list[Plan]:
    """So many projects and events, side by side in the log as people write them."""
    ann = await register(app.commands, f"ann-{seed}")
    dice = random.Random(seed)
    plans = [Plan(ann, await ann.project(f"Project {seed}.{n}"), random.Random(dice.random())) for n in range(projects)]
    for plan in plans:
        answer = await app.commands.execute_all([plan.add() for _ in range(_FIRST)], context(ann.user))
        assert isinstance(answer, Accepted)
    while (left := events - await app.log.head()) > 0:
        rounds = max(2, min(20, left // projects))
        await asyncio.gather(*(plan.live_fast(rounds) for plan in plans[: left // rounds + 1]))
        await asyncio.gather(*(plan.live(1) for plan in plans[: left // rounds // 2]))
    return plans


class Writers:
    """People who go on changing their projects until they are told to stop."""

    def __init__(self, plans: list[Plan], count: int, pause: float = 0.0) -> None:
        self._shares = [plans[n::count] for n in range(count)]
        self._pause = pause
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._write(share)) for share in self._shares if share]
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._stopping = True
        await asyncio.gather(*self._tasks)

    async def _write(self, share: list[Plan]) -> None:
        while not self._stopping:
            for plan in share:
                if not self._stopping:
                    await plan.live(1)
                    await asyncio.sleep(self._pause)
