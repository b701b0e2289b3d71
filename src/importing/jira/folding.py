"""The fields of one issue through time: what they were when it was created, and what each change made of them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher

from .reading import PERSONS
from .values import Issue, Item, Value

MANY = frozenset(
    {"Fix Version", "Version", "Component", "Attachment", "Link", "Epic Child", "RemoteIssueLink", "Remote Link"}
)
"""Fields of several values, of which a change tells what was added or what was taken away."""
WORDS = frozenset({"labels"})
"""Fields of several values, of which a change tells all, before and after."""
COUNTED = {"Comment": "Comment changes", "WorklogId": "Worklog changes"}
"""What Jira tells only of when it is changed or deleted, and what its count is called.

The texts themselves are not kept: somebody deleted them.
"""
SYSTEM = MANY | WORDS | PERSONS | COUNTED.keys()
SYSTEM |= {"status", "resolution", "issuetype", "priority", "duedate", "Parent", "Key", "Project", "summary"}
SYSTEM |= {"description", "environment", "timespent", "timeestimate", "timeoriginalestimate"}
_PARENT = "IssueParentAssociation"

Entry = tuple[str | None, str]
"""The id and the text of one of several values; the id may not be known."""


def name_of(item: Item) -> str:
    """What the field is called here: a custom one never like one of Jira's own."""
    if item.field == _PARENT:
        return "Parent"
    return f"{item.field} (custom)" if item.custom and item.field in SYSTEM else item.field


class Fields:
    """What the fields hold at a moment. A field that is not there holds nothing."""

    def __init__(self, single: Mapping[str, Value], many: Mapping[str, Iterable[Entry]]) -> None:
        self._single = dict(single)
        self._many = {name: list(entries) for name, entries in many.items()}
        self._counts: Counter[str] = Counter()

    def values(self) -> dict[str, Value]:
        several = {name: tuple(sorted(text for _, text in entries)) for name, entries in self._many.items() if entries}
        counts = {name: str(count) for name, count in self._counts.items()}
        return {**self._single, **several, **counts}

    def apply(self, items: Iterable[Item]) -> dict[str, Value | None]:
        """Makes the change; the fields that hold something else than before, None: nothing any more."""
        before = self.values()
        for item in items:
            self._change(item)
        after = self.values()
        return {name: after.get(name) for name in before.keys() | after.keys() if before.get(name) != after.get(name)}

    def _change(self, item: Item) -> None:
        name = name_of(item)
        if name in COUNTED:
            self._counts[COUNTED[name]] += 1
        elif name in MANY:
            entries = self._many.setdefault(name, [])
            if (gone := _entry(item.before, item.before_text)) is not None:
                _take(name, entries, gone)
            if (new := _entry(item.after, item.after_text)) is not None:
                entries.append(new)
        elif (value := _after(name, item)) is None:
            self._single.pop(name, None)
        else:
            self._single[name] = value


def at_creation(issue: Issue) -> Fields:
    """The fields as they were in the beginning: before their first change or, where there was none, as in the end."""
    single: dict[str, Value] = {}
    running: dict[str, list[Entry]] = {}
    first: dict[str, list[Entry]] = {}
    seen = set()
    for item in (item for change in issue.changes for item in change.items):
        name = name_of(item)
        if name in MANY:
            entries = running.setdefault(name, [])
            gone, new = _entry(item.before, item.before_text), _entry(item.after, item.after_text)
            if gone is not None and not _take(name, entries, gone):
                first.setdefault(name, []).append(gone)
            if new is not None:
                entries.append(new)
        elif name not in COUNTED and name not in seen:
            seen.add(name)
            if (value := _value(name, item.before, item.before_text)) is not None:
                single[name] = value
    for name, state in issue.state.items():
        if name in MANY:
            texts = (state,) if isinstance(state, str) else state or ()
            left = unexplained(name, [text for _, text in running.get(name, ())], texts)
            first.setdefault(name, []).extend((None, text) for text in left)
        elif name not in seen and state is not None:
            single[name] = state
    told = {name: value for name, value in issue.start.items() if name not in seen and name not in issue.state}
    return Fields({"Key": issue.keys[0], **told, **single}, first)


def unexplained(name: str, ours: Iterable[str], theirs: Iterable[str]) -> list[str]:
    """What is there in the end and came by no change, so that it was there from the beginning.

    What changes brought and is not there in the end has another name by then: for each of those the most similar one
    is left out, since it is the same.
    """
    have, missing = things(name, ours), []
    for text in theirs:
        if have[_thing(name, text)] > 0:
            have[_thing(name, text)] -= 1
        else:
            missing.append(text)
    for renamed in have.elements():
        if missing:
            missing.remove(max(missing, key=lambda text: SequenceMatcher(None, text, renamed).ratio()))
    return missing


def things(name: str, value: Value | Iterable[str] | None) -> Counter[str]:
    """What of a value is compared: of a link only to what it leads, as it is worded differently from place to place."""
    texts = (value,) if isinstance(value, str) else value or ()
    return Counter(_thing(name, text) for text in texts)


def _thing(name: str, text: str) -> str:
    return text.rpartition(" ")[2] if name == "Link" else text


def _take(name: str, entries: list[Entry], gone: Entry) -> bool:
    """Takes the entry out, by id or, where none has that, by text. Whether it was there.

    The id of a link is that of the issue to which it leads, and two may lead to one: there both have to be the same.
    """
    if name == "Link":
        same = [each == gone for each in entries]
    else:
        by_id = [each[0] is not None and each[0] == gone[0] for each in entries]
        same = by_id if any(by_id) else [each[1] == gone[1] for each in entries]
    if any(same):
        del entries[same.index(True)]
    return any(same)


def _entry(id_: str | None, text: str | None) -> Entry | None:
    return None if id_ is None and text is None else (id_, text or id_ or "")


def _after(name: str, item: Item) -> Value | None:
    return _value(name, item.after, item.after_text)


def _value(name: str, id_: str | None, text: str | None) -> Value | None:
    """The text of a side of a change; of persons and dates the id, which is what they are."""
    if name in WORDS:
        return tuple(sorted((text or "").split())) or None
    if name in PERSONS or name == "duedate":
        return id_
    return text or id_
