"""What the figures were measured on, without saying where."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from tests.servers import PostgreSQL

_LIBRARIES = ("asyncpg", "eventsourcing", "psycopg", "pydantic", "sqlalchemy", "uvloop")


def describe(server: PostgreSQL) -> dict[str, Any]:
    return {
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "postgresql": server.version,
        "libraries": {name: version(name) for name in _LIBRARIES},
        "date": datetime.now(UTC).date().isoformat(),
    }
