"""What tables of read models are declared with."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import BigInteger, Connection, Dialect, MetaData, Numeric, Table, Text, Uuid
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

from ..events.instant import Instant

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Amount(TypeDecorator[Decimal]):
    """A column of exact numbers with four places: numeric on PostgreSQL, ten-thousandths on SQLite."""

    impl = Numeric(19, 4)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else Numeric(19, 4))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        return int(value * _PLACES) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:
        return Decimal(value).scaleb(-4) if value is not None and dialect.name == "sqlite" else value


_PLACES = 10_000
TYPES = {str: Text(), UUID: Uuid(), datetime: Instant(), Decimal: Amount()}


class ReadModel(DeclarativeBase):
    """A table that is projected from the log, as every generation of it is made (tables.py)."""

    metadata = MetaData(naming_convention=NAMING)
    append_only: ClassVar[bool] = False
    """Rows are only ever added: the database refuses to change them."""
    versioned: ClassVar[bool] = False
    """Every version of every row is kept, so that the past can be read (versions.py)."""
    listed_by: ClassVar[str | None] = None
    """The column, beside the first of the key, by which rows of the past are looked for; it never changes in a row."""
    told_by: ClassVar[tuple[tuple[str, ...], ...]] = ()
    """The columns of what a row belongs to, by which the versions of all its rows are told one after another."""
    derived: ClassVar[Mapping[str, Any]] = {}
    """Columns that follow from all rows of a project together, with what they hold until they are derived.

    No version has them: a task that moves would give a version to each that comes after it.
    """
    type_annotation_map = TYPES

    @classmethod
    def complete(cls, _connection: Connection, _table: Table) -> Sequence[str]:
        """Adds to a table that was made what a model cannot say by itself; the names of further tables come back."""
        return ()


class Stamped:
    """When the row was made and last changed: the recorded times of the events that did it."""

    created_at: Mapped[datetime] = mapped_column(sort_order=90)
    updated_at: Mapped[datetime] = mapped_column(sort_order=91)
