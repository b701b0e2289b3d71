"""What a history of issues says of any moment: a fold of the file that shares nothing with the import."""

from collections import Counter, defaultdict
from datetime import datetime
from typing import Any

Line = dict[str, Any]
SINGLE = {  # as changes call it: as the final state does
    "status": "status",
    "resolution": "resolution",
    "issuetype": "issuetype",
    "priority": "priority",
    "assignee": "assignee",
    "reporter": "reporter",
    "duedate": "duedate",
    "Parent": "parent",
    "timespent": "timespent",
    "timeestimate": "timeestimate",
    "timeoriginalestimate": "timeoriginalestimate",
}
SEVERAL = {"Fix Version": "fixVersions", "Component": "components", "Link": "links", "labels": "labels"}
PEOPLE = ("assignee", "reporter")
BY_ID = (*PEOPLE, "duedate")


class Story:
    """What the file says of one issue at any moment, looked up from behind: nothing is folded forward."""

    def __init__(self, created: Line, changes: list[Line], final: Line) -> None:
        self.created, self.final = time_of(created), final
        self.changes: dict[str, list[Line]] = defaultdict(list)
        for change in changes:
            self.changes[change["field"]].append(change)

    def single(self, field: str, moment: datetime) -> str | None:
        changes = self.changes[field]
        before = [change for change in changes if time_of(change) <= moment]
        if before:
            return side(field, before[-1], "to")
        if changes:
            return side(field, changes[0], "from")
        value = self.final[SINGLE[field]]
        return None if value is None else str(value)

    def several(self, field: str, moment: datetime) -> Counter[str]:
        if field == "labels":
            changes = self.changes[field]
            before = [change for change in changes if time_of(change) <= moment]
            if not changes:
                return Counter(self.final["labels"])
            text = before[-1]["toString"] if before else changes[0]["fromString"]
            return Counter((text or "").split())
        things: dict[tuple[str, ...], list[tuple[datetime, int]]] = defaultdict(list)
        names: dict[tuple[str, ...], str] = {}
        for change in self.changes[field]:
            for which, step in (("to", 1), ("from", -1)):
                if change[which] is not None:
                    name = str(change[f"{which}String"])
                    thing: tuple[str, ...] = (
                        (change[which], name) if field == "Link" else (change[which],)
                    )  # which may be renamed
                    things[thing].append((time_of(change), step))
                    names.setdefault(thing, last_word(field, name))
        found, end = Counter[str](), Counter[str]()
        for thing, steps in things.items():
            start = max(0, *(-sum(step for _, step in steps[: n + 1]) for n in range(len(steps))))
            found[names[thing]] += start + sum(step for at, step in steps if at <= moment)
            end[names[thing]] += start + sum(step for _, step in steps)
        said = [each["other"] if field == "Link" else each for each in self.final[SEVERAL[field]]]
        never_added = Counter(said) - end
        renamed = (end - Counter(said)).total()
        assert renamed == 0 or renamed >= never_added.total()  # or it could not be told which is which
        return +(found + (Counter() if renamed else never_added))


def time_of(line: Line) -> datetime:
    """When it was."""
    when: datetime = line["when"]
    return when


def side(field: str, change: Line, which: str) -> str | None:
    """What was before, or is after the change."""
    text: str | None = change[which] if field in BY_ID else change[f"{which}String"] or change[which]
    return text or None


def last_word(field: str, name: str) -> str:
    """Of a link the issue that it leads to."""
    return name.rsplit(maxsplit=1)[-1] if field == "Link" else name


def stories(lines: list[Line], final: dict[str, Line]) -> dict[str, Story]:
    """Each issue's, by key."""
    changes: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if line["type"] == "FieldChanged":
            changes[line["issue"]].append(line)
    return {
        line["issue"]: Story(line, changes[line["issue"]], final[line["issue"]])
        for line in lines
        if line["type"] == "IssueCreated"
    }
