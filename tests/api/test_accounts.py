"""Accounts over HTTP: what is held of somebody, and what is left of who has gone."""

import orjson

from src.testing.http import problem

from .world import World


async def _exported(world: World) -> list[dict[str, object]]:
    path = f"users/{world.outsider.user}/export"
    answer = await world.outsider.get(path)
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert answer.headers["cache-control"] == "no-store"
    return [orjson.loads(line) for line in answer.content.splitlines()]


async def test_a_person_is_told_all_that_is_held(world: World) -> None:
    """The profile, memberships, what happened to the user and what the user did, each event once, with the place."""
    outsider, path = world.outsider, f"users/{world.outsider.user}"
    await world.owner.do("POST", f"{world.path}/members", {"user": str(outsider.user), "role": "editor"})
    await outsider.do("PATCH", path, {"name": "Zebulon", "email": f"{outsider.user}@zeb.example.org"})
    await outsider.make(f"{world.path}/tasks", name="Dig deep")
    told = await _exported(world)
    kinds = [each["kind"] for each in told]
    assert kinds[:2] == ["profile", "membership"]
    assert (told[0]["name"], told[0]["email"]) == ("Zebulon", f"{outsider.user}@zeb.example.org")
    assert (told[1]["project"], told[1]["role"], told[1]["owner"]) == (world.project, "editor", False)
    positions = [each["position"] for each in told[2:]]
    assert len(positions) == len(set(positions))
    events = {each["type"]: each for each in told[2:]}
    assert {"UserRegistered", "EmailChanged", "UserRenamed", "TaskAdded"} <= set(events)
    assert "example.org" in str(events["UserRegistered"]["data"])
    assert events["TaskAdded"]["address"]
    assert "'box'" not in str(told)


async def test_what_was_sealed_for_others_is_not_told(world: World) -> None:
    """Who has registered somebody did so, and keeps nothing of who it was."""
    body = {"username": f"new-{world.project}", "email": f"new-{world.project}@example.org", "name": "Somebody Else"}
    await world.administrator.do("POST", "users", body)
    answer = await world.administrator.get(f"users/{world.administrator.user}/export")
    assert "UserRegistered" in answer.text
    assert not any(value in answer.text for value in body.values())


async def test_an_export_is_for_oneself_and_administrators(world: World) -> None:
    """Others are refused; of nobody there is nothing."""
    path = f"users/{world.outsider.user}/export"
    problem(await world.owner.ask("GET", path), 403, "FORBIDDEN")
    assert (await world.administrator.get(path)).content
    problem(await world.administrator.ask("GET", f"users/{world.project}/export"), 404, "NOT_FOUND")


async def test_of_who_has_gone_only_the_id_is_left(world: World) -> None:
    """Members are shown as deleted, an export is refused, and the account gives no more commands."""
    outsider, path = world.outsider, f"users/{world.outsider.user}"
    await world.owner.do("POST", f"{world.path}/members", {"user": str(outsider.user), "role": "editor"})
    world.owner.seen = (await outsider.do("DELETE", path))["position"]
    members = (await world.owner.get(f"{world.path}/members")).json()["items"]
    assert {each["user"]: each["name"] for each in members}[str(outsider.user)] == "(deleted user)"
    world.administrator.seen = world.owner.seen
    shown = (await world.administrator.get(path)).json()
    assert (shown["name"], shown["username"], shown["email"], shown["active"]) == (
        *["(deleted user)"] * 2,
        None,
        False,
    )
    answer = await world.administrator.ask("GET", f"{path}/export", params={"at_least": world.owner.seen})
    problem(answer, 404, "NOT_FOUND")
    problem(await outsider.ask("PATCH", path, json={"name": "Back"}), 401, "ACTOR_UNKNOWN")


async def test_who_is_at_rest_is_told(world: World) -> None:
    """With a code of its own, until the account is reactivated."""
    outsider, path = world.outsider, f"users/{world.outsider.user}"
    await world.administrator.do("POST", f"{path}/deactivate")
    problem(await outsider.ask("PATCH", path, json={"name": "Back"}), 401, "ACTOR_INACTIVE")
    await world.administrator.do("POST", f"{path}/reactivate")
    await outsider.do("PATCH", path, {"name": "Back"})
