"""Issues and persons as they come out of files, until all is read: bounded, and each once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from ...commands.task_fields import MAX_FIELD_NAME, MAX_TEXT
from ..limits import MAX_CHANGES, MAX_TASKS
from ..plan_file import ImportRefused, RefusalCode
from .checked import ReadItem
from .values import Change, Issue, Item, Person, Value, clean

_LONGEST_NAME = 500


@dataclass
class Gathered:
    """What was read so far. `left_out` counts by kind what stays behind."""

    now: datetime
    issues: dict[str, Issue] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    projects: dict[str, str] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    _items: int = 0

    def add(self, issue: Issue) -> None:
        """Takes an issue; of one that comes twice, as in two exports, the later state."""
        before = self.issues.get(issue.key)
        if before is None or (issue.updated or issue.created, len(issue.changes)) >= (
            before.updated or before.created,
            len(before.changes),
        ):
            self.issues[issue.key] = issue
        if len(self.issues) > MAX_TASKS:
            message = f"There are more than {MAX_TASKS:,} issues."
            raise ImportRefused(RefusalCode.TOO_MANY_TASKS, message, issue.line, "Import them into several projects.")

    def happened(self, moment: datetime, line: int) -> datetime:
        """The time, unless it is still to come."""
        if moment > self.now:
            raise ImportRefused(
                RefusalCode.BAD_VALUE,
                f"{moment.isoformat()} lies in the future.",
                line,
                "What is imported has happened.",
            )
        return moment

    def item(self, read: ReadItem, line: int) -> Item:
        self._items += 1
        if self._items > MAX_CHANGES:
            message = f"There are more than {MAX_CHANGES:,} changes."
            raise ImportRefused(RefusalCode.TOO_MANY_CHANGES, message, line, "Import them into several projects.")
        sides = (read.from_, read.from_string, read.to, read.to_string)
        before, before_text, after, after_text = (clean(side, MAX_TEXT, self.left_out) for side in sides)
        name = (clean(read.field, MAX_FIELD_NAME, self.left_out) or "").replace("\n", " ").replace("\t", " ").strip()
        return Item(name or "(unnamed)", read.fieldtype == "custom", before, before_text, after, after_text)

    def text(self, text: object) -> str | None:
        """A text of a final state; None for what is none."""
        return clean(text, MAX_TEXT, self.left_out) if isinstance(text, str) else None

    def person(
        self, id_: str | None, login: str | None = None, *, name: object = None, email: object = None
    ) -> str | None:
        """The id of somebody, of whom it is kept what was said first."""
        id_ = clean(id_, _LONGEST_NAME, Counter())
        if id_ is None:
            return None
        id_ = self.aliases.get(id_, id_)
        known = self.people.get(id_) or Person(id_, login or id_)
        if known.login == known.id and login:
            known = replace(known, login=login)
        if known.name is None and isinstance(name, str):
            known = replace(known, name=clean(name, _LONGEST_NAME, Counter()))
        if known.email is None and isinstance(email, str):
            known = replace(known, email=clean(email, _LONGEST_NAME, Counter()))
        self.people[id_] = known
        return id_


def in_order(changes: Sequence[Change]) -> tuple[Change, ...]:
    """By time; at the same time as in the file."""
    return tuple(sorted(changes, key=lambda change: change.at))


State = Mapping[str, Value | None]
