"""What a command is, and the circumstances in which it is given."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID, uuid5

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from ..events import MAIN, SYSTEM, Sealed
from ..events.codec import canonical_json
from .permissions import Permission

__all__ = [
    "SYSTEM",
    "Command",
    "Context",
    "ExternalId",
    "Given",
    "Moment",
    "Name",
    "Notes",
    "ProjectCommand",
    "Reason",
    "ScopedCommand",
    "digest",
    "numbered",
    "printable",
]


def printable(text: str) -> str:
    """The text, if it holds nothing that cannot be shown. Raises ValueError."""
    if any((ord(c) < 32 and c not in "\n\t") or c == "\x7f" for c in text):  # noqa: PLR2004 - below space: controls
        raise ValueError("control characters are not allowed; only line breaks and tabs are")
    return text


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=512), AfterValidator(printable)]
Notes = Annotated[str, StringConstraints(max_length=32_000), AfterValidator(printable)]
Reason = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000), AfterValidator(printable)
]
Moment = Annotated[AwareDatetime, Field(ge=datetime(1900, 1, 1, tzinfo=UTC), lt=datetime(9999, 1, 1, tzinfo=UTC))]
"""A moment that every zone has."""
ExternalId = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(printable)]


class Command(BaseModel):
    """Something that somebody wants. Serialisable by its name in the registry and its fields."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid", hide_input_in_errors=True)

    permission: ClassVar[Permission]
    own: ClassVar[bool] = False
    """Whether users may do it to themselves (the field `user`) without the permission."""
    dated: ClassVar[bool] = False
    """Whether it records a dated fact, which may lie in the past."""


class ProjectCommand(Command):
    """A command within a project: the actor's rights there count, and outsiders do not learn that it exists."""

    project: UUID


class ScopedCommand(Command):
    """A command on something that is shared (`project` None) or a project's own.

    What is shared needs `permission`, what is a project's `permission_in_project`, by the actor's rights there.
    """

    permission_in_project: ClassVar[Permission]
    project: UUID | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """Who gives a command, when, from where and why. Clock and ids come in here; deciding takes neither."""

    actor: UUID
    command_id: UUID
    new_id: UUID
    """The id of what the command creates, when the caller gives none."""
    now: datetime
    correlation_id: str
    causation_id: str | None = None
    address: str | None = None
    agent: str | None = None
    reason: str | None = None
    session: UUID | None = None
    """The session or the API key by which the actor came; None in the process itself."""
    expected: int | None = None
    """The revision of the target that the caller has seen."""
    branch: str = MAIN
    effective_at: datetime | None = None
    imported: bool = False
    """Whether this tells what happened elsewhere, at its own time. Only what imports a past sets it, no edge."""
    author: UUID | None = None
    """Who did it there, where the actor is who imports it."""

    def places(self) -> dict[str, str]:
        """Where the actor was, as far as it is known: about a person, so it is sealed."""
        places = {"address": self.address, "agent": self.agent}
        return {name: value for name, value in places.items() if value is not None}

    def metadata(self, command: str, sealed: Mapping[str, Sealed]) -> str:
        """What is stored with each event of a command, as canonical JSON; `sealed` adds what is personal."""
        fields = {
            "actor": str(self.actor),
            "author": self.author and str(self.author),
            "causation_id": self.causation_id,
            "command": command,
            "command_id": str(self.command_id),
            "correlation_id": self.correlation_id,
            "reason": self.reason,
            "session": self.session and str(self.session),
            **{name: value.model_dump(mode="json") for name, value in sealed.items()},
        }
        return canonical_json({name: value for name, value in fields.items() if value is not None})


Given = tuple[Command, Context]
"""A command and its circumstances."""


def numbered(commands: Sequence[Command], context: Context) -> list[Given]:
    """The commands of a bulk in the same circumstances, but that each has an id of its own for what it makes."""
    if len(commands) == 1:
        return [(commands[0], context)]
    return [(each, replace(context, new_id=uuid5(context.new_id, f"{n}"))) for n, each in enumerate(commands, 1)]


def digest(
    commands: Sequence[tuple[str, Command]],
    context: Context,
    key: bytes,
    each: Sequence[Context] = (),
    said: Mapping[str, Any] | None = None,
) -> bytes:
    """What tells two requests under one command id apart: all that the caller said, nothing that we added.

    `each` are the circumstances of the commands, which count where they are imported. `said` stands for the commands
    where they were made from something else, which the caller said.

    It is keyed, so that what was said cannot be guessed from it.
    """
    content: dict[str, Any] = {
        "branch": context.branch,
        "commands": said or [[name, command.model_dump(mode="json", exclude_unset=True)] for name, command in commands],
        "effective_at": context.effective_at and context.effective_at.isoformat(),
        "expected": context.expected,
        "reason": context.reason,
    }
    if context.imported:
        content["past"] = [[str(own.command_id), str(own.effective_at), str(own.author)] for own in each]
    return hmac.digest(key, canonical_json(content).encode(), "sha256")
