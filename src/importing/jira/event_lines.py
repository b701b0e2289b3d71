"""Histories of one event a line: `IssueCreated` and `FieldChanged`, and beside them what the issues were in the end."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any, Literal

from .checked import Id, Key, Moment, Read, ReadItem, checked, refused
from .gathered import Gathered, State, in_order
from .values import Change, Issue, Item, Value

CREATED, CHANGED = "IssueCreated", "FieldChanged"
WITHOUT_HISTORY = "issues without a history"

SCALARS = {
    "status": "status",
    "resolution": "resolution",
    "issuetype": "issuetype",
    "priority": "priority",
    "assignee": "assignee",
    "reporter": "reporter",
    "duedate": "duedate",
    "parent": "Parent",
    "timespent": "timespent",
    "timeestimate": "timeestimate",
    "timeoriginalestimate": "timeoriginalestimate",
}
"""What a final state calls a field, and what changes call it."""
LISTS = {"components": "Component", "fixVersions": "Fix Version", "versions": "Version", "labels": "labels"}


class _Event(Read):
    type: Literal["IssueCreated", "FieldChanged"]
    id: Id
    issue: Key
    at: Moment
    actor: Id | None = None
    issuetype: str | None = None


class _FinalLink(Read):
    type: str = ""
    dir: str = ""
    other: Key


class _Final(Read):
    issue: Key
    updated: Moment | None = None
    labels: tuple[str, ...] | None = None
    components: tuple[str, ...] | None = None
    fixVersions: tuple[str, ...] | None = None  # noqa: N815 - as it is called there
    versions: tuple[str, ...] | None = None
    links: tuple[_FinalLink, ...] | None = None
    status: str | None = None
    resolution: str | None = None
    issuetype: str | None = None
    priority: str | None = None
    assignee: Id | None = None
    reporter: Id | None = None
    duedate: str | None = None
    parent: Key | None = None
    timespent: str | None = None
    timeestimate: str | None = None
    timeoriginalestimate: str | None = None


@dataclass
class _Begun:
    """An issue of which more may come."""

    created: _Event
    line: int
    items: list[tuple[_Event, Item]] = field(default_factory=list)


def read_events(values: Iterable[tuple[int, Any]], gathered: Gathered) -> None:
    """Takes the issues that the events tell of. Raises ImportRefused."""
    begun: dict[str, _Begun] = {}
    ids: set[str] = set()
    for line, value in values:
        event = checked(_Event, value, line)
        gathered.happened(event.at, line)
        gathered.person(event.actor)
        if event.id in ids:
            raise refused(f"the id {event.id} is there twice", line)
        ids.add(event.id)
        known = begun.get(event.issue)
        if event.type == CREATED:
            if known is not None:
                raise refused(f"the issue {event.issue} is created twice", line)
            begun[event.issue] = _Begun(event, line)
        elif known is None:
            raise refused(f"the issue {event.issue} is changed before it is created", line)
        elif event.at < known.created.at:
            raise refused(f"the issue {event.issue} is changed at a time before it is created", line)
        else:
            known.items.append((event, gathered.item(checked(ReadItem, value, line), line)))
    for key, each in begun.items():
        gathered.add(_issue(key, each))


def _issue(key: str, begun: _Begun) -> Issue:
    """What one person did at one moment is one change, as it is in Jira."""
    changes = []
    in_time = sorted(begun.items, key=lambda each: each[0].at)
    for (at, actor), group in groupby(in_time, key=lambda each: (each[0].at, each[0].actor)):
        members = list(group)
        changes.append(Change(members[0][0].id, at, actor, tuple(item for _, item in members)))
    created = begun.created
    start: dict[str, Value] = {"issuetype": created.issuetype} if created.issuetype else {}
    return Issue(key, None, created.at, created.actor, in_order(changes), {}, None, begun.line, start)


def read_final(values: Iterable[tuple[int, Any]], gathered: Gathered) -> None:
    """Adds what the issues are in the end. Raises ImportRefused."""
    for line, value in values:
        final = checked(_Final, value, line)
        issue = gathered.issues.get(final.issue)
        if issue is None:
            gathered.left_out[WITHOUT_HISTORY] += 1
            continue
        updated = gathered.happened(final.updated, line) if final.updated else None
        state = {**issue.state, **_state(final, value if isinstance(value, dict) else {}, gathered)}
        gathered.issues[final.issue] = replace(issue, state=state, updated=updated)


def _state(final: _Final, said: Mapping[str, Any], gathered: Gathered) -> State:
    found: dict[str, Value | None] = {}
    for name, ours in SCALARS.items():
        if name in said:
            found[ours] = gathered.text(getattr(final, name))
    for name, ours in LISTS.items():
        if (several := getattr(final, name)) is not None:
            texts = (gathered.text(each) for each in several)
            found[ours] = tuple(sorted(text for text in texts if text)) or None
    if final.links is not None:
        links = (gathered.text(f"{link.type} ({link.dir}) {link.other}") for link in final.links)
        found["Link"] = tuple(sorted(link for link in links if link)) or None
    for name in ("assignee", "reporter"):
        gathered.person(getattr(final, name))
    return found
