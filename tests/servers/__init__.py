"""Real servers for tests and benchmarks: PostgreSQL and Redis, started on demand and gone with the process."""

from .postgresql import PostgreSQL
from .process import ServerError
from .redis import Redis

__all__ = ["PostgreSQL", "Redis", "ServerError"]
