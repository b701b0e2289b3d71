"""The commands that make a plan what a file says: all of them for a new plan, the differences for one that exists.

The file wins for the tasks that came from it; tasks made by hand stay where they are. Each candidate is
tried on a scratch session, so that what is so already falls away and what a rule forbids is known before
the first command is given.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from uuid import UUID

from ..commands.authorise import authorise
from ..commands.breakdown import PLAN, PlanState
from ..commands.command import Command, Context
from ..commands.link import ChangeLink, LinkTasks
from ..commands.plan import DeleteTask
from ..commands.project import PROJECT, CreateProject, ProjectState, SetProjectWindow
from ..commands.project_settings import SetDefaultCalendar, SetStatusDate
from ..commands.registry import BY_COMMAND
from ..commands.result import Failure, Result
from ..commands.session import Session
from ..commands.task_state import TASK
from .calendar_changes import calendar_changes
from .effort_changes import Stretched, effort_changes, work_changes
from .identities import Identities
from .known import known_identities
from .plan_file import FileAssignment, FileLink, FileTask, PlanFile
from .resource_changes import resource_changes
from .structure import Structure, taking_back, words_for
from .task_changes import attribute_changes, leaf_changes, progress_of


class CommandRefusedError(Exception):
    """A rule forbids what the file says; nothing was done."""

    def __init__(self, command: Command, failure: Failure, about: str) -> None:
        super().__init__(f"{about}: {failure.message}" if about else failure.message)
        self.command, self.failure = command, failure


class Differences:
    """Finds the commands, in an order in which each is allowed when its turn comes."""

    def __init__(self, file: PlanFile, project: UUID, session: Session, context: Context) -> None:
        self._file = file
        self._ids = Identities(project)
        self._project = project
        self._session = session
        self._context = context
        self._summaries = {task.parent for task in file.tasks if task.parent is not None}
        self._stretched = Stretched(file.resources, self._ids, session)
        self._staff: dict[int, list[FileAssignment]] = defaultdict(list)
        for entry in file.assignments:
            self._staff[entry.task].append(entry)

    async def commands(self, create: CreateProject | None, progress: Callable[[int], None]) -> list[Command]:
        """Those that change something. `progress` is told how many tasks and links were looked at.

        `create` makes the project where there is none; None where there has to be one.
        """
        found: list[Command] = []
        async for command, about in self._candidates(create, progress):
            if await self._changes(command, about):
                found.append(command)
        return found

    async def _changes(self, command: Command, about: str) -> bool:
        result = await self._tried(command)
        if isinstance(result, Failure):
            raise CommandRefusedError(command, result, about)
        self._session.apply(result, command)
        return bool(result.events)

    async def _tried(self, command: Command) -> Result:
        refusal = await authorise(command, self._session, self._context)
        return refusal or await BY_COMMAND[type(command)].handle(command, self._session, self._context)

    async def _candidates(
        self, create: CreateProject | None, progress: Callable[[int], None]
    ) -> AsyncIterator[tuple[Command, str]]:
        """What may have to be done, each with the words that say what of the file it is about."""
        project = await self._session.load(PROJECT.at(self._project))
        if project.owner is None and create is not None:
            yield create, "the project"
        else:
            await self._refuse_who_may_not_edit()
            self._ids = await known_identities(self._file, self._project, self._session)
            self._stretched = Stretched(self._file.resources, self._ids, self._session)
            for command in self._window(project):
                yield command, "the project's start or finish"
        project = await self._session.load(PROJECT.at(self._project))
        async for command, about in calendar_changes(self._file, self._ids, project.time_zone, self._session):
            yield command, about
        for command in self._settings(project):
            yield command, "the project"
        async for command, about in resource_changes(self._file, self._ids, self._session):
            yield command, about
        async for command, about in self._tasks(progress):
            yield command, about

    def _window(self, project: ProjectState) -> Iterator[Command]:
        must_finish = self._file.must_finish or project.must_finish
        if (project.start, project.must_finish) != (self._file.start, must_finish):
            yield SetProjectWindow(project=self._project, start=self._file.start, must_finish=must_finish)

    def _settings(self, project: ProjectState) -> Iterator[Command]:
        """What the file says of the whole; where it is silent, what somebody has set here stays."""
        calendar = None if self._file.calendar is None else self._ids.calendar(self._file.calendar)
        if calendar not in (None, project.calendar):
            yield SetDefaultCalendar(project=self._project, calendar=calendar)
        if self._file.status_date not in (None, project.status_date):
            yield SetStatusDate(project=self._project, status_date=self._file.status_date)

    async def _tasks(self, progress: Callable[[int], None]) -> AsyncIterator[tuple[Command, str]]:
        async for command, about in Structure(self._file, self._ids, self._session, self._tried).changes(progress):
            yield command, about
        plan = await self._session.load(PLAN.at(self._project))
        for task in self._file.tasks:
            async for command in self._attributes(task, plan):
                yield command, words_for(task)
        for done, link in enumerate(self._file.links, len(self._file.tasks) + 1):
            yield await self._linking(link), f"line {link.line}, link from {link.predecessor} to {link.successor}"
            progress(done)
        for task in self._file.tasks:
            if task.uid not in self._summaries:
                async for command in self._progress_of(task):
                    yield command, f"{words_for(task)}, progress"
        for command in self._stretched.back():
            yield command, "what there is of a resource"

    async def _refuse_who_may_not_edit(self) -> None:
        """Also when nothing would change: to say so is to tell what is in the project."""
        edit = DeleteTask(project=self._project, task=self._project)
        if refusal := await authorise(edit, self._session, self._context):
            raise CommandRefusedError(edit, refusal, "the project")

    async def _attributes(self, task: FileTask, plan: PlanState) -> AsyncIterator[Command]:
        """Only when all stand where they belong: what was a summary may be a leaf now, and the other way round."""
        id_ = self._ids.task(task.uid)
        is_summary = plan.is_summary(id_)
        for command in attribute_changes(task, await self._session.load(TASK.at(id_)), self._ids):
            yield command
        if is_summary:
            return
        async for command in effort_changes(task, self._staff.get(task.uid, ()), self._ids, self._session):
            async for first in self._stretched.for_(command):
                yield first
            yield command
        for command in leaf_changes(task, await self._session.load(TASK.at(id_)), self._ids):
            yield command

    async def _linking(self, link: FileLink) -> Command:
        ends = self._ids.task(link.predecessor), self._ids.task(link.successor)
        plan = await self._session.load(PLAN.at(self._project))
        if present := plan.link_between(*ends):
            return ChangeLink(project=self._project, link=present, type=link.type, lag=link.lag)
        id_ = self._ids.link(link.predecessor, link.successor)
        return LinkTasks(
            project=self._project, link=id_, predecessor=ends[0], successor=ends[1], type=link.type, lag=link.lag
        )

    async def _progress_of(self, task: FileTask) -> AsyncIterator[Command]:
        id_ = self._ids.task(task.uid)
        if task.percent_complete or task.actual_start:
            yield progress_of(task, await self._session.load(TASK.at(id_)), self._ids)
        else:
            async for command in taking_back(id_, self._project, self._session):
                yield command
        async for command in work_changes(task, self._staff.get(task.uid, ()), self._ids, self._session):
            yield command
