"""A plan that tests draw as an outline, and read back as one."""

from typing import Any
from uuid import UUID

from src.commands.breakdown import PLAN, PlanState
from src.commands.plan import (
    DeleteTask,
    LinkTasks,
    MoveTask,
    RestoreTask,
)
from src.scheduling import Lag, LagUnit
from src.wiring import App
from tests.acting import Actor

LEAD = Lag(amount=-50, unit=LagUnit.PERCENT)


class Garden:
    """A plan that a test draws as an outline, and reads back as one."""

    def __init__(self, app: App, ann: Actor, project: UUID) -> None:
        self.app = app
        self.ann = ann
        self.project = project
        self.tasks: dict[str, UUID] = {}

    async def grow(self, **outline: str) -> None:
        """Adds tasks, each below the one that is named for it, or at the top."""
        for name, parent in outline.items():
            self.tasks[name] = await self.ann.task(self.project, name, parent=self.tasks.get(parent))

    async def state(self) -> PlanState:
        events = [recorded async for recorded in self._stored()]
        state = PLAN.at(self.project).aggregate.initial
        for version, event in enumerate(events, 1):
            state = PLAN.at(self.project).aggregate.evolve(state, event, version)
        return state

    async def _stored(self) -> Any:
        for recorded in await self.app.log.read_streams({PLAN.at(self.project).stream: 0}):
            yield recorded.event

    async def outline(self) -> str:
        """Every task behind its WBS code, in order."""
        state, names = await self.state(), {task: name for name, task in self.tasks.items()}
        return " ".join(
            f"{state.wbs(task)}{names[task]}" for top in state.children.get(None, ()) for task in state.subtree(top[1])
        )

    def move(self, task: str, parent: str = "", position: int | None = None) -> MoveTask:
        return MoveTask(project=self.project, task=self.tasks[task], parent=self.tasks.get(parent), position=position)

    def delete(self, task: str) -> DeleteTask:
        return DeleteTask(project=self.project, task=self.tasks[task])

    def restore(self, task: str) -> RestoreTask:
        return RestoreTask(project=self.project, task=self.tasks[task])

    def link(self, predecessor: str, successor: str, **fields: Any) -> LinkTasks:
        return LinkTasks(
            project=self.project, predecessor=self.tasks[predecessor], successor=self.tasks[successor], **fields
        )

    async def linked(self, predecessor: str, successor: str, **fields: Any) -> UUID:
        return UUID((await self.ann.do(self.link(predecessor, successor, **fields))).ids["link"])
