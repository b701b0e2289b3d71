"""What a file of Jira says, as plain values, whichever form it has."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

Value = str | tuple[str, ...]
"""What a field holds: a text, or several."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as Jira knows them; `id` is what changes name them by, `login` what they sign in with."""

    id: str
    login: str
    name: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One field in a change. Of what has an id as well as a text, both are here; None: nothing."""

    field: str
    custom: bool
    before: str | None
    before_text: str | None
    after: str | None
    after_text: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody did to an issue at one moment; `author` is the id of a person, None where Jira has none."""

    id: str
    at: datetime
    author: str | None
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue with its changes in order of time, and what its fields are in the end, as far as the file says.

    `state` has a field by the name that changes use; one that is None is known to be empty. `start` is what the
    creation itself tells, where nothing else does.
    """

    key: str
    id: str | None
    created: datetime
    creator: str | None
    changes: tuple[Change, ...]
    state: Mapping[str, Value | None]
    updated: datetime | None
    line: int
    start: Mapping[str, Value] = field(default_factory=dict)

    @property
    def keys(self) -> list[str]:
        """All keys that it ever had, the first one first."""
        moved = [item for change in self.changes for item in change.items if item.field == "Key"]
        found = [key for item in moved for key in (item.before_text, item.after_text) if key]
        return list(dict.fromkeys([*found, self.key]))

    @property
    def identity(self) -> str:
        """What it is known by for ever: its number in Jira or, where the file has none, its first key."""
        return f"id:{self.id}" if self.id else f"key:{self.keys[0]}"


@dataclass(frozen=True)
class JiraFile:
    """All that was read. `projects` are the names of Jira projects by their keys, as far as the file has them."""

    name: str
    issues: tuple[Issue, ...]
    people: Mapping[str, Person]
    projects: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def changes(self) -> int:
        """Creations, and fields that were changed."""
        return len(self.issues) + sum(len(change.items) for issue in self.issues for change in issue.changes)


def prefix(key: str) -> str:
    """The key of the Jira project that an issue of this key is in."""
    return key.rpartition("-")[0]


def clean(text: str | None, limit: int, cut: Counter[str]) -> str | None:
    """The text as it can be kept: without controls, cut at the limit, which is counted; None where nothing is left."""
    if text is None:
        return None
    text = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(text) > limit:
        cut[CUT] += 1
    return text[:limit] or None


CUT = "cut texts"
