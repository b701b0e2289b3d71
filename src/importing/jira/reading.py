"""Files of Jira, in either form, become issues with their changes."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

from ..plan_file import ImportRefused, RefusalCode
from .event_lines import read_events, read_final
from .gathered import Gathered
from .issue_pages import read_pages
from .lines import json_values
from .values import Issue, JiraFile

_ENDINGS = re.compile(r"(\.(jsonl?|ndjson|gz))+$", re.IGNORECASE)
PERSONS = frozenset({"assignee", "reporter"})
"""Fields that hold somebody."""


def read_jira(
    paths: Sequence[Path],
    now: datetime,
    *,
    final: Path | None = None,
    progress: Callable[[int], None] = lambda _bytes: None,
) -> JiraFile:
    """All files as one; `final` says what the issues are in the end, where `paths` do not.

    `progress` is told how many bytes of all files were read. Raises ImportRefused.
    """
    gathered, done = Gathered(now), 0
    for path in paths:
        before = done

        def told(read: int, before: int = before) -> None:
            nonlocal done
            done = before + read
            progress(done)

        _read(json_values(path, told), gathered)
    if final is not None:
        read_final(json_values(final), gathered)
    issues = sorted((_resolved(each, gathered) for each in gathered.issues.values()), key=lambda each: each.created)
    name = _ENDINGS.sub("", paths[0].name) or paths[0].name
    return JiraFile(name, tuple(issues), gathered.people, gathered.projects, gathered.left_out)


def _read(values: Iterator[tuple[int, Any]], gathered: Gathered) -> None:
    line, first = next(values)
    rest = chain([(line, first)], values)
    if isinstance(first, dict) and {"type", "issue", "at"} <= first.keys():
        read_events(rest, gathered)
    elif isinstance(first, dict) and ("issues" in first or {"key", "fields"} <= first.keys()):
        read_pages(rest, gathered)
    else:
        raise ImportRefused(
            RefusalCode.NOT_JIRA,
            "The JSON is neither a search result of Jira, nor its issues, nor a history of one event a line.",
            line,
            "Export issues with expand=changelog.",
        )


def _resolved(issue: Issue, gathered: Gathered) -> Issue:
    """With every person by the one id that they are known by; who is only named in a change is a person as well."""
    changes = []
    for change in issue.changes:
        items = []
        for item in change.items:
            if item.field not in PERSONS or item.custom:
                items.append(item)
                continue
            before = gathered.person(item.before, name=item.before_text)
            after = gathered.person(item.after, name=item.after_text)
            items.append(replace(item, before=before, before_text=None, after=after, after_text=None))
        changes.append(replace(change, author=gathered.person(change.author), items=tuple(items)))
    return replace(issue, changes=tuple(changes))
