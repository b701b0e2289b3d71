"""The `eventsourcing` library: all that is used of it, opened by its own factory with its own defaults.

It is an extra of the project, so a type checker may see it or not: the comments on the imports allow for both.
"""

from eventsourcing.application import Application
from eventsourcing.domain import DomainEvent
from eventsourcing.persistence import (
    ApplicationRecorder,
    InfrastructureFactory,
    StoredEvent,
    Tracking,
)
from eventsourcing.postgres import (
    PostgresDatastore,
    PostgresTrackingRecorder,
)
from eventsourcing.projection import Projection, ProjectionRunner
from eventsourcing.utils import Environment
from psycopg.sql import SQL
from sqlalchemy import make_url

__all__ = [
    "SQL",
    "Application",
    "ApplicationRecorder",
    "DomainEvent",
    "InfrastructureFactory",
    "PostgresDatastore",
    "PostgresTrackingRecorder",
    "Projection",
    "ProjectionRunner",
    "StoredEvent",
    "Tracking",
    "environment",
]


def environment(url: str, pool_size: int = 5) -> Environment:
    """Five connections are the library's default, and more on demand; ten more are its default too.

    Its database functions are off, which is also the default. With them on it appends some three times as fast and
    gives up what the comparison is about: readers can miss an event that is committed out of order.
    """
    where = make_url(url)
    return Environment(
        env={
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": where.database or "",
            "POSTGRES_HOST": where.host or "",
            "POSTGRES_PORT": str(where.port),
            "POSTGRES_USER": where.username or "",
            "POSTGRES_PASSWORD": where.password or "",
            "POSTGRES_POOL_SIZE": str(pool_size),
        }
    )
