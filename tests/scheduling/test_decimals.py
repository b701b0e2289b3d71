"""What the document says of decimals is what is taken."""

import re
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from src.commands.resource_rate import Amount
from src.events.resource import MaxUnits
from src.scheduling import Units

WRITTEN = ("0", "0.0000", "0.0001", "0.5", "0.50", "1", "1.2500", "999999.9999", "1000000", "1000000.0")
WRONG = ("", "-1", "1.00001", "1000000.5", "99999999999999", ".", "a")


@pytest.mark.parametrize("kind", [Units, MaxUnits, Amount], ids=["units", "most", "money"])
@pytest.mark.parametrize("text", [*WRITTEN, *WRONG])
def test_the_pattern_is_what_is_taken(kind: Any, text: str) -> None:
    """A decimal as text fits the pattern of the document where the validator takes it."""
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    (pattern,) = [form["pattern"] for form in adapter.json_schema()["anyOf"] if form["type"] == "string"]
    try:
        adapter.validate_python(text)
    except ValidationError:
        assert not re.search(pattern, text)
    else:
        assert re.search(pattern, text)
