"""Lists: every item once, whatever the size of the pages."""

import base64
import json
from typing import Any

import pytest

from src.testing.http import Person, problem

from .world import World

LISTS = ("projects", "members", "tasks", "deleted", "links", "audit", "everything")


def listed(world: World, name: str) -> tuple[Person, str, dict[str, Any]]:
    """Who reads a list, where, and with what it is asked for."""
    match name:
        case "projects":
            return world.owner, "projects", {"archived": True}
        case "deleted":
            return world.owner, f"{world.path}/tasks", {"deleted": True}
        case "everything":
            return world.administrator, "audit", {"by": str(world.owner.user), "result": "accepted"}
        case "audit":  # that it is read is noted in it
            return world.owner, f"{world.path}/audit", {"result": "accepted"}
        case _:
            return world.owner, f"{world.path}/{name}", {}


async def fill(world: World) -> None:
    """Some of everything."""
    for number in range(5):
        await world.owner.make("projects", name=f"Project {number} of {world.owner.user}")
        task = await world.owner.make(f"{world.path}/tasks", name=f"Task {number}")
        await world.owner.make(f"{world.path}/links", predecessor=world.tasks[0], successor=task)
        gone = await world.owner.make(f"{world.path}/tasks", name=f"Gone {number}")
        await world.owner.do("DELETE", f"{world.path}/tasks/{gone}")
        user = (await world.service.person()).user
        await world.owner.do("POST", f"{world.path}/members", {"user": str(user), "role": "viewer"})
    world.administrator.seen = world.owner.seen


async def test_pages_of_any_size_give_every_item_once(world: World) -> None:
    """The items of all pages are those of one great page, in the same order, and no page is larger than asked for."""
    await fill(world)
    for name in LISTS:
        person, path, params = listed(world, name)
        (whole,) = await person.pages(path, limit=1000, **params)
        assert len(whole) >= 5
        for limit in (2, len(whole) - 1, len(whole)):
            pages = await person.pages(path, limit=limit, **params)
            assert [item for page in pages for item in page] == whole
            assert {len(page) for page in pages[:-1]} <= {limit}
            assert pages[-1] != []


async def test_a_cursor_that_no_page_gave_is_refused(still: World) -> None:
    """A cursor that is damaged, of another list or made up answers 422 on every list."""
    keys: list[Any] = [[], [None], [[]], [{}], ["x"], [-1], [2**200], [1.5], [1, 2], {}, None, 5, "", [True, False]]
    made_up = [base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=") for key in keys]
    for name in LISTS:
        person, path, params = listed(still, name)
        for cursor in ("%", "x", "é", "\0", "W10", "[" * 400, base64.b64encode(b"[" * 300).decode(), *made_up):
            answer = await person.ask("GET", path, params={**params, "after": cursor})
            problem(answer, 422, "INVALID_CURSOR")


async def test_a_cursor_is_of_bounded_length(still: World) -> None:
    """A cursor longer than any page gives answers 422."""
    answer = await still.owner.ask("GET", "projects", params={"after": "x" * 501})
    problem(answer, 422, "INVALID_REQUEST")


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "9" * 100, "1.5", "x", ""])
async def test_a_page_holds_one_to_a_thousand(still: World, limit: str) -> None:
    """Any other limit answers 422."""
    problem(await still.owner.ask("GET", "projects", params={"limit": limit}), 422, "INVALID_REQUEST")


async def test_archived_projects_are_listed_when_asked_for(world: World) -> None:
    """An archived project is left out of the list, and in it with `archived`."""
    await world.owner.do("POST", f"{world.path}/archive", {})
    assert await world.owner.pages("projects") == [[]]
    ((project,),) = await world.owner.pages("projects", archived=True)
    assert (project["id"], project["archived"], project["tasks"]) == (world.project, True, 3)


async def test_links_may_be_asked_for_by_task(world: World) -> None:
    """Only the links that begin or end at the task are listed."""
    for task, links in zip(world.tasks, ([world.link], [world.link], []), strict=True):
        (page,) = await world.owner.pages(f"{world.path}/links", task=task)
        assert [link["id"] for link in page] == links


async def test_the_outline_is_in_order_with_codes(world: World) -> None:
    """Tasks come in the order of the outline, with WBS codes, levels and summaries."""
    await world.owner.make(f"{world.path}/tasks", name="Dig out", parent=world.tasks[0])
    (page,) = await world.owner.pages(f"{world.path}/tasks")
    assert [(task["wbs"], task["name"], task["level"], task["summary"]) for task in page] == [
        ("1", "Dig", 1, True),
        ("1.1", "Dig out", 2, False),
        ("2", "Sow", 1, False),
        ("3", "Water", 1, False),
    ]
