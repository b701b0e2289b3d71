"""What follows from a change of duration, units or work on a task, for the others of the three."""

from collections.abc import Mapping
from uuid import UUID

from ..events.task import AssignmentUnitsChanged, AssignmentWorkSet, TaskDurationChanged, TaskEvent, TaskModeSet
from ..scheduling import Duration, ResourceType, TaskMode
from ..scheduling.work import Effort, Share
from .codes import Code
from .resource_state import RESOURCE, ResourceState
from .result import Failure
from .session import Session
from .task_state import TaskState

Resources = Mapping[UUID, ResourceState]


def effort_of(state: TaskState) -> Effort:
    """The duration and what the work resources on the task do, by id; materials and costs have no part in it."""
    return Effort(
        state.duration.tenths,
        {
            resource: Share(each.units, each.work, each.delay, each.done)
            for resource, each in sorted(state.assignments.items())
            if each.live and each.type is ResourceType.WORK
        },
    )


async def load_resources(state: TaskState, session: Session) -> Resources:
    """The resources that are on the task, for `refuse_effort`."""
    ids = [resource for resource, each in state.assignments.items() if each.live]
    return dict(zip(ids, await session.load_all([RESOURCE.at(resource) for resource in ids]), strict=True))


def refuse_effort(state: TaskState, before: Effort, after: Effort, resources: Resources) -> Failure | None:
    """The refusal of what no task can have, or of more of a resource than there ever is, where that is new."""
    if not after.possible:
        return Failure(
            Code.WORK_OUT_OF_RANGE,
            "work = duration × units cannot be kept with these amounts: one would have no bounds",
        )
    if after.duration != before.duration:
        duration = state.duration.model_copy(update={"tenths": after.duration})
        if failure := refuse_duration(state, duration):
            return failure
    for resource, share in after.shares.items():
        was, most = before.shares.get(resource), resources[resource].most_units
        if share.units > most and (was is None or share.units > was.units):
            return Failure(
                Code.UNITS_OVER_MAXIMUM,
                f"it would take {share.units} units of {resources[resource].name!r}, of which there are at most {most}",
                {"resource": str(resource), "units": str(share.units), "max_units": str(most)},
            )
    return None


def refuse_duration(state: TaskState, duration: Duration) -> Failure | None:
    """The refusal of a duration in which the interruptions of the task have no place."""
    if not state.splits or (not duration.elapsed and duration.tenths > state.splits[-1].after):
        return None
    last = state.splits[-1].after
    return Failure(
        Code.TASK_IS_SPLIT,
        f"the task is interrupted after {last} tenths of a minute of working time, which must lie within its"
        " duration; take the interruption away first",
        {"after": last},
    )


def duration_events(task: UUID, state: TaskState, duration: Duration) -> list[TaskEvent]:
    """The task lasts so long. Of a manual task that has both dates the start stays."""
    changed = TaskDurationChanged(task=task, duration=duration)
    if state.mode is TaskMode.MANUAL and state.manual_start and state.manual_finish:
        return [changed, TaskModeSet(task=task, mode=state.mode, start=state.manual_start)]
    return [changed]


def effort_events(task: UUID, state: TaskState, before: Effort, after: Effort) -> list[TaskEvent]:
    """What changed, but for who joined or left."""
    events: list[TaskEvent] = []
    if after.duration != before.duration:
        events += duration_events(task, state, state.duration.model_copy(update={"tenths": after.duration}))
    for resource, share in after.shares.items():
        if (was := before.shares.get(resource)) is None:
            continue
        if share.units != was.units:
            events.append(AssignmentUnitsChanged(task=task, resource=resource, units=share.units))
        if share.work != was.work:
            events.append(AssignmentWorkSet(task=task, resource=resource, work=share.work))
    return events
