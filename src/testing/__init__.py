"""Given, when, then for those who build on us, and for our own tests: see docs/testing.md.

It needs no test framework: what is not as expected is an AssertionError with the differences. Requests need httpx,
which comes with `projectory[testing]`.
"""

from .acting import Actor, a_user, context, newcomer, register
from .decision import Decision
from .given import At, Done, Fact, Given, at, done, given
from .memory import NOW, MemoryLog, reservation
from .projected import Projected, RowsOf, rows_of
from .request import Request, request

__all__ = [
    "NOW",
    "Actor",
    "At",
    "Decision",
    "Done",
    "Fact",
    "Given",
    "MemoryLog",
    "Projected",
    "Request",
    "RowsOf",
    "a_user",
    "at",
    "context",
    "done",
    "given",
    "newcomer",
    "register",
    "request",
    "reservation",
    "rows_of",
]
