"""The audit trail over HTTP: what was done, and what was only tried."""

from src.testing.http import problem

from .world import World


async def test_refusals_are_shown_to_who_may_see_the_audit_trail(world: World) -> None:
    """A project's admins see who was refused in it, outsiders among them; administrators see all of anybody."""
    for person in (world.viewer, world.outsider, world.outsider):
        answer = await person.ask("POST", f"{world.path}/tasks", json={"name": "Plant"})
        assert answer.is_client_error
    world.owner.seen = world.administrator.seen = await world.service.app.log.head()
    (project,) = await world.owner.pages(f"{world.path}/audit", result="refused")
    assert [(entry["actor"], entry["data"]) for entry in project] == [
        (str(world.outsider.user), {"what": "AddTask", "code": "NOT_FOUND", "count": 1}),
        (str(world.viewer.user), {"what": "AddTask", "code": "FORBIDDEN", "permission": "plan.edit", "count": 1}),
    ]
    assert {(entry["result"], entry["count"], entry["address"]) for entry in project} == {("refused", 1, "127.0.0.1")}
    (every,) = await world.administrator.pages("audit", result="refused", by=world.outsider.user)
    assert every == project[:1]


async def test_the_audit_trail_is_filtered_by_result(world: World) -> None:
    """Pages hold what came to that result only; without one they hold everything."""
    await world.outsider.ask("POST", f"{world.path}/tasks", json={"name": "Plant"})
    world.owner.seen = await world.service.app.log.head()
    everything = [entry for page in await world.owner.pages(f"{world.path}/audit") for entry in page]
    accepted = await world.owner.pages(f"{world.path}/audit", result="accepted", limit=5)
    assert len(accepted) > 1
    assert [entry for page in accepted for entry in page] == [e for e in everything if e["result"] == "accepted"]
    assert {entry["count"] for page in accepted for entry in page} == {1}
    assert {entry["result"] for entry in everything} - {"read"} == {"accepted", "refused"}
    assert await world.owner.pages(f"{world.path}/audit", result="failed") == [[]]
    problem(await world.owner.ask("GET", f"{world.path}/audit?result=lost"), 422, "INVALID_REQUEST")
