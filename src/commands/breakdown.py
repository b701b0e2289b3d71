"""The state of a plan: the tree of its tasks, the links between them, and what was deleted of both."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import assert_never
from uuid import UUID

from fractional_indexing import generate_key_between
from immutables import Map

from ..events.plan import (
    LinkChanged,
    PlanEvent,
    TaskMoved,
    TaskPlaced,
    TasksDeleted,
    TasksLinked,
    TasksRestored,
    TasksUnlinked,
)
from ..scheduling import Lag, LinkType
from .aggregate import Aggregate

Children = tuple[tuple[str, UUID], ...]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a task stands. `revision` is the plan's version when it was put there."""

    parent: UUID | None
    rank: str
    revision: int


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it is now. `revision` is the plan's version when it was made or changed."""

    predecessor: UUID
    successor: UUID
    type: LinkType
    lag: Lag
    revision: int


@dataclass(frozen=True, slots=True)
class Removed:
    """What one deletion took away: the subtree with its placements, parents first, and its links."""

    tasks: tuple[tuple[UUID, Placement], ...]
    links: tuple[tuple[UUID, Link], ...]


@dataclass(frozen=True, slots=True)
class PlanState:
    """Persistent maps: a state shares all that did not change with the one before it."""

    tasks: Map[UUID, Placement] = Map()  # noqa: RUF009 - immutable
    children: Map[UUID | None, Children] = Map()  # noqa: RUF009 - immutable
    links: Map[UUID, Link] = Map()  # noqa: RUF009 - immutable
    outgoing: Map[UUID, frozenset[UUID]] = Map()  # noqa: RUF009 - immutable
    incoming: Map[UUID, frozenset[UUID]] = Map()  # noqa: RUF009 - immutable
    removed: Map[UUID, Removed] = Map()  # noqa: RUF009 - immutable

    def is_summary(self, task: UUID) -> bool:
        return task in self.children

    def ancestors(self, task: UUID) -> Iterator[UUID]:
        """The parent, its parent, and so on; not the task itself."""
        parent = self.tasks[task].parent
        while parent is not None:
            yield parent
            parent = self.tasks[parent].parent

    def subtree(self, task: UUID) -> list[UUID]:
        """The task and all below it, parents before children, siblings in order."""
        found, waiting = [], [task]
        while waiting:
            found.append(waiting.pop())
            waiting.extend(child for _, child in reversed(self.children.get(found[-1], ())))
        return found

    def height(self, task: UUID) -> int:
        """How many levels the subtree has: 1 for a leaf."""
        height, level = 0, [task]
        while level:
            height += 1
            level = [child for parent in level for _, child in self.children.get(parent, ())]
        return height

    def depth(self, parent: UUID | None) -> int:
        """The outline level of a child of this parent: 1 at the top."""
        return 1 if parent is None else 2 + sum(1 for _ in self.ancestors(parent))

    def links_of(self, tasks: Iterable[UUID]) -> list[UUID]:
        """All links that begin or end at one of the tasks, each once."""
        return list(
            dict.fromkeys(
                link for task in tasks for side in (self.incoming, self.outgoing) for link in side.get(task, ())
            )
        )

    def link_between(self, predecessor: UUID, successor: UUID) -> UUID | None:
        both = self.outgoing.get(predecessor, frozenset()) & self.incoming.get(successor, frozenset())
        return next(iter(both), None)

    def deleted_link(self, link: UUID) -> bool:
        """Whether the link went with a deleted task, and may come back with it."""
        return any(id_ == link for gone in self.removed.values() for id_, _ in gone.links)

    def deleted_with(self, task: UUID) -> UUID | None:
        """The root of the deletion that took the task away."""
        return next((root for root, gone in self.removed.items() if any(t == task for t, _ in gone.tasks)), None)

    def rank_at(self, parent: UUID | None, position: int | None, moving: UUID | None = None) -> str:
        """The rank of a task put at the position (1 is first; None or beyond the end is last) below the parent."""
        siblings = self.children.get(parent, ())
        if position is None and (not siblings or siblings[-1][1] != moving):
            return _rank_between(siblings[-1][0] if siblings else None, None)
        others = [rank for rank, task in siblings if task != moving]
        place = len(others) if position is None else min(position - 1, len(others))
        before = others[place - 1] if place else None
        after = next((rank for rank in others[place:] if before is None or rank > before), None)
        return _rank_between(before, after)

    def free_rank(self, parent: UUID | None, rank: str) -> str:
        """The rank, or where another child of the parent has it meanwhile one right behind it."""
        behind = [other for other, _ in self.children.get(parent, ()) if other >= rank]
        if not behind or behind[0] != rank:
            return rank
        return _rank_between(rank, next((other for other in behind if other > rank), None))

    def wbs(self, task: UUID) -> str:
        """The outline number, such as 2.1.3."""
        numbers, child = [], task
        for parent in (*self.ancestors(task), None):
            siblings = self.children[parent]
            numbers.append(str(bisect_left(siblings, (self.tasks[child].rank, child)) + 1))
            child = parent if parent is not None else child
        return ".".join(reversed(numbers))


def _rank_between(before: str | None, after: str | None) -> str:
    return str(generate_key_between(before, after))


def _placed(state: PlanState, task: UUID, placement: Placement) -> PlanState:
    siblings = list(state.children.get(placement.parent, ()))
    insort(siblings, (placement.rank, task))
    return replace(
        state,
        tasks=state.tasks.set(task, placement),
        children=state.children.set(placement.parent, tuple(siblings)),
    )


def _taken_out(state: PlanState, task: UUID) -> PlanState:
    placement = state.tasks[task]
    parent, siblings = placement.parent, state.children[placement.parent]
    place = bisect_left(siblings, (placement.rank, task))
    siblings = siblings[:place] + siblings[place + 1 :]
    children = state.children.set(parent, siblings) if siblings else state.children.delete(parent)
    return replace(state, tasks=state.tasks.delete(task), children=children)


def _linked(state: PlanState, id_: UUID, link: Link) -> PlanState:
    out, into = state.outgoing, state.incoming
    return replace(
        state,
        links=state.links.set(id_, link),
        outgoing=out.set(link.predecessor, out.get(link.predecessor, frozenset()) | {id_}),
        incoming=into.set(link.successor, into.get(link.successor, frozenset()) | {id_}),
    )


def _unlinked(state: PlanState, id_: UUID) -> PlanState:
    link = state.links[id_]
    return replace(
        state,
        links=state.links.delete(id_),
        outgoing=_without(state.outgoing, link.predecessor, id_),
        incoming=_without(state.incoming, link.successor, id_),
    )


def _without(side: Map[UUID, frozenset[UUID]], task: UUID, link: UUID) -> Map[UUID, frozenset[UUID]]:
    left = side[task] - {link}
    return side.set(task, left) if left else side.delete(task)


def _deleted(state: PlanState, event: TasksDeleted) -> PlanState:
    gone = Removed(
        tuple((task, state.tasks[task]) for task in event.subtree),
        tuple((link, state.links[link]) for link in event.links),
    )
    for link in event.links:
        state = _unlinked(state, link)
    state = _taken_out(state, event.task)
    tasks, children = state.tasks, state.children
    for task in event.subtree[1:]:
        tasks = tasks.delete(task)
    for task in event.subtree:
        if task in children:
            children = children.delete(task)
    return replace(state, tasks=tasks, children=children, removed=state.removed.set(event.task, gone))


def _restored(state: PlanState, event: TasksRestored, version: int) -> PlanState:
    gone = state.removed[event.task]
    for task, placement in gone.tasks:
        root = task == event.task
        parent, rank = (event.parent, event.rank) if root else (placement.parent, placement.rank)
        state = _placed(state, task, Placement(parent, rank, version))
    links = dict(gone.links)
    for link in event.links:
        state = _linked(state, link, replace(links[link], revision=version))
    return replace(state, removed=state.removed.delete(event.task))


def _evolve(state: PlanState, event: PlanEvent, version: int) -> PlanState:
    match event:
        case TaskPlaced():
            return _placed(state, event.task, Placement(event.parent, event.rank, version))
        case TaskMoved():
            return _placed(_taken_out(state, event.task), event.task, Placement(event.parent, event.rank, version))
        case TasksDeleted():
            return _deleted(state, event)
        case TasksRestored():
            return _restored(state, event, version)
        case TasksLinked():
            link = Link(event.predecessor, event.successor, event.type, event.lag, version)
            return _linked(state, event.link, link)
        case LinkChanged():
            changed = replace(state.links[event.link], type=event.type, lag=event.lag, revision=version)
            return replace(state, links=state.links.set(event.link, changed))
        case TasksUnlinked():
            return _unlinked(state, event.link)
        case _:
            assert_never(event)


PLAN = Aggregate("plan", PlanState(), _evolve)
