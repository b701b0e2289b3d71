"""Fields of tasks as requests: set, read, removed, refused by code; and nobody gives them a time of their own."""

from typing import Any

import pytest

from .world import World


async def test_fields_are_set_read_and_removed(world: World) -> None:
    """A text or several by name; what is not named stays, and a stale revision is refused."""
    path = f"{world.path}/tasks/{world.tasks[0]}"
    await world.owner.do("PATCH", f"{path}/fields", {"fields": {"status": "Open", "labels": ["b", "a"]}})
    await world.owner.do("PATCH", f"{path}/fields", {"fields": {"points": "3"}, "removed": ["status"]})
    read = await world.owner.get(path)
    assert read.json()["fields"] == {"labels": ["b", "a"], "points": "3"}
    stale = await world.owner.ask(
        "PATCH", f"{path}/fields", json={"fields": {"points": "5"}}, headers={"If-Match": '"1.1"'}
    )
    assert (stale.status_code, stale.json()["code"]) == (412, "STALE_WRITE")


@pytest.mark.parametrize(
    "body",
    [
        {"fields": {"status": ""}},
        {"fields": {"status": 3}},
        {"fields": {"status": "x"}, "removed": ["status"]},
        {"fields": {"status": "x"}, "effective_at": "2020-01-01T00:00:00Z"},
        {"fields": {"status": "x"}, "author": "01890000-0000-7000-8000-000000000001"},
        {"fields": {"status": "x"}, "imported": True},
    ],
)
async def test_what_cannot_be_set_is_refused(world: World, body: dict[str, Any]) -> None:
    """No empty value, no number; and no time, author or import, which only the command line gives."""
    answer = await world.owner.ask("PATCH", f"{world.path}/tasks/{world.tasks[0]}/fields", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_REQUEST")
