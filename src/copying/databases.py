"""Which of the two databases it is that the settings name."""

from contextlib import AbstractAsyncContextManager

from ..config import Settings
from . import postgresql, sqlite
from .rows import Tables, Target


def reading(settings: Settings) -> AbstractAsyncContextManager[Tables]:
    """The log of one moment, whoever writes meanwhile. On PostgreSQL the application's role may do it.

    Raises DatabaseUnreachableError, also where there is no such file, and SchemaError.
    """
    return sqlite.reading(settings) if settings.embedded else postgresql.reading(settings)


def writing(settings: Settings) -> AbstractAsyncContextManager[Target]:
    """A log to write into, all of it or, when the block raises, nothing. On PostgreSQL only its owner may do it.

    A SQLite file is made and migrated; a PostgreSQL database that is not migrated is refused.
    Raises DatabaseUnreachableError, SchemaError, NotOwnerError and DatabaseInUseError.
    """
    return sqlite.writing(settings) if settings.embedded else postgresql.writing(settings)
