"""What the fuzzer is told about this API; it loads this file by its path."""

from typing import Any

import schemathesis
from hypothesis import strategies as st

schemathesis.openapi.format("date-time-local", st.datetimes().map(lambda moment: moment.isoformat()))

# What a schema cannot say: our own rules for values (no control characters, a constraint with its date, dates without
# an offset), not only spaces, addresses that can be written to, no time before 1900, no dates after 2199, integers
# written as integers (24.0 is one to JSON Schema), and how many decimals a number has (to most, no float is a multiple
# of 0.0001; of a decimal written as text the document says it).
BEYOND_SCHEMAS = (
    "Value error, ",
    "String should have at least 1 character",
    "value is not a valid email address",
    "Input should be greater than or equal to 1900",
    "Input should be less than or equal to 2199",
    "Input should be a valid integer",
    "Decimal input should have no more than ",
    "it has to be from `from` on",
)


@schemathesis.check
def what_the_document_allows_is_understood(_context: Any, response: Any, case: Any) -> None:
    """A request that fits the document may be refused by a rule, but not because it does not fit."""
    if case.headers.get("If-Match") == "":  # the fuzzer's shortest text, whatever the pattern
        return
    if response.status_code == 422 and case.meta is not None and case.meta.generation.mode.is_positive:
        problem = response.json()
        understood = problem["code"] not in ("INVALID_REQUEST", "INVALID_IF_MATCH", "IF_MATCH_NOT_SUPPORTED")
        faults = problem["details"].get("faults", [])
        assert understood or (faults and all(f["what"].startswith(BEYOND_SCHEMAS) for f in faults)), problem["detail"]
