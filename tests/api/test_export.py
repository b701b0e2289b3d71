"""Plans as files, over HTTP."""

from pathlib import Path

from src.importing import read_mspdi
from src.testing.http import problem

from .world import World


async def test_a_plan_is_exported_with_its_schedule(world: World, tmp_path: Path) -> None:
    """A member is given the plan as Microsoft Project XML, which reads as the plan that it is."""
    answer = await world.viewer.get(f"{world.path}/export.xml")
    assert answer.headers["content-type"].startswith("application/xml")
    assert answer.headers["cache-control"] == "no-store"
    assert f"{world.project}.xml" in answer.headers["content-disposition"]
    path = tmp_path / "plan.xml"
    path.write_bytes(answer.content)
    file = read_mspdi(path)
    tasks = (await world.viewer.get(f"{world.path}/tasks")).json()["items"]
    assert [task.name for task in file.tasks] == [task["name"] for task in tasks]
    assert file.source == str(world.project).upper()
    assert [str(task.guid) for task in file.tasks] == [task["id"] for task in tasks]


async def test_rates_are_for_who_may_read_them(world: World, tmp_path: Path) -> None:
    """What a resource costs is in the file of an administrator, not in that of a viewer."""
    project = await world.owner.make("projects", name=f"Rated {world.project}", currency="EUR")
    await world.owner.do("POST", f"projects/{project}/members", {"user": str(world.viewer.user), "role": "viewer"})
    resource = await world.owner.make(f"projects/{project}/resources", name="Bob")
    rate = {"currency": "EUR", "rate": "80.5"}
    await world.owner.do("POST", f"projects/{project}/resources/{resource}/rates", rate)
    found = []
    for person in (world.administrator, world.viewer):
        path = tmp_path / "plan.xml"
        answer = await person.get(f"projects/{project}/export.xml", at_least=world.owner.seen)
        path.write_bytes(answer.content)
        found.append(any(resource.rates for resource in read_mspdi(path).resources))
    assert found == [True, False]


async def test_an_export_is_for_members(world: World) -> None:
    """To others the project does not exist."""
    problem(await world.outsider.ask("GET", f"{world.path}/export.xml"), 404, "NOT_FOUND")


async def test_an_export_is_in_the_audit_trail(world: World) -> None:
    """Who has taken a whole plan out is noted before it is answered."""
    await world.viewer.get(f"{world.path}/export.xml")
    world.owner.seen = await world.service.app.log.head()
    trail = (await world.owner.get(f"{world.path}/audit", result="exported")).json()["items"]
    assert [entry["actor"] for entry in trail] == [str(world.viewer.user)]
