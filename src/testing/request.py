"""A request as a test states it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Request:
    """Without a slash in front the path is within the API."""

    method: str
    path: str
    json: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


def request(method: str, path: str, json: Any = None, **headers: str) -> Request:
    """A request; headers are keywords: if_match is If-Match. The path may end in a query."""
    return Request(method, path, json, {name.replace("_", "-"): value for name, value in headers.items()})
