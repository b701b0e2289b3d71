"""The commands that make a plan what a file says: all of them for a new plan, the differences for one that exists.

The file wins for the tasks that came from it; tasks made by hand stay where they are. Each candidate is
tried on a scratch session, so that what is so already falls away and what a rule forbids is known before
the first command is given.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID, uuid5

from ..commands.authorise import authorise
from ..commands.breakdown import PLAN, PlanState
from ..commands.codes import Code
from ..commands.command import Command, Context
from ..commands.link import ChangeLink, LinkTasks, UnlinkTasks
from ..commands.plan import DeleteTask, MoveTask, RestoreTask
from ..commands.project import PROJECT, CreateProject, SetProjectWindow
from ..commands.registry import BY_COMMAND
from ..commands.result import Failure, Result
from ..commands.session import Session
from ..commands.task import AddTask, RecordProgress, SetConstraint, SetDuration, UpdateTask
from ..commands.task_state import TASK
from .plan_file import FileLink, FileTask, PlanFile

EXTERNAL = "mspdi:"


@dataclass(frozen=True)
class Identities:
    """The ids that things of a file have in a project: the same at every import."""

    project: UUID

    def task(self, uid: int) -> UUID:
        return uuid5(self.project, f"{EXTERNAL}task:{uid}")

    def link(self, predecessor: int, successor: int) -> UUID:
        return uuid5(self.project, f"{EXTERNAL}link:{predecessor}:{successor}")


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
        self._kept = {self._ids.task(task.uid) for task in file.tasks}
        self._links = {self._ids.link(link.predecessor, link.successor) for link in file.links}

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
            if project.start != self._file.start:
                window = SetProjectWindow(
                    project=self._project, start=self._file.start, must_finish=project.must_finish
                )
                yield window, "the project's start"
        await self._load_tasks()
        for command in await self._unlinkings():
            yield command, "a link that the file does not have any more"
        async for command, about in self._structure(progress):
            yield command, about
        plan = await self._plan()
        for task in self._file.tasks:
            for command in self._attributes(task, plan):
                yield command, _about(task)
        for done, link in enumerate(self._file.links, len(self._file.tasks) + 1):
            yield await self._linking(link), f"line {link.line}, link from {link.predecessor} to {link.successor}"
            progress(done)
        for task in self._file.tasks:
            if task.uid not in self._summaries:
                async for command in self._progress_of(task):
                    yield command, f"{_about(task)}, progress"

    async def _refuse_who_may_not_edit(self) -> None:
        """Also when nothing would change: to say so is to tell what is in the project."""
        edit = DeleteTask(project=self._project, task=self._project)
        if refusal := await authorise(edit, self._session, self._context):
            raise CommandRefusedError(edit, refusal, "the project")

    async def _plan(self) -> PlanState:
        return await self._session.load(PLAN.at(self._project))

    async def _load_tasks(self) -> None:
        """All states that will be looked at, in one read."""
        plan = await self._plan()
        gone = (task for removed in plan.removed.values() for task, _ in removed.tasks)
        await self._session.load_all([TASK.at(task) for task in {*plan.tasks, *gone, *self._kept}])

    async def _ours(self) -> dict[UUID, int]:
        """The tasks of the plan that came from this file, with their numbers there."""
        plan = await self._plan()
        states = await self._session.load_all([TASK.at(task) for task in plan.tasks])
        found = {}
        for task, state in zip(plan.tasks, states, strict=True):
            number = (state.external_id or "").removeprefix(EXTERNAL)
            if number.isdecimal() and task == self._ids.task(int(number)):
                found[task] = int(number)
        return found

    async def _unlinkings(self) -> list[Command]:
        """Links that came from the file and are not in it any more."""
        plan, ours = await self._plan(), await self._ours()
        gone = (
            id_ for id_, link in plan.links.items()
            if id_ not in self._links and link.predecessor in ours and link.successor in ours
            and id_ == self._ids.link(ours[link.predecessor], ours[link.successor])
        )  # fmt: skip
        return [UnlinkTasks(project=self._project, link=id_) for id_ in gone]

    async def _structure(self, progress: Callable[[int], None]) -> AsyncIterator[tuple[Command, str]]:
        """Puts all tasks where they belong, parents first, and takes away those that the file does not have."""
        previous: dict[int | None, UUID] = {}
        revived: list[UUID] = []
        for done, task in enumerate(self._file.tasks, 1):
            id_, plan = self._ids.task(task.uid), await self._plan()
            if id_ not in plan.tasks and (root := plan.deleted_with(id_)):
                revived.append(root)
                yield RestoreTask(project=self._project, task=root), _about(task)
            async for command in self._placing(task, id_, previous):
                yield command, _about(task)
            previous[task.parent] = id_
            progress(done)
        for command in await self._unlinkings():  # they came back with a task
            yield command, "a link that the file does not have any more"
        async for command in self._deletions(revived):
            yield command, "a task that the file does not have any more"

    async def _placing(self, task: FileTask, id_: UUID, previous: dict[int | None, UUID]) -> AsyncIterator[Command]:
        """Puts a task behind the one before it in the file, fit to have tasks below it where it has."""
        plan, behind = await self._plan(), previous.get(task.parent)
        parent = None if task.parent is None else self._ids.task(task.parent)
        if id_ not in plan.tasks:
            yield self._adding(task, id_, parent, _place(plan, parent, behind, id_))
            return
        if plan.tasks[id_].parent != parent or not _behind(plan, parent, behind, id_):
            place = _place(plan, parent, behind, id_)
            move = MoveTask(project=self._project, task=id_, parent=parent, position=place)
            async for command in self._freeing(move):
                yield command
            yield move
        if task.uid in self._summaries and not plan.is_summary(id_):
            async for command in self._taking_back(id_):
                yield command
            yield SetConstraint(project=self._project, task=id_, constraint=task.constraint)

    async def _freeing(self, move: MoveTask) -> AsyncIterator[Command]:
        """Links of the file that stand in the way of a move only until others have moved. They are made again."""
        while isinstance(refusal := await self._tried(move), Failure) and refusal.code is Code.LINK_CYCLE:
            plan, cycle = await self._plan(), [UUID(task) for task in refusal.details["cycle"]]
            around = (plan.link_between(*ends) for ends in pairwise(cycle))
            ours = [link for link in around if link in self._links]
            if not ours:
                return
            yield UnlinkTasks(project=self._project, link=ours[0])

    def _adding(self, task: FileTask, id_: UUID, parent: UUID | None, place: int | None) -> AddTask:
        duration = {} if task.duration is None else {"duration": task.duration}
        return AddTask(
            project=self._project,
            task=id_,
            parent=parent,
            position=place,
            name=task.name,
            notes=task.notes,
            constraint=task.constraint,
            external_id=f"{EXTERNAL}{task.uid}",
            **duration,
        )

    async def _deletions(self, revived: list[UUID]) -> AsyncIterator[Command]:
        """Tasks that came from the file and are not in it any more; what was made by hand below them stays.

        `revived` are those that came back only because a task of the file was deleted with them.
        """
        plan, ours = await self._plan(), await self._ours()
        gone = (set(ours) - self._kept) | {root for root in revived if root in plan.tasks and root not in self._kept}
        roots = [task for task in plan.tasks if task in gone and gone.isdisjoint(plan.ancestors(task))]
        for root in roots:
            for task in plan.subtree(root):
                if root not in revived and task not in gone and plan.tasks[task].parent in gone:
                    yield MoveTask(project=self._project, task=task, parent=plan.tasks[root].parent)
            yield DeleteTask(project=self._project, task=root)

    def _attributes(self, task: FileTask, plan: PlanState) -> Iterator[Command]:
        """Only when all stand where they belong: what was a summary may be a leaf now, and the other way round."""
        id_ = self._ids.task(task.uid)
        yield UpdateTask(project=self._project, task=id_, name=task.name, notes=task.notes)
        yield SetConstraint(project=self._project, task=id_, constraint=task.constraint)
        if task.duration is not None and not plan.is_summary(id_):
            yield SetDuration(project=self._project, task=id_, duration=task.duration)

    async def _linking(self, link: FileLink) -> Command:
        ends = self._ids.task(link.predecessor), self._ids.task(link.successor)
        if present := (await self._plan()).link_between(*ends):
            return ChangeLink(project=self._project, link=present, type=link.type, lag=link.lag)
        id_ = self._ids.link(link.predecessor, link.successor)
        return LinkTasks(
            project=self._project, link=id_, predecessor=ends[0], successor=ends[1], type=link.type, lag=link.lag
        )

    async def _progress_of(self, task: FileTask) -> AsyncIterator[Command]:
        id_ = self._ids.task(task.uid)
        if task.percent_complete or task.actual_start:
            yield RecordProgress(
                project=self._project,
                task=id_,
                percent_complete=task.percent_complete,
                actual_start=task.actual_start,
                actual_finish=task.actual_finish,
            )
        else:
            async for command in self._taking_back(id_):
                yield command

    async def _taking_back(self, task: UUID) -> AsyncIterator[Command]:
        """As if nothing had been done."""
        if (await self._session.load(TASK.at(task))).has_progress:
            yield RecordProgress(project=self._project, task=task, percent_complete=0)


def _about(task: FileTask) -> str:
    return f"line {task.line}, task {task.name!r}"


def _siblings(plan: PlanState, parent: UUID | None, without: UUID) -> list[UUID]:
    return [task for _, task in plan.children.get(parent, ()) if task != without]


def _place(plan: PlanState, parent: UUID | None, behind: UUID | None, task: UUID) -> int | None:
    """The position right behind another sibling; the end when that is the last one anyway."""
    siblings = plan.children.get(parent, ())
    if behind is None:
        return 1 if siblings else None
    if siblings[-1][1] == behind:
        return None
    return _siblings(plan, parent, task).index(behind) + 2


def _behind(plan: PlanState, parent: UUID | None, other: UUID | None, task: UUID) -> bool:
    if other is None:
        return True
    siblings = [child for _, child in plan.children.get(parent, ())]
    return siblings.index(other) < siblings.index(task)
