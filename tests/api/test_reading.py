"""Reading one's own writes, and being told when that is not possible."""

from uuid import UUID

import pytest

from src.api import reading
from src.config import Settings
from src.projections import PROJECTIONS
from src.testing.http import problem, served
from tests.conftest import nobody_woken

from .world import World, make_world


async def test_who_has_written_reads_it(world: World) -> None:
    """A read that is given a command's position shows what the command did, every time."""
    task = f"{world.path}/tasks/{world.tasks[0]}"
    for number in range(8):
        await world.owner.do("PATCH", task, {"name": f"Dig {number}"})
        assert (await world.owner.get(task)).json()["name"] == f"Dig {number}"


async def test_a_position_that_the_log_does_not_have_is_refused(still: World) -> None:
    """Nobody waits for what has not happened: a position beyond the end of the log answers 422 at once."""
    for position in (await still.service.app.log.head() + 1000, 2**62):
        answer = await still.owner.ask("GET", still.path, params={"at_least": position})
        problem(answer, 422, "POSITION_UNKNOWN")


@pytest.mark.parametrize("position", ["-1", str(2**62 + 1), "9" * 5000, "x", ""])
async def test_a_position_is_a_number(still: World, position: str) -> None:
    """What cannot be a position answers 422."""
    answer = await still.owner.ask("GET", still.path, params={"at_least": position})
    problem(answer, 422, "INVALID_REQUEST")


async def test_a_read_model_that_does_not_come_is_told(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody projects, a read answers 503 with how far it has come; and succeeds once somebody has."""
    monkeypatch.setattr(reading, "_WAIT_SECONDS", 0.1)
    async with served(settings, nobody_woken) as service:
        world = await make_world(service)
        answer = await world.owner.ask("GET", world.path, params={"at_least": world.owner.seen})
        facts = problem(answer, 503, "READ_MODEL_BEHIND")["details"]
        first = next(each for each in await service.app.log.read(0, 1_000) if each.project == UUID(world.project))
        assert facts == {"projection": facts["projection"], "position": first.position - 1, "wanted": world.owner.seen}
        assert int(answer.headers["retry-after"]) >= 1
        problem(await world.owner.ask("GET", world.path), 404, "NOT_FOUND")
        await service.app.runner.catch_up_all()
        assert (await world.owner.get(world.path)).json()["tasks"] == 3


async def test_ready_says_how_far_the_log_has_come(still: World) -> None:
    """The answer of /readyz carries the position of the last event."""
    answer = await still.service.client.get("/readyz")
    told = answer.json()
    assert (told["status"], str(told["position"])) == ("ready", answer.headers["Projectory-Position"])
    assert [(each["projection"], each["state"]) for each in told["projections"]] == [
        (projection.name, "running") for projection in PROJECTIONS
    ]
    assert int(answer.headers["projectory-position"]) >= still.owner.seen


async def test_projections_tell_how_far_they_are(still: World) -> None:
    """Every projection is listed with its position, its lag and its state."""
    listed = {row["projection"]: row for row in (await still.administrator.get("projections")).json()}
    assert set(listed) == {projection.name for projection in PROJECTIONS}
    for row in listed.values():
        assert (row["state"], row["error"], row["lag"] >= 0) == ("running", None, True)
