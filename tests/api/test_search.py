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


async def test_the_past_is_searched(world: World) -> None:
    """By the names of then, and what was deleted then is found when it is asked for."""
    path, (first, second, _) = f"{world.path}/search", world.tasks
    then = world.owner.seen
    await world.owner.do("PATCH", f"{world.path}/tasks/{first}", {"name": "Plough"})
    await world.owner.do("DELETE", f"{world.path}/tasks/{second}")
    deleted = world.owner.seen
    new = await world.owner.make(f"{world.path}/tasks", name="Dig again")
    await world.owner.do("POST", f"{world.path}/tasks/{second}/restore", {})

    async def found(q: str, **params: Any) -> list[tuple[str, str, bool]]:
        return [(hit["task"], hit["wbs"], hit["deleted"]) for hit in await hits(world.owner, path, q, **params)]

    assert await found("dig", as_of=then) == [(first, "1", False)]
    assert await found("plough", as_of=then) == []
    assert await found("dig", as_of=deleted) == []
    assert await found("dig") == [(new, "4", False)]
    assert await found("sow", as_of=then) == [(second, "2", False)]
    assert await found("sow", as_of=deleted) == []
    assert await found("sow", as_of=deleted, deleted=True) == [(second, "", True)]
    (hit,) = await hits(world.owner, path, "plo*", as_of=deleted)
    assert (hit["marked"], hit["project"]) == ("<mark>Plough</mark>", world.project)
    answer = await world.owner.get(path, q="dig", as_of=then)
    assert int(answer.headers["Projectory-As-Of"]) == then
    problem(await world.owner.ask("GET", path, params={"q": "-dig", "as_of": then}), 422, "SEARCH_EMPTY")


async def test_the_past_of_all_projects_is_searched(world: World) -> None:
    """Those that somebody may read now, page by page, as far as they were there."""
    word, owner, viewer = f"w{world.owner.user.hex}", world.owner, world.viewer
    await owner.make(f"{world.path}/tasks", name=word)
    first = owner.seen
    other = await owner.make("projects", name="Another")
    for n in range(3):
        await owner.make(f"projects/{other}/tasks", name=f"{word} {n}")
    then = owner.seen
    await owner.do("PATCH", f"projects/{other}", {"name": "Renamed"})
    await owner.make(f"projects/{other}/tasks", name=f"{word} at last")
    viewer.seen = world.outsider.seen = owner.seen

    async def found(person: Person, **params: Any) -> list[str]:
        return sorted(f"{hit['project_name']}: {hit['name']}" for hit in await hits(person, "search", word, **params))

    name = (await owner.get(world.path)).json()["name"]
    assert await found(owner, as_of=first) == [f"{name}: {word}"]
    all_ = sorted([f"{name}: {word}", *(f"Another: {word} {n}" for n in range(3))])
    assert await found(owner, as_of=then) == all_
    assert await found(viewer, as_of=then) == [f"{name}: {word}"]
    assert await found(world.outsider, as_of=then) == []
    await owner.do("POST", f"projects/{other}/members", {"user": str(viewer.user), "role": "viewer"})
    await owner.do("DELETE", f"{world.path}/members/{viewer.user}")
    viewer.seen = owner.seen
    assert await found(viewer, as_of=then) == [each for each in all_ if each.startswith("Another")]
    assert await found(owner, as_of="2999-01-01T00:00:00Z") == await found(owner)
    assert await found(owner, as_of="2000-01-01T00:00:00Z") == []


@pytest.mark.parametrize(
    "q, code",
    [("", "SEARCH_EMPTY"), ("-dig", "SEARCH_EMPTY"), ("a b c d e f g h i j k l m n o p q r s t u", "SEARCH_TOO_LONG")],
)
async def test_a_question_that_cannot_be_answered_is_refused(still: World, q: str, code: str) -> None:
    """With what to do about it."""
    for path in ("search", f"{still.path}/search"):
        problem(await still.owner.ask("GET", path, params={"q": q}), 422, code)


async def test_who_somebody_is_comes_before_what_they_ask(still: World) -> None:
    """Strangers are told to sign in, and outsiders of no project, whatever is wrong with the question."""
    for path in ("search", f"{still.path}/search"):
        problem(await still.service.client.get(f"/api/v1/{path}?q=-dig"), 401, "TOKEN_MISSING")
    problem(await still.outsider.ask("GET", f"{still.path}/search", params={"q": "-dig"}), 404, "NOT_FOUND")
