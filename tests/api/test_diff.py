"""What is otherwise between two moments: each thing once, with what it said before and after."""

from typing import Any

from src.config import Settings
from src.projections import control
from src.projections.links import LINKS
from src.projections.users import USERS
from src.testing.http import problem, served, succeeded
from tests.conftest import nobody_woken

from .world import World, make_world


async def diff(world: World, **moments: object) -> list[dict[str, Any]]:
    """All differences, from pages of two."""
    pages = await world.owner.pages(f"{world.path}/diff", limit=2, **moments)
    return [item for page in pages for item in page]


def told(found: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    """By what changed and the name: the fields, as (old, new)."""
    return {
        (each["what"], f"{each['kind']} {each['name']}".strip()): {
            field["field"]: (field["old"], field["new"]) for field in (*each["fields"], *each["dates"])
        }
        for each in found
    }


async def test_fields_and_dates_are_told_with_their_old_and_new_values(world: World) -> None:
    """A longer task changes its duration, and the dates of what comes after it; nothing else is told."""
    then, (first, second, _) = world.owner.seen, world.tasks
    await world.owner.do("PUT", f"{world.path}/tasks/{first}/duration", {"duration": {"tenths": 9_600}})
    found = told(await diff(world, **{"from": then}))
    longer = found["changed", "task Dig"]
    assert longer["duration"] == ({"tenths": 4_800, "elapsed": False}, {"tenths": 9_600, "elapsed": False})
    assert longer["finish"][0] < longer["finish"][1]
    assert "start" in found["changed", "task Sow"]
    assert "duration" not in found["changed", "task Sow"]
    assert second


async def test_what_came_and_went_is_told_whole(world: World) -> None:
    """An added task, a deleted one with its name, links and people; in the other direction it is the reverse."""
    then, (first, *_) = world.owner.seen, world.tasks
    await world.owner.make(f"{world.path}/tasks", name="Prune", notes="Roses")
    await world.owner.do("DELETE", f"{world.path}/tasks/{first}")
    await world.owner.do("POST", f"{world.path}/members", {"user": str(world.outsider.user), "role": "viewer"})
    now = world.owner.seen
    forward, back = await diff(world, **{"from": then}), await diff(world, **{"from": now, "to": then})
    found, reverse = told(forward), told(back)
    assert found["added", "task Prune"]["notes"] == (None, "Roses")
    assert found["removed", "task Dig"]["name"] == ("Dig", None)
    assert found["added", "member"] == {"role": (None, "viewer")}
    assert ("removed", "link") in found
    turned = {"added": "removed", "removed": "added", "changed": "changed"}
    assert reverse == {
        (turned[what], name): {field: pair[::-1] for field, pair in fields.items()}
        for (what, name), fields in found.items()
    }


async def test_between_a_moment_and_itself_nothing_is_otherwise(world: World) -> None:
    """Deleted and restored: nothing is left of it but the revisions, which are not told."""
    then = world.owner.seen
    assert await diff(world, **{"from": then, "to": then}) == []
    await world.owner.do("DELETE", f"{world.path}/tasks/{world.tasks[0]}")
    await world.owner.do("POST", f"{world.path}/tasks/{world.tasks[0]}/restore", {})
    assert await diff(world, **{"from": then}) == []


async def test_pages_are_of_the_moments_of_the_first(world: World) -> None:
    """Who pages on while others write is told no more and no less than was there at first."""
    then = world.owner.seen
    for name in ("A", "B", "C"):
        await world.owner.make(f"{world.path}/tasks", name=name)
    path = f"{world.path}/diff"
    whole = (await world.owner.get(path, **{"from": then})).json()
    first = (await world.owner.get(path, **{"from": then}, limit=1)).json()
    await world.owner.make(f"{world.path}/tasks", name="D")
    rest = (await world.owner.get(path, **{"from": then}, after=first["next"])).json()
    assert first["items"] + rest["items"] == whole["items"]
    assert first["total"] == rest["total"] == len(whole["items"])


async def test_now_is_what_the_read_models_show(settings: Settings) -> None:
    """While some of them are paused, all is told up to where they stopped, and names do not matter."""
    async with served(settings) as service:
        world = await make_world(service)
        await service.app.runner.catch_up()
        then = world.owner.seen
        await world.owner.make(f"{world.path}/tasks", name="Prune")
        await service.app.runner.catch_up()
        now = world.owner.seen
        for paused in (LINKS, USERS):
            await control.pause(service.app.models, paused)
        await world.owner.make(f"{world.path}/tasks", name="Weed")
        found = succeeded(await world.owner.ask("GET", f"{world.path}/diff", params={"from": then})).json()
    assert [each["name"] for each in found["items"]] == ["Prune"]
    assert found["after"] == now


async def test_now_is_not_before_what_was_asked_for(settings: Settings) -> None:
    """A project to which something has not been applied yet is told up to there, and not up to its last change."""
    async with served(settings, nobody_woken) as service:
        world = await make_world(service)
        await world.administrator.do("PATCH", f"calendars/{world.calendar}", {"name": "Night crew"})
        seen = world.administrator.seen
        await service.app.runner.catch_up()
        await world.owner.make(f"{world.path}/tasks", name="Weed")
        found = await world.owner.ask("GET", f"{world.path}/diff", params={"from": seen, "at_least": seen})
    assert succeeded(found).json() | {"items": []} == {
        "items": [], "next": None, "before": seen, "after": world.owner.seen - 2, "total": 0
    }  # fmt: skip


async def test_moments_that_are_none_are_refused(still: World) -> None:
    """Nothing, nonsense, the future, and cursors of other lists."""
    for params, code in (
        ({}, "INVALID_REQUEST"),
        ({"from": "x"}, "INVALID_REQUEST"),
        ({"from": 2**50}, "POSITION_UNKNOWN"),
        ({"from": 1, "after": "x"}, "INVALID_CURSOR"),
    ):
        problem(await still.owner.ask("GET", f"{still.path}/diff", params=params), 422, code)
