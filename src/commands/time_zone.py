"""The names of time zones, looked up once: that reads hundreds of files."""

from functools import cache
from zoneinfo import available_timezones


@cache
def time_zones() -> frozenset[str]:
    """All IANA time zones that there are here."""
    return frozenset(available_timezones())
