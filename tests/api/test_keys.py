"""API keys over HTTP: what they open, and what they do not."""

from typing import Any

from src.testing.http import Person, problem

from .world import World


async def with_key(world: World, *scopes: str, **more: Any) -> Person:
    """The owner, by a key that passes on no more than this."""
    body = {"name": "Reports", "scopes": list(scopes), **more}
    answer = await world.owner.ask("POST", f"users/{world.owner.user}/api-keys", json=body)
    return Person(world.service.client, world.owner.user, answer.json()["secret"], world.owner.seen)


async def test_a_key_reads_what_its_scopes_name(still: World) -> None:
    """Projects with the one for reading them, one or all; nothing of its user without that for users."""
    reader, maker = await with_key(still, "project.read"), await with_key(still, "project.create")
    for path in ("projects", still.path, f"{still.path}/tasks"):
        assert (await reader.ask("GET", path)).status_code == 200
    problem(await maker.ask("GET", "projects"), 403, "FORBIDDEN")
    problem(await maker.ask("GET", still.path), 404, "NOT_FOUND")
    for person in (reader, maker):
        for path in (
            "users/me",
            f"users/{person.user}",
            f"users/{person.user}/export",
            f"users/{person.user}/api-keys",
        ):
            problem(await person.ask("GET", path), 403, "FORBIDDEN")
    problem(await reader.ask("PATCH", still.path, json={"name": "Renamed"}), 403, "FORBIDDEN")


async def test_a_key_that_was_revoked_opens_nothing(world: World) -> None:
    """The next request is told so; and the list does not show it."""
    reader = await with_key(world, "project.read")
    keys = f"users/{world.owner.user}/api-keys"
    (shown,) = (await world.owner.ask("GET", keys)).json()
    assert (shown["name"], shown["scopes"], shown["expires_at"]) == ("Reports", ["project.read"], None)
    await world.owner.do("DELETE", f"{keys}/{shown['key']}")
    problem(await reader.ask("GET", "projects"), 401, "SESSION_ENDED")
    assert (await world.owner.ask("GET", keys)).json() == []


async def test_when_a_key_expires_is_a_moment_of_every_zone(still: World) -> None:
    """Neither in the past nor at the end of the calendar, where some zones have none."""
    keys = f"users/{still.owner.user}/api-keys"
    for moment, code in (
        ("9999-12-31T23:59:59-12:00", "INVALID_REQUEST"),
        ("0001-01-01T00:00:00+12:00", "INVALID_REQUEST"),
        ("2026-03-02T08:00:00", "INVALID_REQUEST"),
        ("2020-03-02T08:00:00Z", "EXPIRES_IN_PAST"),
    ):
        body = {"name": "Reports", "scopes": ["project.read"], "expires_at": moment}
        problem(await still.owner.ask("POST", keys, json=body), 422, code)
    assert (await still.owner.ask("GET", keys)).status_code == 200


async def test_others_are_exported_by_who_reads_the_audit_trail(still: World) -> None:
    """Since it tells what they did in every project; managing users is not enough."""
    role = f"desk-{still.role}"
    body = {"role": role, "name": "Desk", "permissions": ["user.manage", "user.read"]}
    await still.administrator.ask("POST", "roles", json=body)
    desk, auditor = await still.service.person(role), await still.service.person("auditor")
    path = f"users/{still.outsider.user}/export"
    problem(await desk.ask("GET", path), 403, "FORBIDDEN")
    for person in (auditor, still.outsider):
        assert (await person.ask("GET", path)).status_code == 200
