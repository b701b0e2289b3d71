"""Every question can be asked of the past: by a position of the log, or by a time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from src.config import Settings
from src.projections import control
from src.projections.users import USERS
from src.testing.http import problem, served, succeeded

from .world import World, make_world


async def at(world: World, path: str, when: object, **more: object) -> Any:
    """The answer of the past, which must be a success."""
    answer = await world.owner.ask("GET", path, params={"as_of": when, "at_least": world.owner.seen, **more})
    assert answer.is_success, answer.text
    return answer.json()


def names(listed: dict[str, Any]) -> list[str]:
    """The WBS codes with the names."""
    return [f"{each['wbs']} {each['name']}" for each in listed["items"]]


async def test_a_deleted_task_is_in_the_past_in_which_it_was_alive(world: World) -> None:
    """Active, deleted, the gap between deletion and restoration, and restored: each as it was, with its WBS code."""
    tasks, (first, second, third) = f"{world.path}/tasks", world.tasks
    active = world.owner.seen
    await world.owner.do("DELETE", f"{tasks}/{first}")
    deleted = world.owner.seen
    await world.owner.do("PATCH", f"{tasks}/{second}", {"name": "Sow late"})
    gap = world.owner.seen
    await world.owner.do("POST", f"{tasks}/{first}/restore", {})
    assert names(await at(world, tasks, active)) == ["1 Dig", "2 Sow", "3 Water"]
    assert names(await at(world, tasks, deleted)) == ["1 Sow", "2 Water"]
    assert names(await at(world, tasks, gap)) == ["1 Sow late", "2 Water"]
    assert names(await at(world, tasks, world.owner.seen)) == ["1 Dig", "2 Sow late", "3 Water"]
    gone = await at(world, f"{tasks}/{first}", gap)
    assert (gone["sequence"], gone["name"]) == (None, "Dig")
    assert [each["id"] for each in (await at(world, tasks, gap, deleted=True))["items"]] == [first]
    assert (await at(world, f"{tasks}/{third}", gap))["wbs"] == "2"


async def test_what_had_not_begun_is_not_there(world: World) -> None:
    """Before a task was added there is none of its id, and before the project was made there is no project."""
    before = world.owner.seen
    task = await world.owner.make(f"{world.path}/tasks", name="Prune")
    answer = await world.owner.ask("GET", f"{world.path}/tasks/{task}", params={"as_of": before})
    problem(answer, 404, "NOT_FOUND")
    problem(await world.owner.ask("GET", world.path, params={"as_of": 1}), 404, "NOT_FOUND")
    assert (await at(world, "projects", 1))["items"] == []


async def test_the_schedule_of_the_past_is_that_of_the_plan_of_the_past(world: World) -> None:
    """Dates, slack, what is critical and why: computed from the plan as it was."""
    then, task = world.owner.seen, world.tasks[0]
    whole, one = f"{world.path}/schedule", f"{world.path}/schedule/{task}"
    before = (await world.owner.get(whole)).json(), (await world.owner.get(one)).json()
    await world.owner.do("PUT", f"{world.path}/tasks/{task}/duration", {"duration": {"tenths": 48_000}})
    assert (await world.owner.get(one)).json()["finish"] != before[1]["finish"]
    assert (await at(world, whole, then))["items"] == before[0]["items"]
    assert await at(world, one, then) == before[1]
    assert (await at(world, f"{world.path}/critical-path", then))["chains"]


async def test_a_task_of_the_past_keeps_to_the_calendar_of_its_own(world: World) -> None:
    """Also to a shared one that nothing else in the project uses."""
    task, hours = world.tasks[2], [{"start": "08:00", "finish": "10:00"}]
    for day in ("MO", "TU", "WE", "TH", "FR"):
        await world.owner.do("PUT", f"calendars/{world.calendar}/weekdays/{day}", {"hours": hours})
    await world.owner.do("PUT", f"{world.path}/tasks/{task}/calendar", {"calendar": world.calendar})
    then, path = world.owner.seen, f"{world.path}/schedule/{task}"
    before = (await world.owner.get(path)).json()
    assert before["start"][:10] < before["finish"][:10]
    await world.owner.do("PUT", f"{world.path}/tasks/{task}/calendar", {"calendar": None})
    past = await at(world, path, then)
    assert (past["start"], past["finish"]) == (before["start"], before["finish"])


async def test_a_time_counts_what_is_reported_later(world: World) -> None:
    """Progress as of yesterday was true yesterday; with `known_at` only what was known before it was reported."""
    path = f"{world.path}/tasks/{world.tasks[1]}"
    then = datetime.now(UTC)
    before = world.owner.seen
    report = {"percent_complete": 40, "effective_at": then.isoformat()}
    await world.owner.do("PATCH", path, {"name": "Sow late"})
    await world.owner.do("POST", f"{path}/progress", report)
    was = await at(world, path, then.isoformat())
    assert (was["name"], was["percent_complete"]) == ("Sow", 40)
    assert (await at(world, path, then.isoformat(), known_at=before))["percent_complete"] == 0
    assert (await at(world, path, before))["percent_complete"] == 0
    assert (await at(world, path, (then + timedelta(days=365)).isoformat()))["name"] == "Sow late"


async def test_an_answer_says_of_when_it_is(world: World) -> None:
    """The position up to which the log was read; the present says none."""
    answer = await world.owner.ask("GET", f"{world.path}/links", params={"as_of": world.owner.seen})
    assert int(answer.headers["Projectory-As-Of"]) == world.owner.seen
    assert "Projectory-As-Of" not in (await world.owner.get(f"{world.path}/links")).headers


async def test_todays_rights_count(world: World) -> None:
    """A former member reads nothing of the past; who is a member now reads what was before."""
    then = world.owner.seen
    await world.owner.do("POST", f"{world.path}/members", {"user": str(world.outsider.user), "role": "viewer"})
    members = f"{world.path}/members"
    answer = await world.outsider.ask("GET", members, params={"as_of": then})
    assert str(world.outsider.user) not in {each["user"] for each in answer.json()["items"]}
    asked = {"as_of": then, "at_least": world.owner.seen}
    listed = await world.outsider.ask("GET", "projects", params=asked)
    assert [(each["id"], each["tasks"]) for each in listed.json()["items"]] == [(world.project, 3)]
    inside = world.owner.seen
    await world.owner.do("DELETE", f"{members}/{world.outsider.user}")
    problem(await world.outsider.ask("GET", members, params={"as_of": inside}), 404, "NOT_FOUND")
    assert (await world.outsider.ask("GET", "projects", params=asked | {"at_least": world.owner.seen})).json()[
        "items"
    ] == []


async def test_people_are_called_as_they_are_now(settings: Settings) -> None:
    """Whoever was not known yet when the past was read first, or has another name since, is named the next time."""
    async with served(settings) as service:
        world = await make_world(service)
        await control.pause(service.app.models, USERS)
        late = await service.person()
        await world.owner.do("POST", f"{world.path}/members", {"user": str(late.user), "role": "viewer"})
        params = {"as_of": world.owner.seen}

        async def named() -> dict[str, str]:
            answer = succeeded(await world.owner.ask("GET", f"{world.path}/members", params=params))
            return {each["user"]: each["name"] for each in answer.json()["items"]}

        assert (await named())[str(late.user)] != f"User-{late.user.hex}".title()
        await control.pause(service.app.models, USERS, paused=False)
        await service.app.runner.catch_up()
        assert (await named())[str(late.user)] == f"User-{late.user.hex}".title()


async def test_calendars_and_resources_have_a_past(world: World) -> None:
    """What they said, and that they were not there."""
    then = world.owner.seen
    for noun, id_ in (("calendars", world.calendar), ("resources", world.resource)):
        await world.administrator.do("PATCH", f"{noun}/{id_}", {"name": "Other"})
        assert (await at(world, f"{world.path}/{noun}/{id_}", then))["name"] != "Other"
        assert (await at(world, f"{world.path}/{noun}/{id_}", world.administrator.seen))["name"] == "Other"
        assert id_ in {each["id"] for each in (await at(world, f"{world.path}/{noun}", then))["items"]}
        assert (await at(world, f"{world.path}/{noun}", 1))["items"] == []


@pytest.mark.parametrize("when", ["", "x", "-1", "2026-03-02", "2026-03-02T08:00:00", "9" * 30, "0001-01-01T00:00:00Z"])
async def test_a_moment_is_a_position_or_a_time_with_its_zone(still: World, when: str) -> None:
    """Whatever else is asked for is refused in words."""
    for name in ("as_of", "known_at"):
        answer = await still.owner.ask("GET", f"{still.path}/tasks", params={name: when})
        told = problem(answer, 422, "INVALID_REQUEST")
        assert told["details"]["faults"][0]["where"][-1] == name


async def test_the_future_is_not_told(still: World) -> None:
    """A position that the log does not have is refused; at a time to come things are as they are now."""
    answer = await still.owner.ask("GET", f"{still.path}/tasks", params={"as_of": 2**50})
    problem(answer, 422, "POSITION_UNKNOWN")
    assert names(await at(still, f"{still.path}/tasks", "2999-01-01T00:00:00Z")) == ["1 Dig", "2 Sow", "3 Water"]


async def test_what_is_told_of_the_present_only_says_so(still: World) -> None:
    """A question that has no past refuses `as_of` and answers nothing of the present in its place."""
    path = f"users/{still.owner.user}/export"
    for name in ("as_of", "known_at"):
        problem(await still.owner.ask("GET", path, params={name: 1}), 422, "AS_OF_NOT_SUPPORTED")
