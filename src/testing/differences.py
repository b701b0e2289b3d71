"""What differs from what was expected, in lines that can be read."""

import difflib
from collections.abc import Mapping, Sequence
from typing import Any


def same(what: str, expected: Sequence[object], actual: Sequence[object]) -> None:
    """Raises AssertionError with the differences of two lists, an element a line."""
    if list(expected) == list(actual):
        return
    lines = difflib.ndiff([repr(each) for each in expected], [repr(each) for each in actual])
    told = "\n".join(line for line in lines if not line.startswith("?"))
    raise AssertionError(f"{what} not as expected (- expected, + actual)\n{told}")


def holds(what: str, expected: Mapping[str, Any], actual: object) -> None:
    """Raises AssertionError unless all that is expected is there; objects may have more members."""
    if faults := list(_missing(expected, actual, "")):
        raise AssertionError("\n".join([f"{what} not as expected", *faults]))


def _missing(expected: object, actual: object, where: str) -> list[str]:
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        lacking = [f"  {where}{name}: is not there" for name in expected if name not in actual]
        there = [name for name in expected if name in actual]
        return lacking + [f for name in there for f in _missing(expected[name], actual[name], f"{where}{name}.")]
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        pairs = enumerate(zip(expected, actual, strict=True))
        return [fault for n, (e, a) in pairs for fault in _missing(e, a, f"{where}{n}.")]
    if expected == actual:
        return []
    return [f"  {where.rstrip('.')}: expected {expected!r}, is {actual!r}"]
