# These names and fields are the stored format: add, never change.
"""What is cleared away beside the log, which itself never loses anything."""

from pydantic import AwareDatetime

from .event import Event


class SweepOrdered(Event):
    """From here on nobody counts on outcomes, or on keys of persons never registered, from before these times."""

    outcomes_before: AwareDatetime
    keys_before: AwareDatetime
