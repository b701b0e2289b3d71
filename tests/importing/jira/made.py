"""Small exports of a team that never was, as Jira Server and Jira Cloud write them."""

from typing import Any

Json = dict[str, Any]


def person(name: str, **more: Any) -> Json:
    """Somebody on a server."""
    return {"name": name, "key": f"JIRAUSER{sum(map(ord, name))}", "displayName": name.title(), **more}


def cloud(name: str, **more: Any) -> Json:
    """Somebody in the cloud, by number."""
    return {"accountId": f"712020:{name}-4c1e", "displayName": name.title(), **more}


def item(field: str, before: Any = None, after: Any = None, **ids: Any) -> Json:
    """A field that was changed; `ids` gives what the texts stand for, where they stand for something."""
    kind = ids.pop("fieldtype", "jira")
    sides = {"from": ids.get("from_"), "fromString": before, "to": ids.get("to"), "toString": after}
    return {"field": field, "fieldtype": kind, **sides}


def change(id_: int, at: str, author: Json | None, *items: Json) -> Json:
    """What somebody did at a moment."""
    who = {} if author is None else {"author": author}
    return {"id": str(id_), **who, "created": at, "items": list(items)}


def issue(key: str, created: str, creator: Json, *changes: Json, total: int | None = None, **fields: Any) -> Json:
    """An issue as a search with its changelog tells it."""
    known = {"created": created, "creator": creator, "reporter": creator, **fields}
    changelog = {"startAt": 0, "total": len(changes) if total is None else total, "histories": list(changes)}
    return {"id": f"10{key.rpartition('-')[2]}", "key": key, "fields": known, "changelog": changelog}


def named(name: str) -> Json:
    """A thing that has a name, such as a status."""
    return {"id": "1", "name": name}


ANN, BOB = person("ann"), person("bob", emailAddress="bob@example.org")
SERVER = [
    issue(
        "SHED-1",
        "2024-03-01T09:00:00.000+0100",
        ANN,
        change(1, "2024-03-02T10:00:00.000+0100", BOB, item("assignee", None, "Bob", to="JIRAUSER307")),
        change(
            2,
            "2024-03-04T10:00:00.000+0100",
            BOB,
            item("status", "Open", "Done", from_="1", to="5"),
            item("resolution", None, "Fixed", to="1"),
            item("Fix Version", None, "1.0", to="77"),
        ),
        change(3, "2024-03-05T08:00:00.000+0100", ANN, item("labels", "roof", "roof wood")),
        change(
            4,
            "2024-03-06T08:00:00.000+0100",
            None,
            item("status", "Done", "Open", from_="5", to="1"),
            item("resolution", "Fixed", None, from_="1"),
        ),
        summary="Raise the roof",
        description="All hands.\r\nWith care.\u0007",
        status=named("Open"),
        resolution=None,
        issuetype=named("Task"),
        priority=named("Major"),
        assignee=BOB,
        duedate="2024-03-29",
        labels=["wood", "roof"],
        fixVersions=[named("1.0")],
        components=[named("Roof"), named("Walls")],
        project={"key": "SHED", "name": "Garden shed"},
        customfield_10001={"value": "High"},
        customfield_10002="nobody knows what",
    ),
    issue(
        "SHED-2",
        "2024-03-01T10:00:00.000+0100",
        ANN,
        change(5, "2024-03-03T10:00:00.000+0100", ANN, item("summary", "Saw", "Saw the beams")),
        change(6, "2024-03-03T11:00:00.000+0100", ANN, item("Parent", None, "SHED-1", to="101")),
        summary="Saw the beams",
        status=named("Open"),
        parent={"key": "SHED-1"},
        labels=[],
        project={"key": "SHED", "name": "Garden shed"},
    ),
]
PAGE: Json = {"startAt": 0, "total": 2, "issues": SERVER, "names": {"customfield_10001": "Risk"}}

EVE, IAN = cloud("eve", emailAddress="eve@example.org"), cloud("ian")
CLOUD = [
    issue(
        "POND-7",
        "2025-05-01T09:00:00.000+0000",
        EVE,
        change(12, "2025-05-03T09:00:00.000+0000", IAN, item("status", "In Progress", "Done", from_="3", to="4")),
        change(11, "2025-05-02T09:00:00.000+0000", EVE, item("status", "To Do", "In Progress", from_="2", to="3")),
        change(10, "2025-05-02T09:00:00.000+0000", IAN, item("assignee", None, "Ian", to="712020:ian-4c1e")),
        summary="Dig",
        status=named("Done"),
        assignee=IAN,
        description={"type": "doc", "content": []},
        labels=["water"],
    )
]
"""The newest first, as the cloud writes them."""
