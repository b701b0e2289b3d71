"""Calendars over HTTP: which somebody sees, the hours of dates, and what is refused."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from src.queries.reading import cursor_of
from src.testing.http import problem

from .world import World

HOURS = [{"start": "08:00", "finish": "12:00"}]
USUAL = [{"start": "08:00", "finish": "12:00"}, {"start": "13:00", "finish": "17:00"}]


def days(first: str, last: str) -> dict[str, str]:
    """The dates that are asked for."""
    return {"from": first, "to": last}


async def test_a_projects_calendars_are_its_own_and_the_shared_ones(world: World) -> None:
    """Among the shared ones there is none of a project, and in a project none of another."""
    other = await world.owner.make("projects", name=f"Other {world.owner.user}")
    foreign = await world.owner.make(f"projects/{other}/calendars", name="Foreign", time_zone="UTC")
    listed: dict[str, set[str]] = {}
    for path in ("calendars", f"{world.path}/calendars"):
        listed[path] = {item["id"] for page in await world.owner.pages(path, limit=1000) for item in page}
    assert world.calendar in listed["calendars"]
    assert not {world.own_calendar, foreign} & listed["calendars"]
    assert {world.calendar, world.own_calendar} <= listed[f"{world.path}/calendars"]
    assert foreign not in listed[f"{world.path}/calendars"]
    for path in (f"calendars/{world.own_calendar}", f"{world.path}/calendars/{foreign}"):
        for part in ("", "/days?from=2026-01-01&to=2026-01-01", "/events"):
            problem(await world.owner.ask("GET", path + part), 404, "NOT_FOUND")


async def test_a_day_says_why_it_has_its_hours(world: World) -> None:
    """The exception, the holiday, the work week by name, or the weekday; a base counts too."""
    shared, own = f"calendars/{world.calendar}", f"{world.path}/calendars/{world.own_calendar}"
    await world.owner.do("PUT", f"{own}/base", {"base": world.calendar})
    await world.owner.do("POST", f"{shared}/holidays", {"date": "2026-03-03", "name": "Fair"})
    friday = [{"weekday": "FR", "hours": HOURS}]
    week = {"name": "Short", "start": "2026-03-02", "finish": "2026-03-08", "days": friday}
    await world.owner.do("POST", f"{shared}/work-weeks", week)
    weekly = {
        "name": "Stocktaking",
        "start": "2026-01-01",
        "finish": "2026-12-31",
        "recurrence": "FREQ=WEEKLY;BYDAY=WE",
    }
    await world.owner.do("POST", f"{own}/exceptions", {**weekly, "hours": HOURS})
    told = (await world.owner.get(f"{own}/days", **days("2026-03-02", "2026-03-07"))).json()
    assert [(day["date"][-2:], day["hours"], day["why"], day["name"]) for day in told] == [
        ("02", USUAL, "weekday", ""),
        ("03", [], "holiday", "Fair"),
        ("04", HOURS, "exception", "Stocktaking"),
        ("05", USUAL, "weekday", ""),
        ("06", HOURS, "work_week", "Short"),
        ("07", [], "weekday", ""),
    ]
    item = (await world.owner.get(own)).json()
    assert item["base"] == world.calendar
    assert [each["recurrence"] for each in item["exceptions"]] == [weekly["recurrence"]]
    assert (await world.owner.get(shared)).json()["holidays"] == [{"date": "2026-03-03", "name": "Fair"}]


@pytest.mark.parametrize(
    "asked, code",
    [
        (days("2026-01-02", "2026-01-01"), "PERIOD_REVERSED"),
        (days("2026-01-01", "2027-01-02"), "TOO_MANY_DATES"),
        (days("1899-12-31", "1900-01-01"), "INVALID_REQUEST"),
        (days("0001-01-01", "9999-12-31"), "INVALID_REQUEST"),
        (days("today", "2026-01-01"), "INVALID_REQUEST"),
        ({"from": "2026-01-01"}, "INVALID_REQUEST"),
    ],
)
async def test_days_are_asked_for_by_the_year(still: World, asked: dict[str, str], code: str) -> None:
    """At most 366, from a first to a last that does not lie before it, of this time."""
    path = f"calendars/{still.calendar}/days"
    problem(await still.owner.ask("GET", path, params=asked), 422, code)
    assert len((await still.owner.get(path, **days("2199-01-01", "2199-12-31"))).json()) == 365


async def test_meetings_are_listed_as_they_begin(world: World) -> None:
    """In pages, each once, whatever the order in which they came."""
    path = f"{world.path}/calendars/{world.own_calendar}/events"
    for hour in (11, 9, 10, 9, 8):
        at = f"2026-03-02T{hour:02}:00:00Z"
        await world.owner.do("POST", path, {"title": str(hour), "start": at, "end": at})
    pages = await world.owner.pages(path, limit=2)
    assert [item["title"] for page in pages for item in page] == ["8", "9", "9", "10", "11"]
    assert [len(page) for page in pages] == [2, 2, 1]


async def test_a_page_goes_on_where_the_last_meeting_was_removed(world: World) -> None:
    """A cursor says when, not only which; what is none is refused."""
    path = f"calendars/{world.calendar}/events"
    for hour in (8, 9, 10):
        at = f"2026-03-02T{hour:02}:00:00Z"
        await world.owner.do("POST", path, {"title": str(hour), "start": at, "end": at})
    first = (await world.owner.get(path, limit=2)).json()
    await world.owner.do("DELETE", f"{path}/{first['items'][1]['id']}")
    after = (await world.owner.get(path, limit=2, after=first["next"])).json()
    assert [item["title"] for item in after["items"]] == ["10"]
    for key in (["x", str(UUID(int=1))], ["0001-01-01T00:00:00+10:00", str(UUID(int=1))], [7, "x"], ["2026-01-01"]):
        problem(await world.owner.ask("GET", path, params={"after": cursor_of(*key)}), 422, "INVALID_CURSOR")


async def test_a_deleted_calendar_can_be_read_and_is_not_listed(world: World) -> None:
    """What was planned with it can still be understood."""
    path = f"{world.path}/calendars"
    await world.owner.do("DELETE", f"{path}/{world.own_calendar}")
    listed = {item["id"] for page in await world.owner.pages(path, limit=1000) for item in page}
    assert world.own_calendar not in listed
    assert (await world.owner.get(f"{path}/{world.own_calendar}")).json()["deleted"] is True


async def test_public_holidays_can_be_looked_at_first(still: World) -> None:
    """Those of a country, a region and a year, as they would be added; what is not known is said so."""
    there = await still.outsider.get("holidays", country="DE", region="BY", year=2026)
    assert {"date": "2026-01-06", "name": "Heilige Drei Könige"} in there.json()
    for asked, code in (
        ({"country": "XX", "year": 2026}, "COUNTRY_UNKNOWN"),
        ({"country": "DE", "region": "XX", "year": 2026}, "REGION_UNKNOWN"),
        ({"country": "DE", "year": 1900}, "HOLIDAYS_UNKNOWN"),
        ({"country": "Germany", "year": 2026}, "INVALID_REQUEST"),
        ({"country": "DE", "year": 10**30}, "INVALID_REQUEST"),
    ):
        problem(await still.outsider.ask("GET", "holidays", params=asked), 422, code)


@pytest.mark.parametrize(
    "method, part, body",
    [
        ("PUT", "weekdays/XX", {"hours": []}),
        ("PUT", "weekdays/MO", {}),
        ("PUT", "weekdays/MO", {"hours": [{"start": "8", "finish": "9"}]}),
        ("PUT", "weekdays/MO", {"hours": [{"start": "08:00", "finish": "09:00"}] * 49}),
        ("DELETE", "holidays/2026-02-30", None),
        ("DELETE", "holidays/0001-01-01", None),
        ("POST", "holidays", {"date": "2026-03-02T08:00:00Z", "name": "Fair"}),
        ("POST", "holidays", {"date": "9999-12-31", "name": "Fair"}),
        ("POST", "public-holidays", {"country": "DE", "years": []}),
        ("POST", "public-holidays", {"country": "DE", "years": [10**40]}),
        ("POST", "exceptions", {"start": "2026-01-01", "finish": "2026-01-01", "recurrence": "F" * 501}),
        ("POST", "work-weeks", {"start": "2026-01-01", "finish": "2026-01-01", "days": []}),
        ("POST", "events", {"title": "x", "start": "0001-01-01T00:00:00Z", "end": "2026-01-01T00:00:00Z"}),
    ],
)
async def test_what_makes_no_sense_is_refused(still: World, method: str, part: str, body: Any) -> None:
    """422 says where."""
    for path in (f"calendars/{still.calendar}", f"{still.path}/calendars/{still.own_calendar}"):
        answer = await still.owner.ask(method, f"{path}/{part}", **({} if body is None else {"json": body}))
        problem(answer, 422, "INVALID_REQUEST")


async def test_whoever_has_seen_an_older_revision_is_told(world: World) -> None:
    """The tag of the item is good for every change of it, once."""
    path = f"calendars/{world.calendar}"
    tag = (await world.owner.get(path)).headers["etag"]
    body = {"date": date(2026, 5, 1).isoformat(), "name": "Fair"}
    first = await world.owner.ask("POST", f"{path}/holidays", json=body, headers={"If-Match": tag})
    assert first.status_code == 200
    body["date"] = "2026-05-02"
    second = await world.owner.ask("POST", f"{path}/holidays", json=body, headers={"If-Match": tag})
    problem(second, 412, "STALE_WRITE")


async def test_a_restored_calendar_is_there_again(world: World) -> None:
    """Listed, as a new revision, and history and activity tell it; in the past it stays gone. Again it does nothing."""
    path = f"{world.path}/calendars"
    item = f"{path}/{world.own_calendar}"
    await world.owner.do("DELETE", item)
    gone, tag = world.owner.seen, (await world.owner.get(item)).headers["etag"]
    answer = await world.owner.do("POST", f"{item}/restore")
    assert answer["changed"]
    stale = await world.owner.ask("POST", f"{item}/restore", headers={"If-Match": tag})
    problem(stale, 412, "STALE_WRITE")
    again = await world.owner.do("POST", f"{item}/restore")
    assert not again["changed"]
    for asked, there in (({}, True), ({"as_of": gone}, False)):
        pages = await world.owner.pages(path, limit=1000, **asked)
        assert (world.own_calendar in {each["id"] for page in pages for each in page}) is there
    changes = (await world.owner.get(f"{item}/history")).json()["items"]
    assert [(each["what"], each["event"]) for each in changes[:2]] == [
        ("restored", "CalendarRestored"),
        ("deleted", "CalendarDeleted"),
    ]
    (change,) = (await world.owner.get(f"{world.path}/activity")).json()["items"][0]["changes"]
    assert (change["what"], change["about"]["id"]) == ("Calendar restored", world.own_calendar)


async def test_a_calendar_is_what_it_was_at_a_moment(world: World) -> None:
    """By its name and its base; what it says now stays, as each of that is restored by itself."""
    item = f"{world.path}/calendars/{world.own_calendar}"
    before, then = (await world.owner.get(item)).json(), world.owner.seen
    await world.owner.do("PATCH", item, {"name": "Night shift"})
    await world.owner.do("PUT", f"{item}/base", {"base": world.calendar})
    await world.owner.do("PUT", f"{item}/weekdays/SA", {"hours": HOURS})
    await world.owner.do("DELETE", item)
    wanted = {"kind": "calendar", "calendar": world.own_calendar, "as_of": then}
    await world.owner.do("POST", f"{world.path}/restorations", wanted)
    after = (await world.owner.get(item)).json()
    assert [after[name] for name in ("name", "base", "deleted")] == [before["name"], None, False]
    assert after["weekdays"] == [{"weekday": "SA", "hours": HOURS}]


async def test_what_a_restored_calendar_would_move_can_be_asked_before(world: World) -> None:
    """A task that would take it up again, by the hours that it had; nothing is done, and then it comes to the same."""
    item, task = f"{world.path}/calendars/{world.own_calendar}", world.tasks[0]
    await world.owner.do("PUT", f"{item}/weekdays/MO", {"hours": HOURS})
    await world.owner.do("DELETE", item)
    taken = {"calendar": world.own_calendar}
    commands = [
        {"command": "RestoreCalendar", "fields": {"project": world.project, **taken}},
        {"command": "SetTaskCalendar", "fields": {"task": task, **taken}},
    ]
    told = (await world.owner.ask("POST", f"{world.path}/preview", json={"commands": commands})).json()
    assert "CalendarRestored" in told["events"]
    foretold = {move["task"]: move["after"]["finish"] for move in told["moves"]}
    assert (await world.owner.get(item)).json()["deleted"]
    await world.owner.do("POST", f"{item}/restore")
    await world.owner.do("PUT", f"{world.path}/tasks/{task}/calendar", taken)
    for each, finish in foretold.items():
        assert (await world.owner.get(f"{world.path}/schedule/{each}")).json()["finish"] == finish
    assert task in foretold
