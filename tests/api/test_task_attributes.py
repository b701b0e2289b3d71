"""What moves a task, and what a plan is computed by, as requests: set, read in the same words, refused by code."""

from typing import Any
from uuid import UUID

import pytest

from .world import World

MONDAY, FRIDAY = "2026-03-02T08:00:00", "2026-03-06T17:00:00"
FIRST, LAST = "0001-01-01T00:00:00", "9999-12-31T23:59:59.999999"
SPLITS = [{"after": 600, "gap": 10}, {"after": 700, "gap": 10}]

Body = dict[str, Any]

SET: list[tuple[str, Body, Body]] = [
    ("deadline", {"deadline": FRIDAY}, {"deadline": FRIDAY}),
    ("deadline", {"deadline": FIRST}, {"deadline": FIRST}),
    (
        "mode",
        {"mode": "manual", "start": MONDAY, "finish": LAST},
        {"mode": "manual", "manual_start": MONDAY, "manual_finish": LAST},
    ),
    ("calendar", {"ignores_resource_calendars": True}, {"calendar": None, "ignores_resource_calendars": True}),
    ("priority", {"priority": 1000}, {"priority": 1000}),
    ("type", {"type": "fixed_work"}, {"type": "fixed_work", "effort_driven": True}),
    ("splits", {"splits": SPLITS}, {"splits": SPLITS}),
    ("calendar", {}, {"calendar": None, "ignores_resource_calendars": False}),
    ("mode", {"mode": "auto"}, {"mode": "auto", "manual_start": None, "manual_finish": None}),
    ("splits", {"splits": []}, {"splits": []}),
    ("deadline", {}, {"deadline": None}),
]

REFUSED: list[tuple[str, Body, int, str]] = [
    ("mode", {"mode": "auto", "start": MONDAY}, 422, "INVALID_REQUEST"),
    ("mode", {"mode": "manual", "start": f"{MONDAY}Z"}, 422, "INVALID_REQUEST"),
    ("mode", {"mode": "manual", "start": FRIDAY, "finish": MONDAY}, 422, "MANUAL_FINISH_BEFORE_START"),
    ("calendar", {"calendar": str(UUID(int=7))}, 404, "CALENDAR_UNKNOWN"),
    ("priority", {"priority": 1001}, 422, "INVALID_REQUEST"),
    ("type", {"type": "fixed_work", "effort_driven": False}, 422, "FIXED_WORK_IS_EFFORT_DRIVEN"),
    ("splits", {"splits": [{"after": 10**6, "gap": 1}]}, 422, "SPLITS_INVALID"),
    ("splits", {"splits": [{"after": 10**30, "gap": 1}]}, 422, "INVALID_REQUEST"),
]


async def test_what_is_set_of_a_task_is_read(world: World) -> None:
    """Each is one request, and changes the task's revision once."""
    task = await world.owner.make(f"{world.path}/tasks", name="Prune")
    for number, (what, body, shown) in enumerate(SET, 2):
        await world.owner.do("PUT", f"{world.path}/tasks/{task}/{what}", body)
        read = (await world.owner.get(f"{world.path}/tasks/{task}")).json()
        assert {name: read[name] for name in shown} == shown
        assert read["revision"] == number
    report = {"percent_complete": 25, "physical_percent": 5, "remaining": 9600}
    await world.owner.do("POST", f"{world.path}/tasks/{task}/progress", report)
    read = (await world.owner.get(f"{world.path}/tasks/{task}")).json()
    assert {name: read[name] for name in report} == report


@pytest.mark.parametrize("what, body, status, code", REFUSED)
async def test_what_cannot_be_set_of_a_task_is_refused(
    world: World, what: str, body: Body, status: int, code: str
) -> None:
    """By a code, and never with 500."""
    answer = await world.owner.ask("PUT", f"{world.path}/tasks/{world.tasks[0]}/{what}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_what_a_plan_is_computed_by_is_read_with_the_project(world: World) -> None:
    """A calendar in use is not deleted; one that nothing uses any more is."""
    calendar = await world.owner.make(f"{world.path}/calendars", name="Garden hours", time_zone="UTC")
    for body, what in (({"calendar": calendar}, "calendar"), ({"status_date": FRIDAY}, "status-date")):
        await world.owner.do("PUT", f"{world.path}/{what}", body)
        read = (await world.owner.get(world.path)).json()
        assert {name: read[name] for name in body} == body
    refused = await world.owner.ask("DELETE", f"{world.path}/calendars/{calendar}")
    assert (refused.status_code, refused.json()["code"]) == (409, "CALENDAR_IN_USE")
    await world.owner.do("PUT", f"{world.path}/calendar", {})
    await world.owner.do("DELETE", f"{world.path}/calendars/{calendar}")
