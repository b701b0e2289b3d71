"""The shared database for the tests of queries."""

from tests.sharing import shared, shared_postgresql_settings, shared_settings, shared_sqlite_settings

__all__ = ["shared", "shared_postgresql_settings", "shared_settings", "shared_sqlite_settings"]
