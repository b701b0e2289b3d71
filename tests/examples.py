"""How many examples a property is tried on.

What is dear is tried on few of them, so that the suite stays fast; `HYPOTHESIS_PROFILE=long` tries everything on
many times as many.
"""

import os

from hypothesis import settings

_TIMES = 20

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "projectory")
settings.register_profile("projectory", deadline=None)  # how long an example takes is the machine's business
settings.register_profile("long", deadline=None, max_examples=100 * _TIMES)


def examples(usual: int) -> settings:
    """So many, or so many times as many."""
    return settings(max_examples=usual * (_TIMES if PROFILE == "long" else 1), deadline=None)
