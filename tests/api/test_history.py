"""The history of a thing over HTTP: what is told, and to whom."""

from typing import Any

import pytest

from src.testing.http import Person, problem

from .world import World


async def told(person: Person, path: str, **params: Any) -> list[dict[str, Any]]:
    """The whole history, newest first."""
    return [item for page in await person.pages(f"{path}/history", **params) for item in page]


def fields(change: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What was otherwise, by name."""
    return {each["field"]: (each["old"], each["new"]) for each in change["fields"]}


async def test_a_task_tells_its_changes_with_who_and_why(world: World) -> None:
    """In the names and the form of its view, newest first, with the name of who did it and the reason."""
    path = f"{world.path}/tasks/{world.tasks[0]}"
    await world.owner.do("PATCH", path, {"name": "Dig deep", "reason": "stones"})
    await world.owner.do("PUT", f"{path}/duration", {"duration": {"tenths": 9600}})
    longer, renamed, linked, added = await told(world.owner, path)
    assert fields(longer) == {
        "duration": ({"tenths": 4800, "elapsed": False}, {"tenths": 9600, "elapsed": False}),
    }
    assert fields(renamed) == {"name": ("Dig", "Dig deep")}
    assert (renamed["what"], renamed["reason"], renamed["command"]) == ("changed", "stones", "UpdateTask")
    assert (renamed["actor"], renamed["actor_name"]) == (str(world.owner.user), f"User-{world.owner.user.hex}".title())
    assert (linked["kind"], linked["id"], linked["what"]) == ("link", world.link, "added")
    assert (added["kind"], added["event"], added["what"]) == ("task", "TaskPlaced", "added")
    assert fields(added)["name"] == (None, "Dig")
    assert renamed["position"] < longer["position"]


async def test_deletion_and_restoration_are_told(world: World) -> None:
    """Of the task and of the link that went with it; what was changed in between is not lost."""
    path = f"{world.path}/tasks/{world.tasks[0]}"
    await world.owner.do("DELETE", path)
    await world.owner.do("POST", f"{path}/restore", {})
    changes = [(each["kind"], each["what"]) for each in await told(world.owner, path)]
    assert changes == [
        ("task", "restored"),
        ("link", "restored"),
        ("task", "deleted"),
        ("link", "deleted"),
        ("link", "added"),
        ("task", "added"),
    ]
    await world.owner.do("DELETE", f"{world.path}/links/{world.link}")
    gone = await told(world.owner, f"{world.path}/links/{world.link}")
    assert [each["what"] for each in gone] == ["deleted", "restored", "deleted", "added"]
    assert fields(gone[0])["successor"] == (world.tasks[1], None)


async def test_moving_a_task_is_told(world: World) -> None:
    """By its rank and its parent; those behind it have not changed."""
    first, _, third = world.tasks
    await world.owner.do("POST", f"{world.path}/tasks/{third}/move", {"position": 1})
    (moved, *_) = await told(world.owner, f"{world.path}/tasks/{third}")
    assert (moved["event"], set(fields(moved))) == ("TaskMoved", {"rank"})
    (newest, *_) = await told(world.owner, f"{world.path}/tasks/{first}")
    assert newest["what"] == "added"
    await world.owner.do("POST", f"{world.path}/tasks/{third}/move", {"parent": first})
    (moved, *_) = await told(world.owner, f"{world.path}/tasks/{third}")
    assert fields(moved)["parent"] == (None, first)


async def test_members_are_named(world: World) -> None:
    """The history of a project tells who became a member, as what, and who is one no more."""
    member = f"{world.path}/members/{world.viewer.user}"
    await world.owner.do("PUT", member, {"role": "editor"})
    await world.owner.do("DELETE", member)
    name = f"User-{world.viewer.user.hex}".title()
    for path in (world.path, member):
        removed, changed, *_ = await told(world.owner, path)
        assert (removed["what"], removed["name"], fields(removed)) == ("deleted", name, {"role": ("editor", None)})
        assert (changed["id"], fields(changed)) == (str(world.viewer.user), {"role": ("viewer", "editor")})


async def test_pages_follow_each_other_while_things_happen(world: World) -> None:
    """What comes in meanwhile is newer than what is still to be told."""
    path = f"{world.path}/tasks/{world.tasks[0]}"
    for name in ("One", "Two", "Three"):
        await world.owner.do("PATCH", path, {"name": name})
    whole = await told(world.owner, path)
    first = (await world.owner.get(f"{path}/history", limit=2)).json()
    await world.owner.do("PATCH", path, {"name": "Four"})
    rest = (await world.owner.get(f"{path}/history", after=first["next"])).json()
    assert [*first["items"], *rest["items"]] == whole
    assert rest["next"] is None


async def test_rights_are_those_of_today(world: World) -> None:
    """A viewer reads everything of the project; an outsider and a former member do not learn that it exists."""
    path = f"{world.path}/tasks/{world.tasks[0]}/history"
    assert (await world.viewer.ask("GET", path)).is_success
    problem(await world.outsider.ask("GET", path), 404, "NOT_FOUND")
    await world.owner.do("DELETE", f"{world.path}/members/{world.viewer.user}")
    for each in (path, f"{world.path}/history", f"{world.path}/members/{world.viewer.user}/history"):
        problem(await world.viewer.ask("GET", each), 404, "NOT_FOUND")


async def test_what_never_was_is_not_there(still: World) -> None:
    """An id of nothing, and of what is another project's."""
    other = (await still.owner.ask("POST", "projects", json={"name": f"Other {still.owner.user}"})).json()["ids"]
    here, there = still.path, f"projects/{other['project']}"
    task, link = still.tasks[0], still.link
    paths = [f"{there}/tasks/{task}", f"{there}/links/{link}", f"{here}/tasks/{link}", f"{here}/links/{task}"]
    paths += [f"{there}/calendars/{still.own_calendar}", f"calendars/{still.own_calendar}"]
    paths += [f"{there}/resources/{still.own_resource}", f"{there}/staff/{still.own_resource}"]
    paths += [f"{here}/members/{still.outsider.user}", "roles/administrator"]
    for path in paths:
        problem(await still.owner.ask("GET", f"{path}/history"), 404, "NOT_FOUND")
    problem(await still.administrator.ask("GET", f"resources/{still.own_resource}/rates/history"), 404, "NOT_FOUND")


async def test_rates_are_for_who_may_read_them(world: World) -> None:
    """The history of a resource and of who is in the project has none; that of the rates names them all."""
    staff, resource = f"{world.path}/staff/{world.own_resource}", f"{world.path}/resources/{world.own_resource}"
    await world.owner.do("POST", f"{resource}/rates", {"currency": "EUR", "rate": "80"})
    for rate in ("90", "95"):
        await world.owner.do("PUT", f"{staff}/envelope", {"rate": {"currency": "EUR", "rate": rate}})
    for path in (staff, resource):
        text = (await world.viewer.get(f"{path}/history", at_least=world.owner.seen)).text
        assert '"rate"' not in text
    for person in (world.owner, world.editor, world.viewer):
        problem(await person.ask("GET", f"{resource}/rates/history"), 403, "FORBIDDEN")
    world.administrator.seen = world.owner.seen
    changed, added, own = await told(world.administrator, f"{resource}/rates")
    assert (changed["kind"], fields(changed)) == ("project_rate", {"rate": ("90", "95")})
    assert (added["what"], fields(added)["rate"]) == ("added", (None, "90"))
    assert (own["kind"], fields(own)["rate"]) == ("rate", (None, "80"))


async def test_names_are_told_to_who_may_read_users(world: World) -> None:
    """Oneself and who may read users; of a deleted account no name is left, in the past neither."""
    path, person = f"users/{world.outsider.user}", world.administrator
    await person.do("PATCH", path, {"name": "Zoe"})
    world.outsider.seen = person.seen
    renamed, *_ = await told(world.outsider, path)
    assert fields(renamed)["name"][1] == "Zoe"
    problem(await world.owner.ask("GET", f"{path}/history"), 403, "FORBIDDEN")
    await person.do("DELETE", path)
    await world.service.app.erase.of(world.outsider.user)
    deleted, renamed, *before = await told(person, path)
    assert (deleted["what"], fields(deleted)["email"]) == ("deleted", ("(deleted user)", None))
    assert fields(renamed)["name"] == ("(deleted user)", "(deleted user)")
    assert "Zoe" not in str((deleted, renamed, before))


@pytest.mark.parametrize("name", ["calendar_history", "project_calendar_history"])
async def test_a_calendar_tells_all_that_it_says(whole: World, name: str) -> None:
    """Hours, weeks, exceptions, holidays and events, each by its kind; many of one position over several pages."""
    path = whole.requests()[name].path.removesuffix("/history")
    hours = [{"start": "08:00", "finish": "12:00"}]
    await whole.owner.do("PUT", f"{path}/weekdays/SA", {"hours": hours})
    await whole.owner.do("POST", f"{path}/public-holidays", {"country": "DE", "years": [2026]})
    changes = await told(whole.owner, path, limit=3)
    assert changes == await told(whole.owner, path)
    assert [each["kind"] for each in changes[-2:]] == ["weekday", "calendar"]
    assert fields(changes[-2]) == {"hours": (None, [{"start": "08:00", "finish": "12:00"}])}
    assert {each["kind"] for each in changes[:-2]} == {"holiday"}
    assert len({each["position"] for each in changes[:-2]}) == 1
    assert ("2026-05-01", {"name": (None, "Erster Mai")}) in [(each["id"], fields(each)) for each in changes]


def positions(pages: list[list[dict[str, Any]]]) -> list[int]:
    """Of all that is told, in order."""
    return [each["position"] for page in pages for each in page]


async def test_what_had_happened_by_then(world: World) -> None:
    """Histories, feeds and the audit trail of a moment end there, also in pages; before the beginning there is none."""
    owner, task = world.owner, f"{world.path}/tasks/{world.tasks[0]}"
    for name in ("Dig on", "Dig in"):
        await owner.do("PATCH", task, {"name": name})
    then = owner.seen
    lists = (f"{task}/history", f"{world.path}/activity", "users/me/activity", f"{world.path}/audit")
    seen = [positions(await owner.pages(path, limit=2)) for path in lists]
    before = [[each for each in told if each <= then] for told in seen]  # that the trail is read is in it as well
    await owner.do("PATCH", task, {"name": "Rest"})
    for path, known in zip(lists, before, strict=True):
        assert positions(await owner.pages(path, limit=2, as_of=then)) == known, path
        assert set(known) < set(positions(await owner.pages(path, limit=2)))
    problem(await owner.ask("GET", f"{task}/history", params={"as_of": 1}), 404, "NOT_FOUND")


@pytest.mark.parametrize("after", ["x", "WzFd", "Wzcs NSwieCJd", "WzcsMSwiXHUwMDAwIl0"])
async def test_a_cursor_is_one_that_was_given(still: World, after: str) -> None:
    """Whatever else is refused in words."""
    answer = await still.owner.ask("GET", f"calendars/{still.calendar}/history", params={"after": after})
    problem(answer, 422, "INVALID_CURSOR")
