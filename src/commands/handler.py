"""How a command is handled: what is loaded for it, and which pure decision it is given to."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from .command import Command, Context
from .result import Result
from .session import Session


def no_tag(_command: Command, _session: Session, _context: Context) -> None:
    """For commands after which nothing that has a revision is at hand."""


@dataclass(frozen=True)
class Handler:
    """One command's entry in the registry.

    `queue` names the stream on which its writers wait for each other, `tag` gives the revision that its
    target has after the decision: what the next caller's expectation is compared with.
    """

    name: str
    command: type[Command]
    handle: Callable[[Any, Session, Context], Awaitable[Result]]
    queue: Callable[[Any, Context], str]
    tag: Callable[[Any, Session, Context], str | None] = no_tag
