"""What administrators see of read models and reactions, and what they order, over HTTP."""

import asyncio
from typing import Any

from src.config import Settings
from src.projections import PROJECTIONS, control
from src.projections.tasks import TASKS
from src.queries.reading import reading
from src.testing.http import Person, Service, problem, served
from tests.conftest import nobody_woken

from .world import make_world


async def standing(person: Person, name: str) -> list[dict[str, Any]]:
    """The generations of a projection, as an administrator is shown them."""
    found = (await person.ask("GET", "projections")).json()
    return [each for each in found if each["projection"] == name]


async def until(service: Service, person: Person, name: str, **wanted: Any) -> dict[str, Any]:
    """Waits until the read generation of a projection is like that."""
    async with asyncio.timeout(20):
        while True:
            for each in await standing(person, name):
                if each["active"] and all(each[field] == value for field, value in wanted.items()):
                    return each
            await asyncio.sleep(0.02)


async def test_orders_are_carried_out_and_audited(settings: Settings) -> None:
    """Pause, resume and rebuild happen soon after; the audit trail tells who gave them and why."""
    async with served(settings) as service:
        world = await make_world(service)
        boss = world.administrator
        await boss.do("POST", "projections/tasks/pause", {"reason": "disk is full"})
        await until(service, boss, "tasks", state="paused")
        await boss.do("POST", "projections/tasks/resume")
        await until(service, boss, "tasks", state="running", generation=1)
        await boss.do("POST", "projections/tasks/rebuild")
        await until(service, boss, "tasks", state="running", generation=2)
        audit = (await boss.get("audit")).json()["items"]
        orders = [entry for entry in audit if entry["stream"] == "projection-tasks@main"]
        assert [(entry["type"], entry["actor"], entry["reason"]) for entry in reversed(orders)] == [
            ("ProjectionPaused", str(boss.user), "disk is full"),
            ("ProjectionResumed", str(boss.user), None),
            ("ProjectionRebuildOrdered", str(boss.user), None),
        ]
        assert len((await world.owner.get(f"{world.path}/tasks")).json()["items"]) == 3


async def test_what_is_so_already_is_not_ordered_again(settings: Settings) -> None:
    """A second pause says that nothing changed; so does a resume of what runs."""
    async with served(settings, nobody_woken) as service:
        boss = (await make_world(service)).administrator
        for order, changed in (("resume", False), ("pause", True), ("pause", False)):
            assert (await boss.do("POST", f"projections/tasks/{order}"))["changed"] is changed


async def test_what_nobody_knows_cannot_be_ordered_about(settings: Settings) -> None:
    """An unknown projection answers 404; the audit trail passes over nothing."""
    async with served(settings, nobody_woken) as service:
        boss = (await make_world(service)).administrator
        problem(await boss.ask("POST", "projections/nothing/pause"), 404, "PROJECTION_UNKNOWN")
        skip = await boss.ask("POST", "projections/audit/skip", json={"event": 1})
        problem(skip, 409, "NEVER_SKIPPED")


async def test_operators_are_let_in_when_read_models_stand_still(settings: Settings) -> None:
    """Their right is taken from the log: the read model of users may be what has to be looked after."""
    async with served(settings, nobody_woken) as service:
        world = await make_world(service)
        found = await standing(world.administrator, "users")
        assert found[0]["lag"] > 0
        assert found[0]["lag_seconds"] > 0
        answer = await world.owner.ask("GET", "projections")
        problem(answer, 403, "FORBIDDEN")
        reactions = (await world.administrator.ask("GET", "reactions")).json()
        assert {"operator", "sweep", "housekeeping", "erasure"} == {each["name"] for each in reactions}


async def test_metrics_tell_how_far_everything_is(settings: Settings) -> None:
    """Lag and running state of every projection, in Prometheus' format."""
    async with served(settings, nobody_woken) as service:
        await make_world(service)
        behind = (await service.client.get("/metrics")).text
        await service.app.runner.catch_up_all()
        await control.pause(service.app.models, TASKS)
        answer = await service.client.get("/metrics")
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        for projection in PROJECTIONS:
            of = f'{{active="true",generation="1",projection="{projection.name}"}}'
            assert f"projectory_projection_lag_events{of} 0.0" in answer.text
            assert f"projectory_projection_lag_events{of} 0.0" not in behind
            running = 0.0 if projection is TASKS else 1.0
            assert f"projectory_projection_running{of} {running}" in answer.text
        assert f"projectory_log_position {float(await service.app.log.head())}" in answer.text


async def test_a_service_whose_read_models_are_built_is_not_ready(settings: Settings) -> None:
    """A newer version waits for its rows: /readyz and reads answer 503 until they are level."""
    async with served(settings, nobody_woken) as service:
        world = await make_world(service)
        await service.app.runner.catch_up_all()
        async with service.app.models.begin() as connection:
            await connection.exec_driver_sql("UPDATE generations SET state = 'building' WHERE projection = 'tasks'")
        problem(await service.client.get("/readyz"), 503, "READ_MODEL_BUILDING")
        problem(await world.owner.ask("GET", f"{world.path}/tasks"), 503, "READ_MODEL_BUILDING")
        await service.app.runner.catch_up_all()
        assert (await service.client.get("/readyz")).status_code == 200
        async with reading(service.app.readers) as read:
            assert read.generation(TASKS) == 1
