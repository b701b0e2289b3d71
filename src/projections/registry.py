"""What is kept about projections beside their rows: generations, checkpoints, and what could not be applied."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ColumnElement, MetaData, and_
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from .read_model import NAMING, TYPES

WANTED, BUILDING, ACTIVE, RETIRED, DROPPED = "wanted", "building", "active", "retired", "dropped"
"""A generation is asked for, made and filled, read, read no more, and gone."""
RUNNING, FAULTED = "running", "faulted"
RETRYING = "retrying"
NO_PROJECT = UUID(int=0)
"""Stands in a fault for all that the checkpoint follows."""


class Registry(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = TYPES


class GenerationRow(Registry):
    """A set of tables of one projection, as one version of it fills them; those first that others refer to.

    `speed` is in events a second, as last measured, and `measured_*` what it was measured from.
    """

    __tablename__ = "generations"
    __table_args__ = (
        CheckConstraint("state IN ('wanted', 'building', 'active', 'retired', 'dropped')", name="state_known"),
    )

    projection: Mapped[str] = mapped_column(primary_key=True)
    generation: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int]
    tables: Mapped[list[str]] = mapped_column(JSON)
    state: Mapped[str]
    paused: Mapped[bool]
    error: Mapped[str | None]
    requested_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    measured_at: Mapped[datetime | None]
    measured_events: Mapped[int] = mapped_column(BigInteger)
    speed: Mapped[float]


class CheckpointRow(Registry):
    """How far a bucket has come. The row is the lock that admits one worker to it."""

    __tablename__ = "checkpoints"
    __table_args__ = (CheckConstraint("state IN ('running', 'faulted')", name="state_known"),)

    projection: Mapped[str] = mapped_column(primary_key=True)
    generation: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    bucket: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(BigInteger)
    events: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str]
    updated_at: Mapped[datetime]


class FaultRow(Registry):
    """A project that waits, within its bucket, at an event that could not be applied; or the bucket itself.

    `position` is that of the last event applied, `event` that of the one which was not.
    """

    __tablename__ = "faults"
    __table_args__ = (CheckConstraint("state IN ('faulted', 'retrying')", name="state_known"),)

    projection: Mapped[str] = mapped_column(primary_key=True)
    generation: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    bucket: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    project: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)
    event: Mapped[int] = mapped_column(BigInteger)
    type: Mapped[str]
    error: Mapped[str]
    trace: Mapped[str]
    state: Mapped[str]
    at: Mapped[datetime]


def checkpoint_of(projection: str, generation: int, bucket: int) -> ColumnElement[bool]:
    """The condition for one checkpoint."""
    return and_(
        CheckpointRow.projection == projection, CheckpointRow.generation == generation, CheckpointRow.bucket == bucket
    )
