"""A history to catch up on: projects that are planned in one sitting and then lived in, all at the same time.

It is written through commands, so it is valid. Each project begins with 80 tasks in phases; then 20 more are
added one by one, tasks are updated, measured anew, reported on and moved. All projects live side by side, so
that a batch of the log touches nearly every one of them: the hardest order for a projection that keeps outlines.
"""

import asyncio
import random
from dataclasses import dataclass, field
from uuid import UUID

from uuid_utils.compat import uuid4

from src.commands.command import Command
from src.commands.plan import MoveTask
from src.commands.progress import RecordProgress
from src.commands.task import AddTask, SetDuration, UpdateTask
from src.scheduling import Duration
from tests.acting import Actor, context, register

from .databases import check, opened

EVENTS_A_PROJECT = 500
_PHASES, _PLANNED, _LATER = 8, 80, 20
_LIFE = {"update": 120, "duration": 30, "progress": 130, "move": 20}
"""With the two events of each added task these make the events of a project."""
_REPORTS = (25, 60, 100)


@dataclass
class Task:
    """What is known of a task in the end: a read model of it must say the same."""

    id: UUID
    parent: UUID | None
    name: str
    notes: str = ""
    tenths: int = 4_800
    percent: int = 0


@dataclass
class _Project:
    id: UUID
    chance: random.Random
    tasks: list[Task] = field(default_factory=list)

    @property
    def phases(self) -> list[Task]:
        return self.tasks[:_PHASES]

    @property
    def leaves(self) -> list[Task]:
        return self.tasks[_PHASES:]

    def add(self) -> AddTask:
        number = len(self.tasks)
        parent = self.phases[number % _PHASES].id if number >= _PHASES else None
        task = Task(uuid4(), parent, f"Task {number}", f"{number}: as agreed with the client on the site")
        self.tasks.append(task)
        return AddTask(project=self.id, task=task.id, parent=parent, name=task.name, notes=task.notes)

    def live(self) -> list[Command]:
        """The commands after the first sitting, in a random order that is the same in every run."""
        kinds = [kind for kind, times in (*_LIFE.items(), ("add", _LATER)) for _ in range(times)]
        self.chance.shuffle(kinds)
        return [self.add() if kind == "add" else self._change(kind, number) for number, kind in enumerate(kinds, 1)]

    def _change(self, kind: str, number: int) -> Command:
        """A command that changes something for certain."""
        if kind == "progress":
            task = self.chance.choice([task for task in self.leaves if task.percent < _REPORTS[-1]])
            task.percent = next(percent for percent in _REPORTS if percent > task.percent)
            return RecordProgress(project=self.id, task=task.id, percent_complete=task.percent)
        task = self.chance.choice(self.leaves)
        if kind == "update":
            task.name, task.notes = f"Task, change {number}", f"{number}: the supplier delivers a week later"
            return UpdateTask(project=self.id, task=task.id, name=task.name, notes=task.notes)
        if kind == "duration":
            task.tenths = 4_800 + 10 * number
            return SetDuration(project=self.id, task=task.id, duration=Duration(tenths=task.tenths))
        task.parent = self.chance.choice([phase.id for phase in self.phases if phase.id != task.parent])
        return MoveTask(project=self.id, task=task.id, parent=task.parent, position=self.chance.randint(1, 5))


async def write(url: str, projects: int) -> list[Task]:
    """Writes the history of that many projects into a migrated database; all tasks as they must be in the end."""
    async with opened(url) as app:
        before = await app.log.head()
        user = await register(app.commands)
        made = [_Project(await user.project(f"Project {n}"), random.Random(n)) for n in range(projects)]
        setup = await app.log.head() - before
        for project in made:
            answer = await app.commands.execute_all(_first_sitting(project), context(user.user))
            check("tasks of the first sitting added", getattr(answer, "changed", answer), True)
        async with asyncio.TaskGroup() as group:
            for project in made:
                group.create_task(_give(user, project.live()))
        check("events written", await app.log.head() - before - setup, projects * EVENTS_A_PROJECT)
    return [task for project in made for task in project.tasks]


def _first_sitting(project: _Project) -> list[AddTask]:
    return [project.add() for _ in range(_PLANNED)]


async def _give(user: Actor, commands: list[Command]) -> None:
    for command in commands:
        await user.do(command)
