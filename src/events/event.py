"""What an event model is, and how its personal fields are marked."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints

from ..scheduling import Value


class Event(BaseModel):
    """Something that happened: a fact, never changed and never refused."""

    model_config = ConfigDict(defer_build=True, frozen=True, extra="forbid")


class Sealed(Value):
    """A personal value as it is stored: encrypted with the key of the person it is about."""

    key: UUID
    box: str


class _PersonalMark:
    """Stands in the annotation of a field whose value must be sealed before it is stored."""


PERSONAL_MARK = _PersonalMark()
Personal = Annotated[str | Sealed, PERSONAL_MARK]
"""A personal field: plain text when it is new, `Sealed` when it was read and not revealed."""

ReservationName = Annotated[str, StringConstraints(pattern=r"^[a-z-]+:[0-9a-f]{64}$")]
"""What a value that must be unique is called in the log: its kind and a keyed digest of it."""
