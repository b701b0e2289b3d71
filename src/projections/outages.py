"""Tells a database that could not be used from an event that could not be applied."""

import asyncpg
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

_VALUES = ("22", "23")
"""The classes of SQLSTATE that speak of values: data exceptions and broken constraints."""


def is_outage(error: Exception) -> bool:
    """Whether the database could not be reached or used, and not: was given a value that it does not take."""
    match error:
        case OperationalError() | PoolTimeoutError() | OSError() | asyncpg.InternalClientError():
            return True
        case asyncpg.PostgresError():
            return not (error.sqlstate or "").startswith(_VALUES)
        case asyncpg.InterfaceError():
            return not isinstance(error, ValueError)
        case DataError() | IntegrityError():
            return False
        case DBAPIError():
            state = getattr(error.orig, "sqlstate", None)
            if state is None:
                return error.connection_invalidated or isinstance(error, InterfaceError)
            return not state.startswith(_VALUES)
        case _:
            return False
