"""Restoring what was deleted, or as it was: by the commands that make it so, with their rights and rules."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from src.testing.http import problem

from .world import World

STAMPS = {"revision", "placement_revision", "updated_at", "created_at"}
HOURS = [{"start": "08:00", "finish": "12:00"}]
PART = "0190b5f0-0000-7000-8000-00000000000a"
LONG = {"tenths": 9600}


@dataclass(frozen=True)
class Case:
    """A thing that is made, then deleted, and what is asked to bring it back; `view` shows it."""

    wanted: dict[str, str]
    delete: tuple[str, str]
    view: str
    make: tuple[tuple[str, str, Any], ...] = ()
    change: tuple[str, str, Any] | None = None
    """That makes it otherwise; while it is not what it was, as_of brings it back as well."""


def cases(world: World) -> dict[str, Case]:
    """One of each kind."""
    task, other, _ = world.tasks
    own, calendar = world.own_resource, world.own_calendar
    here, item = f"calendars/{calendar}", f"tasks/{other}/assignments/{own}"
    dates = {"start": "2026-07-01", "finish": "2026-08-31", "name": "Summer"}
    week = {**dates, "work_week": PART, "days": [{"weekday": "FR", "hours": HOURS}]}
    noon = {"title": "Start", "notes": "", "start": "2026-03-02T08:00:00Z", "end": "2026-03-02T09:00:00Z"}
    calendar_and = {"calendar": calendar}
    return {
        "task": Case(
            {"task": task},
            ("DELETE", f"tasks/{task}"),
            f"tasks/{task}",
            (("PATCH", f"tasks/{task}", {"notes": "deep"}),),
            ("PUT", f"tasks/{task}/duration", {"duration": LONG}),
        ),
        "link": Case(
            {"link": world.link},
            ("DELETE", f"links/{world.link}"),
            f"links/{world.link}",
            (("PATCH", f"links/{world.link}", {"type": "SS", "lag": {"amount": 600, "unit": "working"}}),),
            ("PATCH", f"links/{world.link}", {"type": "FF", "lag": {"amount": 0, "unit": "working"}}),
        ),
        "assignment": Case(
            {"task": other, "resource": own},
            ("DELETE", item),
            item,
            (("PUT", f"{item}/units", {"units": "0.5"}), ("PUT", f"{item}/delay", {"delay": 600})),
            ("PUT", f"{item}/delay", {"delay": 0}),
        ),
        "staff": Case(
            {"resource": world.resource},
            ("DELETE", f"staff/{world.resource}"),
            f"staff/{world.resource}",
            (("PUT", f"staff/{world.resource}/envelope", {"planned": 48_000}),),
            ("PUT", f"staff/{world.resource}/envelope", {}),
        ),
        "member": Case(
            {"user": str(world.editor.user)},
            ("DELETE", f"members/{world.editor.user}"),
            "members",
            (),
            ("PUT", f"members/{world.editor.user}", {"role": "viewer"}),
        ),
        "calendar": Case(
            calendar_and,
            ("DELETE", here),
            here,
            (("PUT", f"{here}/weekdays/SA", {"hours": HOURS}), ("PUT", f"{here}/base", {"base": world.calendar})),
            ("PUT", f"{here}/base", {"base": None}),
        ),
        "weekday": Case(
            {**calendar_and, "weekday": "SA"},
            ("PUT", f"{here}/weekdays/SA"),
            here,
            (("PUT", f"{here}/weekdays/SA", {"hours": HOURS}),),
            ("PUT", f"{here}/weekdays/SA", {"hours": []}),
        ),
        "work_week": Case(
            {**calendar_and, "work_week": PART},
            ("DELETE", f"{here}/work-weeks/{PART}"),
            here,
            (("POST", f"{here}/work-weeks", week),),
            ("POST", f"{here}/work-weeks", {**week, "name": "Autumn"}),
        ),
        "exception": Case(
            {**calendar_and, "exception": PART},
            ("DELETE", f"{here}/exceptions/{PART}"),
            here,
            (("POST", f"{here}/exceptions", {**dates, "exception": PART, "recurrence": "FREQ=WEEKLY;BYDAY=MO"}),),
        ),
        "holiday": Case(
            {**calendar_and, "date": "2026-03-02"},
            ("DELETE", f"{here}/holidays/2026-03-02"),
            here,
            (("POST", f"{here}/holidays", {"date": "2026-03-02", "name": "Fair"}),),
        ),
        "calendar_event": Case(
            {**calendar_and, "entry": PART},
            ("DELETE", f"{here}/events/{PART}"),
            f"{here}/events",
            (("POST", f"{here}/events", {**noon, "entry": PART}),),
        ),
    }


KINDS = [
    "task",
    "link",
    "assignment",
    "staff",
    "member",
    "calendar",
    "weekday",
    "work_week",
    "exception",
    "holiday",
    "calendar_event",
]


async def seen(world: World, path: str) -> Any:
    """What is shown, but for revisions and times."""
    told = (await world.owner.get(f"{world.path}/{path}")).json()
    if "items" in told:
        return [{name: value for name, value in each.items() if name not in STAMPS} for each in told["items"]]
    return {name: value for name, value in told.items() if name not in STAMPS}


async def made(world: World, kind: str) -> Case:
    """The thing, as it is to be found again."""
    case = cases(world)[kind]
    for method, path, body in case.make:
        await world.owner.do(method, f"{world.path}/{path}", body)
    return case


async def deleted(world: World, case: Case) -> None:
    """Takes the thing away."""
    method, path = case.delete
    await world.owner.do(method, f"{world.path}/{path}", None if method == "DELETE" else {"hours": None})


@pytest.mark.parametrize("kind", KINDS)
async def test_what_was_deleted_is_as_it_was(world: World, kind: str) -> None:
    """By its view; again it does nothing, and the history tells why it came back."""
    case = await made(world, kind)
    before = await seen(world, case.view)
    await deleted(world, case)
    wanted = {"kind": kind, **case.wanted, "reason": "a mistake"}
    answer = await world.owner.do("POST", f"{world.path}/restorations", wanted)
    assert answer["changed"]
    assert await seen(world, case.view) == before
    again = await world.owner.do("POST", f"{world.path}/restorations", wanted)
    assert not again["changed"]
    (event,) = await world.service.app.log.read_positions([answer["position"]])
    assert '"reason":"a mistake"' in event.metadata


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("exception", "holiday", "calendar_event")])
@pytest.mark.parametrize("gone", [False, True])
async def test_a_moment_brings_back_what_it_was_then(world: World, kind: str, gone: bool) -> None:
    """Where it is there, and otherwise now, as well as where it was deleted."""
    case = await made(world, kind)
    before, then = await seen(world, case.view), world.owner.seen
    assert case.change
    method, path, body = case.change
    await world.owner.do(method, f"{world.path}/{path}", body)
    assert await seen(world, case.view) != before
    if gone:
        await deleted(world, case)
    wanted = {"kind": kind, **case.wanted, "as_of": then}
    await world.owner.do("POST", f"{world.path}/restorations", wanted)
    assert await seen(world, case.view) == before


async def test_a_task_is_all_that_it_was(world: World) -> None:
    """Every attribute, and its place: from under a summary back to where it was, between the same others."""
    third = f"{world.path}/tasks/{world.tasks[2]}"
    await world.owner.do("PUT", f"{third}/splits", {"splits": [{"after": 600, "gap": 4800}]})
    await world.owner.do("PUT", f"{third}/deadline", {"deadline": "2026-03-06T17:00:00"})
    await world.owner.do("PATCH", f"{third}/fields", {"fields": {"status": "new", "label": ["a", "b"]}})
    await world.owner.do("POST", f"{third}/move", {"position": 2})
    before, then = await seen(world, f"tasks/{world.tasks[2]}"), datetime.now(UTC).isoformat()
    assert before["wbs"] == "2"
    otherwise: list[tuple[str, dict[str, Any]]] = [
        ("fields", {"fields": {"status": "open", "colour": "red"}, "removed": ["label"]}),
        ("splits", {"splits": []}),
        ("duration", {"duration": {"tenths": 600}}),
        ("constraint", {"constraint": {"type": "SNET", "date": "2026-03-02T08:00:00"}}),
        ("deadline", {"deadline": None}),
        ("mode", {"mode": "manual", "start": "2026-03-02T08:00:00"}),
        ("calendar", {"calendar": world.own_calendar, "ignores_resource_calendars": True}),
        ("priority", {"priority": 700}),
        ("type", {"type": "fixed_work"}),
    ]
    for what, body in otherwise:
        await world.owner.do("PATCH" if what == "fields" else "PUT", f"{third}/{what}", body)
    await world.owner.do("PATCH", third, {"name": "Other", "notes": "Other"})
    await world.owner.do("POST", f"{third}/move", {"parent": world.tasks[0]})
    wanted = {"kind": "task", "task": world.tasks[2], "as_of": then}
    await world.owner.do("POST", f"{world.path}/restorations", wanted)
    assert await seen(world, f"tasks/{world.tasks[2]}") == before
    answer = await world.owner.do("POST", f"{world.path}/restorations", wanted)
    assert not answer["changed"]


async def test_a_repeat_is_answered_as_before(world: World) -> None:
    """Under one Idempotency-Key, though by then other commands would be made; another thing is refused under it."""
    await world.owner.do("DELETE", f"{world.path}/links/{world.link}")
    wanted, key = {"kind": "link", "link": world.link}, {"Idempotency-Key": PART}
    answer = await world.owner.do("POST", f"{world.path}/restorations", wanted, **key)
    await world.owner.do("PATCH", f"{world.path}/links/{world.link}", {"type": "SS"})
    assert await world.owner.do("POST", f"{world.path}/restorations", wanted, **key) == answer
    other = {"kind": "task", "task": world.tasks[0]}
    again = await world.owner.ask("POST", f"{world.path}/restorations", json=other, headers=key)
    problem(again, 422, "COMMAND_ID_REUSED")


async def test_what_does_not_fit_any_more_is_refused_and_nothing_is_done(world: World) -> None:
    """With the code of the command: a link of a deleted task, a task that went with another one."""
    first, second, _ = world.tasks
    await world.owner.do("DELETE", f"{world.path}/links/{world.link}")
    child = await world.owner.make(f"{world.path}/tasks", name="Child", parent=first)
    await world.owner.do("DELETE", f"{world.path}/tasks/{first}")
    head = await world.service.app.log.head()
    answer = await world.owner.ask("POST", f"{world.path}/restorations", json={"kind": "link", "link": world.link})
    problem(answer, 409, "TASK_DELETED")
    answer = await world.owner.ask("POST", f"{world.path}/restorations", json={"kind": "task", "task": child})
    assert problem(answer, 409, "TASK_DELETED")["details"]["deleted_with"] == first
    happened = await world.service.app.log.read(head, 100)
    assert {event.type for event in happened} <= {"RequestRefused"}
    assert (await world.owner.get(f"{world.path}/tasks/{second}")).json()["wbs"] == "1"


async def test_rights_are_those_of_the_commands(world: World) -> None:
    """A viewer restores nothing, an editor no member, an outsider does not learn that there is a project."""
    path = f"{world.path}/restorations"
    await world.owner.do("DELETE", f"{world.path}/members/{world.viewer.user}")
    member = {"kind": "member", "user": str(world.viewer.user)}
    problem(await world.editor.ask("POST", path, json=member), 403, "FORBIDDEN")
    problem(await world.outsider.ask("POST", path, json=member), 404, "NOT_FOUND")
    await world.owner.do("POST", path, member)
    link = {"kind": "link", "link": world.link}
    problem(await world.viewer.ask("POST", path, json=link), 403, "FORBIDDEN")
    assert (await world.editor.ask("POST", path, json=link)).is_success


async def test_what_never_was_is_not_restored(world: World) -> None:
    """Nor what was not there at the moment; a shared calendar is no project's to change."""
    path, born = f"{world.path}/restorations", 1
    nothing: list[dict[str, Any]] = [
        {"kind": "task", "task": world.link},
        {"kind": "assignment", "task": world.tasks[0], "resource": world.own_resource},
        {"kind": "holiday", "calendar": world.own_calendar, "date": "2026-03-02"},
        {"kind": "calendar", "calendar": world.calendar},
        {"kind": "weekday", "calendar": world.calendar, "weekday": "SA"},
    ]
    for wanted in nothing:
        problem(await world.owner.ask("POST", path, json=wanted), 404, "NOT_FOUND")
    wanted = {"kind": "link", "link": world.link, "as_of": born}
    problem(await world.owner.ask("POST", path, json=wanted), 409, "NOT_THERE_THEN")
    problem(await world.owner.ask("POST", path, json={**wanted, "as_of": 2**50}), 422, "POSITION_UNKNOWN")


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "resource", "resource": PART},
        {"kind": "calendar"},
        {"kind": "task"},
        {"kind": "task", "task": PART, "link": PART},
        {"kind": "assignment", "task": PART},
        {"kind": "task", "task": PART, "as_of": "2026-03-02T08:00:00"},
        {"kind": "task", "task": PART, "as_of": "0001-01-01T00:00:00Z"},
        {"kind": "task", "task": PART, "as_of": -1},
        {"kind": "holiday", "calendar": PART, "date": "1000-01-01"},
    ],
    ids=str,
)
async def test_a_thing_is_called_by_its_names(still: World, body: dict[str, Any]) -> None:
    """Those of its kind, all of them and no others, and a moment that there is."""
    problem(await still.owner.ask("POST", f"{still.path}/restorations", json=body), 422, "INVALID_REQUEST")
