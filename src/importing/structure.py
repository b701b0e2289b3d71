"""The commands that give a plan the outline that a file has."""

from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import pairwise
from uuid import UUID

from ..commands.assignment import Unassign
from ..commands.breakdown import PLAN, PlanState
from ..commands.codes import Code
from ..commands.command import Command
from ..commands.link import UnlinkTasks
from ..commands.plan import DeleteTask, MoveTask, RestoreTask
from ..commands.progress import RecordProgress
from ..commands.result import Failure, Result
from ..commands.session import Session
from ..commands.task import AddTask, SetConstraint
from ..commands.task_state import TASK
from .identities import EXTERNAL, Identities
from .plan_file import FileTask, PlanFile


class Structure:
    """Finds the commands, each when it is allowed; `tried` says what a command would come to."""

    def __init__(
        self, file: PlanFile, ids: Identities, session: Session, tried: Callable[[Command], Awaitable[Result]]
    ) -> None:
        self._file = file
        self._ids = ids
        self._project = ids.project
        self._session = session
        self._tried = tried
        self._summaries = {task.parent for task in file.tasks if task.parent is not None}
        self._kept = {ids.task(task.uid) for task in file.tasks}
        self._links = {ids.link(link.predecessor, link.successor) for link in file.links}

    async def changes(self, progress: Callable[[int], None]) -> AsyncIterator[tuple[Command, str]]:
        """Puts all tasks where they belong, parents first, and takes away those that the file does not have."""
        await self._load_tasks()
        for command in await self._unlinkings():
            yield command, "a link that the file does not have any more"
        previous: dict[int | None, UUID] = {}
        revived: list[UUID] = []
        for done, task in enumerate(self._file.tasks, 1):
            id_, plan = self._ids.task(task.uid), await self._plan()
            if id_ not in plan.tasks and (root := plan.deleted_with(id_)):
                revived.append(root)
                yield RestoreTask(project=self._project, task=root), words_for(task)
            async for command in self._placing(task, id_, previous):
                yield command, words_for(task)
            previous[task.parent] = id_
            progress(done)
        for command in await self._unlinkings():  # they came back with a task
            yield command, "a link that the file does not have any more"
        async for command in self._deletions(revived):
            yield command, "a task that the file does not have any more"

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
            async for command in taking_back(id_, self._project, self._session):
                yield command
            for resource, each in (await self._session.load(TASK.at(id_))).assignments.items():
                if each.live:
                    yield Unassign(project=self._project, task=id_, resource=resource)
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


async def taking_back(task: UUID, project: UUID, session: Session) -> AsyncIterator[Command]:
    """As if nothing had been done."""
    if (await session.load(TASK.at(task))).has_progress:
        yield RecordProgress(project=project, task=task, percent_complete=0)


def words_for(task: FileTask) -> str:
    """Which task of the file it is."""
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
