"""Events to stored text and back: canonical JSON out, old schemas raised to the present one on the way in.

Canonical means: UTF-8, keys sorted, no white space, absent instead of null, no floats. The same event
always gives the same bytes, so they can be hashed.
"""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from .catalogue import BY_MODEL, BY_TYPE
from .event import Event

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

UPCASTERS: Mapping[tuple[str, int], Upcaster] = {}
"""(type, schema) to the function that raises stored fields of that schema to the next one."""


class UndecodableEventError(Exception):
    """A stored event that this version cannot read: an unknown type or schema, or damaged data."""


def canonical_json(value: object) -> str:
    """The one text that stands for this value of dicts, lists, strings, ints, booleans and null."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def encode(event: Event) -> tuple[str, int, str]:
    """The type, the schema and the canonical data of an event whose personal fields are sealed already."""
    stored = BY_MODEL[type(event)]
    for field in stored.personal:
        if isinstance(getattr(event, field), str):
            raise TypeError(f"{stored.name}.{field} is personal and was not sealed")
    return stored.name, stored.schema, canonical_json(event.model_dump(mode="json", exclude_none=True))


def decode(type_: str, schema: int, data: str) -> Event:
    """The event that was stored; raises UndecodableEventError."""
    stored = BY_TYPE.get(type_)
    if stored is None or not 1 <= schema <= stored.schema:
        raise UndecodableEventError(f"no event type {type_!r} with schema {schema} is known to this version")
    try:
        if schema == stored.schema:
            return stored.model.model_validate_json(data)
        fields = orjson.loads(data)
        for old in range(schema, stored.schema):
            fields = UPCASTERS[type_, old](fields)
        return stored.model.model_validate(fields)
    except (ValueError, TypeError, LookupError) as error:  # of Pydantic, of the JSON, or of an upcaster
        raise UndecodableEventError(f"the data of a stored {type_} (schema {schema}) does not fit: {error}") from error
