"""Rules across aggregates while many write at once, from two processes' worth of caches, checked from the log.

`make drill-rules ROUNDS=50` runs them that often in a row.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import pytest
from uuid_utils.compat import uuid4

from src.commands.assignment import Assign
from src.commands.codes import Code
from src.commands.command import Command
from src.commands.project import ArchiveProject
from src.commands.resource import DeactivateResource, DefineResource
from src.commands.result import Failure
from src.commands.staffing import AddResourceToProject, WithdrawResource
from src.commands.task import AddTask
from src.events.log import bucket_of
from src.wiring import App, open_app
from tests.acting import Actor, newcomer
from tests.conftest import nobody_woken

ROUNDS = int(os.environ.get("RULE_ROUNDS", "3"))
TASKS = 6


@dataclass(frozen=True)
class Site:
    """Two applications on one database, each with caches and queues of its own; a planner's project on it."""

    number: int
    apps: tuple[App, App]
    ann: Actor
    project: UUID
    resource: UUID
    tasks: tuple[UUID, ...]

    def assignments(self) -> list[Command]:
        """The resource on every task."""
        return [Assign(project=self.project, task=task, resource=self.resource) for task in self.tasks]

    def among(self, commands: Sequence[Command], one: Command) -> list[Command]:
        """The commands, and another one before them, in the middle or behind them, by the number of the round."""
        place = len(commands) * (self.number % 3) // 2
        return [*commands[:place], one, *commands[place:]]

    async def at_once(self, *commands: Command) -> list[Code]:
        """All of them at the same time, by turns through each application; the codes of those that were refused."""
        given = [
            self.apps[number % 2].commands.execute(command, self.ann.context())
            for number, command in enumerate(commands)
        ]
        return [answer.code for answer in await asyncio.gather(*given) if isinstance(answer, Failure)]

    async def log(self) -> list[str]:
        """What happened in the project and to the resource, in order; not who was refused."""
        log = self.apps[0].log
        events = [*await log.read_buckets({bucket_of(self.project): 0}, 100_000)]
        events += await log.read_streams({f"resource-{self.resource}@main": 0})
        mine = {
            each.position: each.type
            for each in events
            if each.project in (self.project, None) and each.type != "RequestRefused"
        }
        return [mine[position] for position in sorted(mine)]


@pytest.fixture(scope="session")
async def other(shared: App) -> AsyncIterator[App]:
    """A second application on the same database."""
    async with open_app(shared.settings, nobody_woken) as app:
        yield app


@pytest.fixture(params=range(ROUNDS))
async def site(request: pytest.FixtureRequest, shared: App, other: App) -> Site:
    """A project with a resource and tasks, known to both."""
    ann = await newcomer(shared.commands)
    project, resource = await ann.project(), uuid4()
    await ann.do(DefineResource(resource=resource, name="Crew"))
    await ann.do(AddResourceToProject(project=project, resource=resource))
    tasks = tuple([await ann.task(project) for _ in range(TASKS)])
    return Site(request.param, (shared, other), ann, project, resource, tasks)


def after(log: Sequence[str], event: str) -> set[str]:
    """What happened after it, which happened once."""
    assert log.count(event) == 1
    return set(log[log.index(event) + 1 :])


async def test_nobody_is_assigned_who_is_not_active(site: Site) -> None:
    """Deactivated while many assign it: no assignment lies behind that in the log, and the rest were refused."""
    refused = await site.at_once(*site.among(site.assignments(), DeactivateResource(resource=site.resource)))
    log = await site.log()
    assert "ResourceAssigned" not in after(log, "ResourceDeactivated")
    assert refused == [Code.RESOURCE_INACTIVE] * (TASKS - log.count("ResourceAssigned"))


async def test_nobody_is_withdrawn_who_has_work(site: Site) -> None:
    """Withdrawn while many assign it: it has left, or it works; never both."""
    withdraw = WithdrawResource(project=site.project, resource=site.resource)
    refused = await site.at_once(*site.among(site.assignments(), withdraw))
    log = await site.log()
    assigned = log.count("ResourceAssigned")
    if "ResourceWithdrawn" in log:
        assert (assigned, refused) == (0, [Code.RESOURCE_NOT_IN_PROJECT] * TASKS)
    else:
        assert (assigned, refused) == (TASKS, [Code.RESOURCE_HAS_WORK])


async def test_an_archived_project_is_as_it_was(site: Site) -> None:
    """Archived while tasks are added and resources assigned: nothing of the project lies behind that in the log."""
    adding = [AddTask(project=site.project, name=f"{number}") for number in range(TASKS)]
    writing = [command for pair in zip(adding, site.assignments(), strict=True) for command in pair]
    refused = await site.at_once(*site.among(writing, ArchiveProject(project=site.project)))
    log = await site.log()
    assert after(log, "ProjectArchived") <= {"NameReleased"}
    stood = log.count("ResourceAssigned") + log.count("TaskAdded") - TASKS
    assert refused == [Code.PROJECT_ARCHIVED] * (2 * TASKS - stood)


async def test_a_task_has_resources_or_tasks(site: Site) -> None:
    """Assigned while a task is put below it: one of the two is refused."""
    task = site.tasks[0]
    below = AddTask(project=site.project, parent=task, name="Part")
    refused = await site.at_once(below, Assign(project=site.project, task=task, resource=site.resource))
    log = await site.log()
    assert log.count("ResourceAssigned") + log.count("TaskAdded") - TASKS == 1
    assert refused in ([Code.SUMMARY_HAS_NO_ASSIGNMENTS], [Code.PARENT_HAS_ASSIGNMENTS])


async def test_a_resource_is_on_a_task_once(site: Site) -> None:
    """Assigned by many at once: one of them did it, and the others find it so already."""
    task = site.tasks[0]
    same: list[Command] = [Assign(project=site.project, task=task, resource=site.resource)] * TASKS
    assert await site.at_once(*same) == []
    log = await site.log()
    assert (log.count("ResourceAssigned"), log.count("TaskStaffed")) == (1, 1)
