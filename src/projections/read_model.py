"""What tables of read models are declared with."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import MetaData, Text, Uuid
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from ..events.instant import Instant

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
TYPES = {str: Text(), UUID: Uuid(), datetime: Instant()}


class ReadModel(DeclarativeBase):
    """A table that is projected from the log, as every generation of it is made (tables.py)."""

    metadata = MetaData(naming_convention=NAMING)
    append_only: ClassVar[bool] = False
    """Rows are only ever added: the database refuses to change them."""
    type_annotation_map = TYPES


class Stamped:
    """When the row was made and last changed: the recorded times of the events that did it."""

    created_at: Mapped[datetime] = mapped_column(sort_order=90)
    updated_at: Mapped[datetime] = mapped_column(sort_order=91)
