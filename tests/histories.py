"""Lively histories of a plan, the same for the same seed."""

import random
from uuid import UUID

from src.commands.link import LinkTasks
from src.commands.plan import DeleteTask, MoveTask, RestoreTask
from src.commands.progress import RecordProgress
from src.commands.task import UpdateTask
from tests.acting import Actor


async def edit(ann: Actor, project: UUID, seed: int, rounds: int) -> None:
    """A lively history: tasks are added, linked, moved, changed, reported on, deleted and restored."""
    dice = random.Random(seed)
    tasks = [await ann.task(project, f"Task {seed}.{n}") for n in range(4)]
    for round_ in range(rounds):
        task, other = dice.sample(tasks, 2)
        match dice.randrange(7):
            case 0:
                tasks.append(await ann.task(project, f"Task {seed}.{round_}", position=dice.randrange(1, 5)))
            case 1:
                await ann.commands.execute(LinkTasks(project=project, predecessor=task, successor=other), ann.context())
            case 2:
                await ann.do(MoveTask(project=project, task=task, position=dice.randrange(1, 5)))
            case 3:
                await ann.do(UpdateTask(project=project, task=task, notes=f"Round {round_}"))
            case 4:
                await ann.do(
                    RecordProgress(project=project, task=task, percent_complete=dice.randrange(101)), reason="x"
                )
            case _:
                await ann.do(DeleteTask(project=project, task=task))
                await ann.do(RestoreTask(project=project, task=task))
