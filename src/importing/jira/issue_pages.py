"""Issues as Jira's own interface tells them, Server and Cloud: pages of a search with `expand=changelog`, or issues."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import Field

from .checked import Id, Key, Moment, Read, ReadItem, checked, refused
from .gathered import Gathered
from .values import Change, Issue, Value

CUT_HISTORIES = "issues whose changelog is not whole"
FORMATTED = "formatted texts"
UNNAMED = "custom fields without a name"
OF_OTHER_KINDS = "fields of other kinds"


class _Person(Read):
    account_id: Id | None = Field(None, alias="accountId")
    key: Id | None = None
    name: Id | None = None
    display_name: str | None = Field(None, alias="displayName")
    email_address: str | None = Field(None, alias="emailAddress")


class _History(Read):
    id: Id
    author: _Person | None = None
    created: Moment
    items: tuple[ReadItem, ...] = ()


class _Changelog(Read):
    total: int | None = None
    histories: tuple[_History, ...]


class _Issue(Read):
    id: Id | None = None
    key: Key
    fields: dict[str, Any]
    changelog: _Changelog


class _Page(Read):
    issues: list[Any]
    names: Annotated[dict[str, str], Field(default_factory=dict)]


class _Fixed(Read):
    """The fields that every issue has, of those that are of a kind of their own."""

    created: Moment
    updated: Moment | None = None
    creator: _Person | None = None
    reporter: _Person | None = None
    assignee: _Person | None = None


_NAMED = ("status", "resolution", "issuetype", "priority")
_PERSONS = ("assignee", "reporter")
_LISTS = {"components": "Component", "fixVersions": "Fix Version", "versions": "Version", "labels": "labels"}
_PLAIN = ("duedate", "timespent", "timeestimate", "timeoriginalestimate")
_TEXTS = ("summary", "description", "environment")
_CUSTOM = "customfield_"


def read_pages(values: Iterable[tuple[int, Any]], gathered: Gathered) -> None:
    """Takes the issues of pages, and those that stand alone. Raises ImportRefused."""
    for line, value in values:
        if isinstance(value, dict) and "issues" in value:
            page = checked(_Page, value, line)
            for each in page.issues:
                gathered.add(_issue(each, page.names, line, gathered))
        else:
            names = value.get("names") if isinstance(value, dict) else None
            gathered.add(_issue(value, names if isinstance(names, dict) else {}, line, gathered))


def _issue(value: Any, names: Mapping[str, str], line: int, gathered: Gathered) -> Issue:
    if isinstance(value, dict) and "changelog" not in value:
        raise refused(f"the issue {value.get('key')!s:.40} has no changelog; export with expand=changelog", line)
    read = checked(_Issue, value, line)
    fixed = checked(_Fixed, read.fields, line)
    histories = read.changelog.histories
    if read.changelog.total is not None and read.changelog.total > len(histories):
        gathered.left_out[CUT_HISTORIES] += 1
    created = gathered.happened(fixed.created, line)
    if any(history.created < created for history in histories):
        raise refused(f"the issue {read.key} is changed at a time before it is created", line)
    changes = [
        Change(
            history.id,
            gathered.happened(history.created, line),
            _known(history.author, gathered),
            tuple(gathered.item(item, line) for item in history.items),
        )
        for history in sorted(histories, key=_order)
        if history.items
    ]
    if len({change.id for change in changes}) < len(changes):
        raise refused(f"the issue {read.key} has two changes of one id", line)
    updated = gathered.happened(fixed.updated, line) if fixed.updated else None
    creator = _known(fixed.creator or fixed.reporter, gathered)
    state = _state(read.fields, fixed, names, gathered)
    return Issue(read.key, read.id, created, creator, tuple(changes), state, updated, line)


def _order(history: _History) -> tuple[Any, ...]:
    """In time, whichever comes first in the file; at one moment by number."""
    return history.created, int(history.id) if history.id.isascii() and history.id.isdecimal() else 0


def _known(person: _Person | None, gathered: Gathered) -> str | None:
    """The id of the person, who may be called by any of theirs in what comes."""
    if person is None:
        return None
    ids = [id_ for id_ in (person.account_id, person.key, person.name) if id_]
    if not ids:
        return gathered.person(person.display_name, name=person.display_name)
    login = person.name or (None if person.account_id else person.key)
    found = gathered.person(ids[0], login, name=person.display_name, email=person.email_address)
    if found is not None:
        gathered.aliases.update(dict.fromkeys(ids, found))
    return found


def _state(
    fields: Mapping[str, Any], fixed: _Fixed, names: Mapping[str, str], gathered: Gathered
) -> dict[str, Value | None]:
    """What the issue is in the end; what the file does not say is not there."""
    found: dict[str, Value | None] = {
        name: _simple(fields[name], gathered) for name in (*_NAMED, *_PLAIN) if name in fields
    }
    found.update({ours: _several(fields[name], gathered) for name, ours in _LISTS.items() if name in fields})
    found.update({name: _known(getattr(fixed, name), gathered) for name in _PERSONS if name in fields})
    for name in _TEXTS:
        if isinstance(fields.get(name), dict):
            gathered.left_out[FORMATTED] += 1  # Cloud's version 3 has a tree where 2 has a text
        elif name in fields:
            found[name] = gathered.text(fields[name])
    if isinstance(links := fields.get("issuelinks"), list):
        found["Link"] = tuple(sorted(text for each in links if (text := _link(each, gathered)))) or None
    return {**found, **_places(fields, gathered), **_custom(fields, names, gathered)}


def _places(fields: Mapping[str, Any], gathered: Gathered) -> dict[str, Value | None]:
    """Its parent and its Jira project."""
    found: dict[str, Value | None] = {}
    if "parent" in fields:
        parent = fields["parent"]
        found["Parent"] = gathered.text(parent.get("key")) if isinstance(parent, dict) else None
    project = fields.get("project")
    if isinstance(project, dict) and isinstance(key := project.get("key"), str):
        found["Project"] = gathered.text(project.get("name")) or key
        gathered.projects[key] = str(found["Project"])
    return found


def _custom(fields: Mapping[str, Any], names: Mapping[str, str], gathered: Gathered) -> dict[str, Value | None]:
    """The custom fields that have a value, where the file says what they are called."""
    found: dict[str, Value | None] = {}
    for field, value in fields.items():
        if not field.startswith(_CUSTOM) or value in (None, [], ""):
            continue
        name = names.get(field)
        if not isinstance(name, str) or not name.strip():
            gathered.left_out[UNNAMED] += 1
            continue
        plain = _several(value, gathered) if isinstance(value, list) else _simple(value, gathered)
        if plain is None:
            gathered.left_out[OF_OTHER_KINDS] += 1
        else:
            found[name.strip()] = plain if isinstance(plain, str) else ", ".join(plain)  # as a change tells it
    return found


def _simple(value: Any, gathered: Gathered) -> str | None:
    """The text of a value: itself, or what it is called. Nobody's name is taken for one."""
    if isinstance(value, dict):
        if "accountId" in value or "displayName" in value:
            return None
        value = value.get("name", value.get("value"))
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return gathered.text(str(value))


def _several(value: Any, gathered: Gathered) -> tuple[str, ...] | None:
    texts = [_simple(each, gathered) for each in value] if isinstance(value, list) else []
    return tuple(sorted(text for text in texts if text)) or None


def _link(link: Any, gathered: Gathered) -> str | None:
    """In the words of a change: "This issue blocks ABC-1"."""
    if not isinstance(link, dict) or not isinstance(kind := link.get("type"), dict):
        return None
    for side in ("inward", "outward"):
        other = link.get(f"{side}Issue")
        if isinstance(other, dict) and isinstance(other.get("key"), str):
            return gathered.text(f"This issue {kind.get(side)} {other['key']}")
    return None
