"""Reactions to try reactors with, and what is seen of them."""

from src.commands.loop import Accepted
from src.commands.project import ArchiveProject, RenameProject
from src.commands.result import Failure
from src.config import Settings
from src.events import RecordedEvent
from src.events.project import ProjectCreated
from src.reactions import Act, Progress, Reaction, Reactor
from src.wiring import App
from tests.acting import Actor, register
from tests.databases import as_owner


class Renaming:
    """Gives every new project another name, and remembers what it was told."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        self.answers: list[Accepted | Failure] = []
        self.reaction = Reaction("renaming", (ProjectCreated,), self._react)

    async def _react(self, recorded: RecordedEvent, act: Act) -> None:
        self.seen.append(recorded.position)
        event = recorded.event
        assert isinstance(event, ProjectCreated)
        self.answers.append(await act(RenameProject(project=event.project, name=f"{event.name}, at last")))
        self.answers.append(await act(ArchiveProject(project=event.project)))


def failing(*errors: Exception) -> tuple[Reaction, list[int]]:
    """A reaction that fails with each of the errors, and then sees what it is given."""
    left, seen = list(errors), []

    async def react(recorded: RecordedEvent, _act: Act) -> None:
        if left:
            raise left.pop(0)
        seen.append(recorded.position)

    return Reaction("failing", (ProjectCreated,), react), seen


async def progress_of(reactor: Reactor, name: str) -> Progress:
    """Where it stands."""
    return {progress.name: progress for progress in await reactor.progress()}[name]


async def with_projects(app: App, count: int) -> tuple[Actor, list[int]]:
    """A planner with projects, and the positions at which they were made."""
    ann = await register(app.commands)
    projects = [await ann.project(f"Project {number}") for number in range(count)]
    assert len(projects) == count
    return ann, [event.position for event in await app.log.read(0, 1000) if event.type == "ProjectCreated"]


async def let_pauses_pass(settings: Settings) -> None:
    """As if what failed had failed an hour ago."""
    hour = "3600000000" if settings.embedded else "interval '1 hour'"
    await as_owner(settings, f"UPDATE reactions SET updated_at = updated_at - {hour}")
