"""A plan that tests draw as an outline, and read back as one. Tasks and links have words for names."""

from typing import Any
from uuid import UUID, uuid5

from src.commands.breakdown import PLAN
from src.commands.link import ChangeLink, LinkTasks, UnlinkTasks
from src.commands.plan import DeleteTask, MoveTask, RestoreTask
from src.commands.progress import RecordProgress
from src.commands.project import CreateProject
from src.commands.task import AddTask
from src.scheduling import Lag, LagUnit
from src.testing import Decision, Given, given

PLOT = UUID(int=1)
LEAD = Lag(amount=-50, unit=LagUnit.PERCENT)


def id_of(name: str) -> UUID:
    """The id of the task or link of that name."""
    return uuid5(PLOT, name)


def garden(**outline: str) -> Given:
    """A plan with these tasks, each below the one that is named for it, or at the top."""
    return given(CreateProject(project=PLOT, name="Garden"), *[add(name, parent) for name, parent in outline.items()])


async def outline(plan: Given | Decision) -> str:
    """Every task behind its WBS code, in order. A name has one letter here."""
    state, names = await plan.state(PLAN.at(PLOT)), {id_of(name): name for name in "abcdef"}
    tops = [top for _, top in state.children.get(None, ())]
    return " ".join(f"{state.wbs(task)}{names[task]}" for top in tops for task in state.subtree(top))


def add(task: str, parent: str = "", **fields: Any) -> AddTask:
    """A new task below another one, or at the top."""
    return AddTask(project=PLOT, task=id_of(task), parent=id_of(parent) if parent else None, name=task, **fields)


def move(task: str, parent: str = "", position: int | None = None) -> MoveTask:
    """To below another one, or to the top."""
    return MoveTask(project=PLOT, task=id_of(task), parent=id_of(parent) if parent else None, position=position)


def delete(task: str) -> DeleteTask:
    """With all below it."""
    return DeleteTask(project=PLOT, task=id_of(task))


def restore(task: str) -> RestoreTask:
    """From where it was deleted."""
    return RestoreTask(project=PLOT, task=id_of(task))


def begin(task: str) -> RecordProgress:
    """A report of one per cent."""
    return RecordProgress(project=PLOT, task=id_of(task), percent_complete=1)


def link(ends: str, name: str = "", **fields: Any) -> LinkTasks:
    """From one task to another: "ab", or "busy gone"; the link is called like that unless it has another name."""
    predecessor, successor = (id_of(end) for end in (ends.split() if " " in ends else ends))
    return LinkTasks(project=PLOT, link=id_of(name or ends), predecessor=predecessor, successor=successor, **fields)


def change(name: str, **fields: Any) -> ChangeLink:
    """The link called like this."""
    return ChangeLink(project=PLOT, link=id_of(name), **fields)


def unlink(name: str) -> UnlinkTasks:
    """The link called like this."""
    return UnlinkTasks(project=PLOT, link=id_of(name))
