"""How decimals are asked for: as text, that no reader of JSON rounds, or as a number."""

from typing import Any

from pydantic import WithJsonSchema

_PLACES = r"(\.[0-9]{1,4})?"
_FRACTION = r"0\.([1-9][0-9]{0,3}|0[1-9][0-9]{0,2}|00[1-9][0-9]?|000[1-9])"
MOST_UNITS = 1_000_000


def units_asked(*, none: bool) -> WithJsonSchema:
    """Units of a resource: up to a million, with up to four decimals; `none`: 0 is some as well."""
    whole = rf"[0-9]{{1,6}}{_PLACES}" if none else rf"[1-9][0-9]{{0,5}}{_PLACES}|{_FRACTION}"
    least = {"minimum": 0} if none else {"exclusiveMinimum": 0}
    return _as_asked(rf"^({whole}|{MOST_UNITS}(\.0{{1,4}})?)$", {**least, "maximum": MOST_UNITS})


def money_asked(digits: int) -> WithJsonSchema:
    """An amount with so many digits before the point, and up to four behind it."""
    return _as_asked(rf"^[0-9]{{1,{digits}}}{_PLACES}$", {"minimum": 0, "exclusiveMaximum": 10**digits})


def _as_asked(pattern: str, bounds: dict[str, int]) -> WithJsonSchema:
    """What pydantic says of a decimal has look-aheads, that not everybody who reads a document understands."""
    forms: list[dict[str, Any]] = [{"type": "string", "pattern": pattern}, {"type": "number", **bounds}]
    return WithJsonSchema({"anyOf": forms}, mode="validation")
