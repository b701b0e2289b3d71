"""Cycles in the network expanded through summaries: a link of a summary is a link of all its leaves.

Each task is two points, where it begins and where it ends. The begin of a summary leads to the begins of
its children, the begin of a leaf to its end, the end of a child to the end of its parent, and the end of
a predecessor to the begin of its successor, whatever the type of the link. A cycle there is a cycle in
the expanded network, and the other way round, and it is found in time linear in tasks and links; to
expand the links is not. The points are walked where they are: to build a graph for a library costs more
than the search.
"""

from collections import deque
from collections.abc import Iterator
from uuid import UUID

from .breakdown import PlanState

_Point = tuple[UUID, bool]  # the task, and whether it is its end


def path_between(plan: PlanState, begin: UUID, end: UUID) -> list[UUID] | None:
    """The shortest chain of tasks from the begin of one to the end of another; None when there is none."""
    return _path(plan, (begin, False), (end, True))


def cycle_by_move(plan: PlanState, task: UUID) -> list[UUID] | None:
    """The cycle that a task's place in this plan closes: through its parent, around its own begin or end."""
    parent = plan.tasks[task].parent
    if parent is None:
        return None
    return _path(plan, (task, False), (parent, False)) or _path(plan, (parent, True), (task, True))


def _path(plan: PlanState, start: _Point, goal: _Point) -> list[UUID] | None:
    came_from: dict[_Point, _Point | None] = {start: None}
    waiting = deque([start])
    while waiting:
        point = waiting.popleft()
        if point == goal:
            return _tasks(came_from, point)
        for following in _following(plan, point):
            if following not in came_from:
                came_from[following] = point
                waiting.append(following)
    return None


def _following(plan: PlanState, point: _Point) -> Iterator[_Point]:
    task, is_end = point
    if is_end:
        parent = plan.tasks[task].parent
        if parent is not None:
            yield parent, True
        for link in plan.outgoing.get(task, ()):
            yield plan.links[link].successor, False
    elif children := plan.children.get(task):
        for _, child in children:
            yield child, False
    else:
        yield task, True


def _tasks(came_from: dict[_Point, _Point | None], point: _Point) -> list[UUID]:
    tasks: list[UUID] = []
    step: _Point | None = point
    while step is not None:
        if not tasks or tasks[-1] != step[0]:
            tasks.append(step[0])
        step = came_from[step]
    return tasks[::-1]
