"""What a decision comes to: events, or a refusal."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..events import Event
from .codes import Code


@dataclass(frozen=True, slots=True)
class Warned:
    """Something that the caller should know; the command was accepted."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Success:
    """The events to append, each with its stream. None at all means: it is so already."""

    events: tuple[tuple[str, Event], ...] = ()
    warnings: tuple[Warned, ...] = ()
    ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failure:
    """The command was refused: a stable code, what is wrong in words, and the facts behind it."""

    code: Code
    message: str
    details: Mapping[str, Any] = field(default_factory=dict)


Result = Success | Failure
