"""Searching over HTTP: who finds what, and how it is shown."""

from typing import Any

import pytest

from src.testing.http import Person, problem

from .world import World


async def hits(person: Person, path: str, q: str, **params: Any) -> list[dict[str, Any]]:
    """All that is found."""
    return [hit for page in await person.pages(path, q=q, limit=2, **params) for hit in page]


async def test_what_was_found_is_marked(world: World) -> None:
    """In the name and in a part of the notes; whatever else is there is escaped."""
    notes = f"{'before ' * 30}the <b>Gärten</b> of old; {'behind ' * 60}"
    await world.owner.make(f"{world.path}/tasks", name="Ask <i> about GARTEN plans", notes=notes)
    (hit,) = await hits(world.owner, f"{world.path}/search", '"gart"* -water')
    assert hit["marked"] == "Ask &lt;i&gt; about <mark>GARTEN</mark> plans"
    assert "the &lt;b&gt;<mark>Gärten</mark>&lt;/b&gt; of old" in hit["snippet"]
    assert hit["snippet"].startswith("…")
    assert hit["snippet"].endswith("…")
    assert (hit["rank"], hit["wbs"], hit["deleted"]) == (1, "4", False)


async def test_everybody_finds_what_they_may_read(world: World) -> None:
    """A member in their projects, an administrator everywhere, an outsider nothing; a removed member nothing more."""
    word = f"w{world.owner.user.hex}"
    task = await world.owner.make(f"{world.path}/tasks", name=word)
    for person in (world.viewer, world.outsider, world.administrator):
        person.seen = world.owner.seen
    for person in (world.owner, world.viewer, world.administrator):
        assert [hit["task"] for hit in await hits(person, "search", word)] == [task]
    assert await hits(world.outsider, "search", word) == []
    problem(await world.outsider.ask("GET", f"{world.path}/search?q={word}"), 404, "NOT_FOUND")
    await world.owner.do("DELETE", f"{world.path}/members/{world.viewer.user}")
    world.viewer.seen = world.owner.seen
    assert await hits(world.viewer, "search", word) == []


async def test_deleted_tasks_are_found_when_asked_for(world: World) -> None:
    """Without a code in the outline."""
    await world.owner.do("DELETE", f"{world.path}/tasks/{world.tasks[0]}")
    assert await hits(world.owner, f"{world.path}/search", "dig") == []
    (hit,) = await hits(world.owner, f"{world.path}/search", "dig", deleted=True)
    assert (hit["deleted"], hit["wbs"]) == (True, "")


@pytest.mark.parametrize(
    "q, code",
    [("", "SEARCH_EMPTY"), ("-dig", "SEARCH_EMPTY"), ("a b c d e f g h i j k l m n o p q r s t u", "SEARCH_TOO_LONG")],
)
async def test_a_question_that_cannot_be_answered_is_refused(still: World, q: str, code: str) -> None:
    """With what to do about it."""
    for path in ("search", f"{still.path}/search"):
        problem(await still.owner.ask("GET", path, params={"q": q}), 422, code)
