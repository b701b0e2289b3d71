"""The network of a plan: its activities, the dependencies between them, and an order in which each can be computed.

Each task is two points, its begin and its end. The begin of a summary comes before the begins of its children, their
ends before its end, and the end of a predecessor before the begin of its successor, whatever the type of the link.
"""

from collections.abc import Iterator
from uuid import UUID

from .activity import Activity, Calendars, activity_of, take_actuals
from .dependency import dependency_of
from .plan import Plan, PlannedTask
from .scheduled import ScheduleCode, UnschedulableError


class Network:
    """Made from a plan. Raises UnschedulableError for a cycle, and for calendars that are of no use."""

    def __init__(self, plan: Plan) -> None:
        calendars = Calendars(plan)
        self.activities: dict[UUID, Activity] = {}
        children: dict[Activity, list[Activity]] = {}
        parents = {task.parent for task in plan.tasks}
        for task in _parents_first(plan.tasks):
            parent = None if task.parent is None else self.activities.get(task.parent)
            made = self.activities[task.id] = activity_of(task, parent, calendars, summary=task.id in parents)
            if parent is not None:
                children.setdefault(parent, []).append(made)
        for activity in self.activities.values():
            activity.children = children.get(activity, ())
            if not activity.children:
                take_actuals(activity)
        for link in plan.links:
            predecessor, successor = self.activities.get(link.predecessor), self.activities.get(link.successor)
            if predecessor is not None and successor is not None:
                dependency = dependency_of(link, predecessor, successor)
                successor.incoming.append(dependency)
                predecessor.outgoing.append(dependency)
        self.order, self.ends = self._ordered()

    def points(self) -> Iterator[tuple[Activity, bool]]:
        """All points, those that others follow from first: the activity, and whether it is its end."""
        return zip(self.order, self.ends, strict=True)

    def points_backward(self) -> Iterator[tuple[Activity, bool]]:
        """The same, those that follow from others first."""
        return zip(reversed(self.order), reversed(self.ends), strict=True)

    def let_go(self) -> None:
        """Takes it apart, so that all of it goes with the network: circles would be left, for a search for garbage."""
        for activity in self.activities.values():
            activity.children = ()
            activity.incoming.clear()
            activity.outgoing.clear()

    def _ordered(self) -> tuple[list[Activity], list[bool]]:
        """The activities of all points in order, and which of the points are ends."""
        begins, ends = {}, {}
        for activity in self.activities.values():
            begins[activity] = len(activity.incoming) + (activity.parent is not None)
            ends[activity] = len(activity.children) or 1
        ready = [activity for activity, count in begins.items() if not count]
        are_ends = [False] * len(ready)

        def reached(activity: Activity, end: bool) -> None:
            waits = ends if end else begins
            waits[activity] -= 1
            if not waits[activity]:
                ready.append(activity)
                are_ends.append(end)

        for activity, end in zip(ready, are_ends, strict=False):  # both grow while they are walked
            if end:
                if activity.parent is not None:
                    reached(activity.parent, True)
                for dependency in activity.outgoing:
                    reached(dependency.successor, False)
            elif activity.children:
                for child in activity.children:
                    reached(child, False)
            else:
                reached(activity, True)
        if len(ready) < 2 * len(self.activities):
            stuck = tuple(activity.task.id for activity, count in begins.items() if count)
            raise UnschedulableError(ScheduleCode.LINK_CYCLE, "tasks of the plan wait for each other", stuck)
        return ready, are_ends


def _parents_first(tasks: tuple[PlannedTask, ...]) -> Iterator[PlannedTask]:
    """The tasks, each after its parent; those whose parent is not there stand at the top."""
    there = {task.id for task in tasks}
    children: dict[UUID | None, list[PlannedTask]] = {}
    for task in tasks:
        children.setdefault(task.parent if task.parent in there else None, []).append(task)
    waiting = children.get(None, [])[::-1]
    while waiting:
        task = waiting.pop()
        yield task
        waiting += children.get(task.id, [])[::-1]
