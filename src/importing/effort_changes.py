"""The commands that give a task the duration and the resources that a file says, just as it says them.

Of work, units and duration one follows from the others when they change; a file has all three, rounded by the program
that wrote it. So where one differs, the resources leave the task while it is of fixed duration, and come back.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from decimal import Decimal

from ..commands.actual_work import RecordActualWork
from ..commands.assignment import Assign, Unassign
from ..commands.assignment_state import AssignmentState
from ..commands.command import Command
from ..commands.resource_state import RESOURCE
from ..commands.session import Session
from ..commands.task import SetDuration
from ..commands.task_schedule import SetTaskType, SplitTask
from ..commands.task_state import TASK
from ..scheduling import ResourceType, TaskType
from .identities import EXTERNAL, Identities
from .plan_file import FileAssignment, FileResource, FileTask
from .resource_changes import max_units


async def effort_changes(
    task: FileTask, assignments: Sequence[FileAssignment], ids: Identities, session: Session
) -> AsyncIterator[Command]:
    """What a leaf needs. Resources that somebody assigned here stay on it."""
    id_ = ids.task(task.uid)
    state = await session.load(TASK.at(id_))
    wanted = {ids.resource(entry.resource): entry for entry in assignments}
    present = {resource: each for resource, each in state.assignments.items() if each.live}
    longer = task.duration is not None and task.duration != state.duration
    leaving = [
        resource for resource, each in present.items()
        if (_of_file(each) and resource not in wanted)
        or (resource in wanted and (longer or not _same(each, wanted[resource])))
    ]  # fmt: skip
    if leaving or (longer and present):
        yield SetTaskType(project=ids.project, task=id_, type=TaskType.FIXED_DURATION, effort_driven=False)
    for resource in leaving:
        yield Unassign(project=ids.project, task=id_, resource=resource)
    if longer and task.duration is not None:
        if state.splits and state.splits != task.splits:
            yield SplitTask(project=ids.project, task=id_, splits=())
        yield SetDuration(project=ids.project, task=id_, duration=task.duration)
    for resource, entry in wanted.items():
        if resource in leaving or resource not in present:
            yield Assign(
                project=ids.project,
                task=id_,
                resource=resource,
                units=entry.units,
                work=entry.work,
                delay=entry.delay,
                keeps_duration=True,
                external_id=f"{EXTERNAL}{entry.uid}",
            )
    state = await session.load(TASK.at(id_))
    if (state.type, state.effort_driven) != (task.type, task.effort_driven):
        yield SetTaskType(project=ids.project, task=id_, type=task.type, effort_driven=task.effort_driven)


async def work_changes(
    task: FileTask, assignments: Sequence[FileAssignment], ids: Identities, session: Session
) -> AsyncIterator[Command]:
    """The work that was done, where it is not what is known."""
    id_ = ids.task(task.uid)
    state = await session.load(TASK.at(id_))
    for entry in assignments:
        resource = ids.resource(entry.resource)
        each = state.assignments.get(resource)
        if each is None or not each.live:
            continue
        if (entry.actual_work, entry.remaining_work) != (each.actual_work, each.to_come):
            yield RecordActualWork(
                project=ids.project,
                task=id_,
                resource=resource,
                actual_work=entry.actual_work,
                remaining_work=entry.remaining_work,
            )


class Stretched:
    """Resources of which a file assigns more than there is: allowed there, refused here, so there is more meanwhile."""

    def __init__(self, resources: Sequence[FileResource], ids: Identities, session: Session) -> None:
        self._ids = ids
        self._session = session
        self._resources = {ids.resource(each.uid): each for each in resources if each.type is ResourceType.WORK}
        self._more: dict[int, FileResource] = {}

    async def for_(self, command: Command) -> AsyncIterator[Command]:
        """What has to come before the command."""
        if not isinstance(command, Assign) or (resource := self._resources.get(command.resource)) is None:
            return
        state = await self._session.load(RESOURCE.at(command.resource))
        if command.units > state.most_units and state.project == self._ids.project:
            self._more[resource.uid] = resource
            yield max_units(replace(resource, max_units=Decimal(command.units)), self._ids)

    def back(self) -> list[Command]:
        """What has to come in the end."""
        return [max_units(resource, self._ids) for resource in self._more.values()]


def _of_file(assignment: AssignmentState) -> bool:
    return (assignment.external_id or "").startswith(EXTERNAL)


def _same(assignment: AssignmentState, entry: FileAssignment) -> bool:
    return (assignment.units, assignment.work, assignment.delay) == (entry.units, entry.work, entry.delay)
