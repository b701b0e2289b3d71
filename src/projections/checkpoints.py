"""How far each projection has come, and what stopped it. The row is the lock that admits one worker."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .rows import ReadModel

RUNNING = "running"
FAULTED = "faulted"


class CheckpointRow(ReadModel):
    __tablename__ = "checkpoints"
    __table_args__ = (CheckConstraint(f"state IN ('{RUNNING}', '{FAULTED}')", name="state_known"),)

    projection: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    position: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str]
    error: Mapped[str | None]
    updated_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a projection stands. `lag` counts the events of the log behind its position."""

    projection: str
    version: int
    position: int
    lag: int
    state: str
    error: str | None
    updated_at: datetime | None
