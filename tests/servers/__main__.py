"""Both servers for a shell: prints what to export, and runs until it is told to end."""

import signal
from contextlib import suppress

from . import PostgreSQL, Redis

for ending in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(ending, signal.default_int_handler)

with suppress(KeyboardInterrupt), PostgreSQL(own=True) as postgresql, Redis(own=True) as redis:
    print(f"export PROJECTORY_TEST_DATABASE_URL={postgresql.url}")
    print(f"export PROJECTORY_TEST_REDIS_URL={redis.url}", flush=True)
    signal.pause()
