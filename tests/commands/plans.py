"""Plans for tests of decisions, and the network spelled out: every link of a summary as one of all its leaves."""

from collections.abc import Iterable
from uuid import UUID

from src.commands.breakdown import PLAN, Link, PlanState
from src.events.plan import PlanEvent, TaskPlaced, TasksLinked
from src.scheduling import Lag, LinkType


def task_id(number: int) -> UUID:
    """The ids of tests are small numbers."""
    return UUID(int=number)


def folded(plan: PlanState, *events: PlanEvent) -> PlanState:
    """The plan after these events; versions do not matter here."""
    for event in events:
        plan = PLAN.evolve(plan, event, 1)
    return plan


def placed(plan: PlanState, task: UUID, parent: UUID | None) -> PlanState:
    """A new task at the end of the children of its parent."""
    return folded(plan, TaskPlaced(task=task, parent=parent, rank=plan.rank_at(parent, None)))


def linked(plan: PlanState, predecessor: UUID, successor: UUID, link: UUID | None = None) -> PlanState:
    """The link, whether it may be or not."""
    id_ = link or UUID(int=1000 + len(plan.links))
    event = TasksLinked(link=id_, predecessor=predecessor, successor=successor, type=LinkType.FINISH_START, lag=Lag())
    return folded(plan, event)


def leaves(plan: PlanState, task: UUID) -> set[UUID]:
    """The tasks below it that have none below them; itself when it has none."""
    return {below for below in plan.subtree(task) if below not in plan.children}


def expanded(plan: PlanState, links: Iterable[Link] | None = None) -> dict[UUID, set[UUID]]:
    """Which leaf leads to which."""
    network: dict[UUID, set[UUID]] = {}
    for link in plan.links.values() if links is None else links:
        for leaf in leaves(plan, link.predecessor):
            network.setdefault(leaf, set()).update(leaves(plan, link.successor))
    return network


def reached(network: dict[UUID, set[UUID]], start: set[UUID]) -> set[UUID]:
    """All leaves that one gets to, those of the start among them."""
    found, waiting = set(start), list(start)
    while waiting:
        for leaf in network.get(waiting.pop(), set()) - found:
            found.add(leaf)
            waiting.append(leaf)
    return found


def cyclic(plan: PlanState) -> bool:
    """Whether some leaf waits for itself."""
    network = expanded(plan)
    return any(leaf in reached(network, following) for leaf, following in network.items())
