"""Databases and servers of the drills."""

from tests.workers.conftest import redis, waking, with_redis

__all__ = ["redis", "waking", "with_redis"]
