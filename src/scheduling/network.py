"""The network of a plan: its activities, the dependencies between them, and an order in which each can be computed.

Each task is two points, its begin and its end. The begin of a summary comes before the begins of its children, their
ends before its end, and the end of a predecessor before the begin of its successor, whatever the type of the link.
"""

from .activity import Activity, Calendars, activity_of
from .dependency import dependency_of
from .plan import Plan
from .scheduled import ScheduleCode, UnschedulableError

Point = tuple[Activity, bool]
"""An activity, and whether it is its end. Both are one for a task that has none below it."""


class Network:
    """Made from a plan. Raises UnschedulableError for a cycle, and for calendars that are of no use."""

    def __init__(self, plan: Plan) -> None:
        calendars = Calendars(plan)
        # Ids as numbers: these are compared without a call.
        children: dict[int, list[Activity]] = {each.parent.int: [] for each in plan.tasks if each.parent is not None}
        self.activities = [activity_of(task, children.get(task.id.int), calendars) for task in plan.tasks]
        """In the order of the plan."""
        of = {activity.task.id.int: activity for activity in self.activities}
        for activity in self.activities:
            parent = activity.task.parent
            if parent is not None and (above := of.get(parent.int)) is not None:
                activity.parent = above
                children[parent.int].append(activity)
        for link in plan.links:
            predecessor, successor = of.get(link.predecessor.int), of.get(link.successor.int)
            if predecessor is not None and successor is not None:
                dependency = dependency_of(link, predecessor, successor)
                successor.incoming.append(dependency)
                predecessor.outgoing.append(dependency)
        self.points = self._ordered()
        """Those that others follow from first."""

    def let_go(self) -> None:
        """Takes it apart, so that all of it goes with the network: circles would be left, for a search for garbage."""
        for activity in self.activities:
            activity.children = ()
            activity.incoming.clear()
            activity.outgoing.clear()

    def _ordered(self) -> list[Point]:
        for activity in self.activities:
            activity.pending = len(activity.incoming) + (activity.parent is not None)
        points = [(activity, not activity.children) for activity in self.activities if not activity.pending]
        for activity, end in points:  # it grows while it is walked
            parent, following = activity.parent, activity.children
            if not end:
                activity.pending = len(activity.children)
            else:
                following = [dependency.successor for dependency in activity.outgoing]
                if parent is not None:
                    parent.pending -= 1
                    if not parent.pending:
                        points.append((parent, True))
            for each in following:
                each.pending -= 1
                if not each.pending:
                    points.append((each, not each.children))
        reached = {activity for activity, _ in points}
        if stuck := tuple(activity.task.id for activity in self.activities if activity not in reached):
            raise UnschedulableError(ScheduleCode.LINK_CYCLE, "tasks of the plan wait for each other", stuck)
        return points
