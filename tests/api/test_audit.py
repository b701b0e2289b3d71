"""The audit trail over HTTP: what was done, and what was only tried."""

import csv
import json

import pytest

from src.queries import audit
from src.testing.http import problem

from .world import World


async def test_refusals_are_shown_to_who_may_see_the_audit_trail(world: World) -> None:
    """A project's admins see who was refused in it, outsiders among them; administrators see all of anybody."""
    for person in (world.viewer, world.outsider, world.outsider):
        answer = await person.ask("POST", f"{world.path}/tasks", json={"name": "Plant"})
        assert answer.is_client_error
    world.owner.seen = world.administrator.seen = await world.service.app.log.head()
    (project,) = await world.owner.pages(f"{world.path}/audit", result="refused")
    assert [(entry["actor"], entry["data"]) for entry in project] == [
        (str(world.outsider.user), {"what": "AddTask", "code": "NOT_FOUND", "count": 1}),
        (str(world.viewer.user), {"what": "AddTask", "code": "FORBIDDEN", "permission": "plan.edit", "count": 1}),
    ]
    assert {(entry["result"], entry["count"], entry["address"]) for entry in project} == {("refused", 1, "127.0.0.1")}
    (every,) = await world.administrator.pages("audit", result="refused", by=world.outsider.user)
    assert every == project[:1]


async def test_the_audit_trail_is_filtered_by_result(world: World) -> None:
    """Pages hold what came to that result only; without one they hold everything."""
    await world.outsider.ask("POST", f"{world.path}/tasks", json={"name": "Plant"})
    world.owner.seen = await world.service.app.log.head()
    everything = [entry for page in await world.owner.pages(f"{world.path}/audit") for entry in page]
    accepted = await world.owner.pages(f"{world.path}/audit", result="accepted", limit=5)
    assert len(accepted) > 1
    assert [entry for page in accepted for entry in page] == [e for e in everything if e["result"] == "accepted"]
    assert {entry["count"] for page in accepted for entry in page} == {1}
    assert {entry["result"] for entry in everything} - {"read"} == {"accepted", "refused"}
    assert await world.owner.pages(f"{world.path}/audit", result="failed") == [[]]
    problem(await world.owner.ask("GET", f"{world.path}/audit?result=lost"), 422, "INVALID_REQUEST")


async def test_the_audit_trail_is_filtered_by_all_that_it_holds(world: World) -> None:
    """Who, what, when, where and why: each filter gives exactly the entries that fit, alone and together."""
    await world.owner.make(f"{world.path}/tasks", name="Prune")
    world.administrator.seen = world.owner.seen
    every = [entry for page in await world.administrator.pages("audit", limit=1000) for entry in page]
    every = [entry for entry in every if entry["position"] <= world.owner.seen]
    added = next(entry for entry in every if entry["type"] == "TaskAdded" and entry["project"] == world.project)
    task = added["data"]["task"]
    fits = {
        "by": lambda entry: entry["actor"] == added["actor"],
        "session": lambda entry: entry["session"] == added["session"],
        "address": lambda entry: entry["address"] == added["address"],
        "command": lambda entry: entry["command"] == "AddTask",
        "command_id": lambda entry: entry["command_id"] == added["command_id"],
        "correlation_id": lambda entry: entry["correlation_id"] == added["correlation_id"],
        "type": lambda entry: entry["type"] == "TaskAdded",
        "stream": lambda entry: entry["stream"] == f"task-{task}@main",
        "entity": lambda entry: entry["stream"].endswith(f"-{task}@main"),
        "project": lambda entry: entry["project"] == world.project,
        "result": lambda entry: entry["result"] == "accepted",
        "from": lambda entry: entry["recorded_at"] >= added["recorded_at"],
        "to": lambda entry: entry["recorded_at"] < added["recorded_at"],
    }
    values = added | {"by": added["actor"], "entity": task, "from": added["recorded_at"], "to": added["recorded_at"]}
    for names in (*[(name,) for name in fits], ("by", "type"), ("project", "command", "from"), ("address", "type")):
        asked = {name: values[name] for name in names}
        told = [entry for page in await world.administrator.pages("audit", limit=7, **asked) for entry in page]
        told = [entry for entry in told if entry["position"] <= world.owner.seen]
        assert told == [entry for entry in every if all(fits[name](entry) for name in names)], names
        assert told or names == ("to",), names


async def test_a_page_of_the_audit_trail_looks_at_a_bounded_number_of_entries(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no index knows all that is asked for, pages are small or empty, and together they hold everything."""
    for name in ("Prune", "Rest"):
        await world.owner.make(f"{world.path}/tasks", name=name)
    world.administrator.seen = world.owner.seen
    asked = {"project": world.project, "type": "TaskAdded"}
    (whole,) = await world.administrator.pages("audit", **asked)
    monkeypatch.setattr(audit, "SCAN", 4)
    monkeypatch.setattr(audit, "SEALED", 3)
    pages = await world.administrator.pages("audit", **asked)
    assert len(pages) > 3
    assert [] in pages
    assert [entry for page in pages for entry in page] == whole
    pages = await world.administrator.pages("audit", **asked, address="127.0.0.1")
    assert [entry for page in pages for entry in page] == [entry for entry in whole if entry["address"] is not None]


async def test_the_audit_trail_is_exported(world: World) -> None:
    """As JSON lines and as CSV, oldest first and filtered; that it was is in the trail."""
    asked = {"project": world.project, "type": "TaskAdded"}
    (page,) = await world.administrator.pages("audit", **asked)
    answer = await world.administrator.get("audit/export", format="jsonl", **asked)
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert [json.loads(line) for line in answer.text.splitlines()] == page[::-1]
    answer = await world.administrator.get("audit/export", format="csv", **asked)
    assert answer.headers["content-type"].startswith("text/csv")
    assert "audit.csv" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(answer.text.splitlines()))
    assert [row["link"] for row in rows] == [entry["link"] for entry in page[::-1]]
    assert [json.loads(row["data"]) for row in rows] == [entry["data"] for entry in page[::-1]]
    world.administrator.seen = await world.service.app.log.head()
    (noted,) = await world.administrator.pages("audit", result="exported", by=world.administrator.user)
    assert [(entry["data"]["what"], entry["count"]) for entry in noted] == [("audit", 1)]
    problem(await world.owner.ask("GET", "audit/export?format=csv"), 403, "FORBIDDEN")
    problem(await world.administrator.ask("GET", "audit/export?format=xls"), 422, "INVALID_REQUEST")


@pytest.mark.parametrize("reason", ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0"])
async def test_no_cell_of_an_export_is_a_formula(world: World, reason: str) -> None:
    """What a spreadsheet would compute has an apostrophe before it; JSON lines have it as it was said."""
    await world.owner.do("PATCH", world.path, {"name": f"Shed {reason}", "reason": reason})
    asked = {"project": world.project, "type": "ProjectRenamed", "at_least": await world.service.app.log.head()}
    answer = await world.administrator.get("audit/export", format="csv", **asked)
    (row,) = csv.DictReader(answer.text.splitlines())
    assert row["reason"] == f"'{reason}"
    answer = await world.administrator.get("audit/export", format="jsonl", **asked)
    assert json.loads(answer.text)["reason"] == reason


async def test_what_a_command_has_caused_is_a_tree(world: World) -> None:
    """Downwards its events and what reactions did for them, upwards what gave rise to it."""
    app = world.service.app
    user = await world.service.person()
    await world.administrator.do("DELETE", f"users/{user.user}")
    world.administrator.seen = await app.log.head()
    ((entry,),) = await world.administrator.pages("audit", type="AccountDeleted", entity=user.user)
    told = (await world.administrator.get(f"audit/commands/{entry['command_id']}/causes")).json()
    (root,) = told["commands"]
    assert (root["command"], root["actor"]) == ("DeleteAccount", str(world.administrator.user))
    assert entry["position"] in [event["position"] for event in root["events"]]
    assert (told["caused_by"], told["truncated"], root["more_events"]) == ([], False, False)
    problem(await world.administrator.ask("GET", f"audit/commands/{user.user}/causes"), 404, "NOT_FOUND")
    problem(await world.owner.ask("GET", f"audit/commands/{entry['command_id']}/causes"), 403, "FORBIDDEN")
