# These names and fields are the stored format: add, never change.
"""What happens to a plan: the breakdown of its tasks and the links between them.

`rank` orders the children of one parent: byte-wise, then by task id. A rank between any two others
exists always, so nothing else is touched when a task is put between its siblings.
"""

from uuid import UUID

from ..scheduling import Lag, LinkType
from .event import Event


class TaskPlaced(Event):
    task: UUID
    parent: UUID | None = None
    rank: str


class TaskMoved(Event):
    task: UUID
    parent: UUID | None = None
    rank: str


class TasksDeleted(Event):
    """`subtree` lists the task itself and all below it, parents first; `links` all of theirs."""

    task: UUID
    subtree: tuple[UUID, ...]
    links: tuple[UUID, ...]


class TasksRestored(Event):
    """`links` are those that came back; one whose other end is gone, or that closes a cycle, does not."""

    task: UUID
    parent: UUID | None = None
    rank: str
    subtree: tuple[UUID, ...]
    links: tuple[UUID, ...]


class TasksLinked(Event):
    link: UUID
    predecessor: UUID
    successor: UUID
    type: LinkType
    lag: Lag


class LinkChanged(Event):
    link: UUID
    type: LinkType
    lag: Lag


class TasksUnlinked(Event):
    link: UUID


PlanEvent = TaskPlaced | TaskMoved | TasksDeleted | TasksRestored | TasksLinked | LinkChanged | TasksUnlinked
