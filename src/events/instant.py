"""Instants: UTC to the microsecond, the same on both databases."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, DateTime, Dialect, Interval, func, literal
from sqlalchemy.types import TypeDecorator, TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    return _EPOCH + micros * _MICROSECOND


class Instant(TypeDecorator[datetime]):
    """A column of instants: timestamptz on PostgreSQL, microseconds since 1970 on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        return to_micros(value) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return from_micros(value) if value is not None and dialect.name == "sqlite" else value


def clock(dialect: str, later: timedelta = timedelta()) -> ColumnElement[datetime]:
    """The moment, by the clock that all processes share: the database's; with a SQLite file the machine's."""
    if dialect == "sqlite":
        return literal(datetime.now(UTC) + later, Instant())
    return func.clock_timestamp(type_=DateTime(timezone=True)) + literal(later, Interval())
