"""What is asked about several projects of the past is answered as it was when that was the present."""

import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from src.commands.assignment import Assign, Unassign
from src.commands.command import SYSTEM, Command
from src.commands.resource import DefineResource
from src.commands.resource_user import SetResourceUser
from src.commands.staffing import AddResourceToProject
from src.commands.task_schedule import SetDeadline
from src.projections import Projection
from src.projections.planned import INPUTS
from src.projections.schedules import SCHEDULES
from src.projections.search import SEARCH
from src.queries.everywhere import begun, every_project
from src.queries.moment import Moment
from src.queries.reading import ReadSession, reading
from src.queries.search import search
from src.queries.work import WorkState, list_work, projects_of
from src.wiring import App
from tests.acting import context
from tests.projections.lives import Life

NOW = datetime(2026, 3, 5, tzinfo=UTC)


async def test_all_is_found_as_it_was(app: App) -> None:
    """At several moments of a history of chance the same hits, and for each user the same work, over all projects."""
    life, dice, crew = Life(app.commands, 1), random.Random(1), [UUID(int=n) for n in range(1, 4)]
    await life.begin()
    await give(app, *(DefineResource(resource=resource, name="Hand") for resource in crew))
    before: dict[int, tuple[Any, dict[UUID, Any]]] = {}
    for _ in range(5):
        await life.go_on(40)
        await give(app, *busy(life, crew, dice))
        await app.runner.catch_up_all()
        async with reading(app.readers) as read:
            before[await app.log.head()] = await found(read), {user: await work(read, user) for user in life.users}
    for position, (hits, works) in before.items():
        assert await then(app, position, every_project, SEARCH, found) == hits
        for user, expected in works.items():
            which = partial(projects_of, user=user, project=None)
            assert await then(app, position, which, SCHEDULES, partial(work, user=user)) == expected
    assert all(hits for hits, _ in before.values())
    assert any(any(works.values()) for _, works in before.values())


async def give(app: App, *commands: Command) -> None:
    """Some of them may be refused: chance does not know the rules."""
    for command in commands:
        await app.commands.execute(command, context(SYSTEM))


def busy(life: Life, crew: list[UUID], dice: random.Random) -> list[Command]:
    """What puts hands on tasks, takes them away, and says whose hands they are."""
    commands: list[Command] = []
    for project in life.projects:
        for resource in crew:
            one, other = (dice.choice(life.tasks[project] or crew) for _ in range(2))
            commands += [
                SetResourceUser(resource=resource, user=dice.choice([*life.users, None])),
                AddResourceToProject(project=project, resource=resource),
                Assign(project=project, task=one, resource=resource),
                Unassign(project=project, task=other, resource=resource),
                SetDeadline(project=project, task=one, deadline=datetime(2026, 3, dice.randrange(1, 10))),
            ]
    return commands


async def then(
    app: App,
    position: int,
    which: Callable[[ReadSession, int], Any],
    projection: Projection,
    question: Callable[[ReadSession], Awaitable[Any]],
) -> Any:
    """The answer of the past."""
    async with reading(app.readers) as read:
        projects = await begun(read, which(read, position), None, position, position, 100)
    async with app.past.reading_all({each: Moment(position) for each in projects}, (*INPUTS, projection)) as read:
        return await question(read)


async def found(read: ReadSession) -> Any:
    """What has one of the names of chance, deleted or not."""
    return (await search(read, '"name" -1*', deleted=True, limit=500)).items


async def work(read: ReadSession, user: UUID) -> Any:
    """All that somebody works on."""
    pages = [await list_work(read, user, now=NOW, everything=True, state=state, limit=500) for state in WorkState]
    return [item for page in pages for item in page.items]
