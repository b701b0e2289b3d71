"""Resources over HTTP: who sees which, and that what they cost is for those who may read rates."""

from decimal import Decimal
from uuid import UUID

from src.commands.resource_rate import SetRate
from src.commands.staffing import ChangeEnvelope, ProjectRate
from src.config import Settings
from src.testing.http import problem

from .followed import made
from .following import follow, listening
from .world import World


async def test_a_resource_is_shared_or_a_projects_own(world: World) -> None:
    """The project lists both, the service those that are shared; to outsiders a project's own is not there."""
    shared = [each["id"] for page in await world.owner.pages("resources") for each in page]
    assert world.resource in shared
    assert world.own_resource not in shared
    inside = [each["id"] for page in await world.owner.pages(f"{world.path}/resources") for each in page]
    assert {world.resource, world.own_resource} <= set(inside)
    problem(await world.owner.ask("GET", f"resources/{world.own_resource}"), 404, "NOT_FOUND")
    problem(await world.outsider.ask("GET", f"{world.path}/resources/{world.own_resource}"), 404, "NOT_FOUND")


async def test_amounts_are_exact_text(world: World) -> None:
    """As they were given, on both databases."""
    path = f"{world.path}/resources/{world.own_resource}"
    await world.owner.do("PUT", f"{path}/max-units", {"max_units": "100.25", "periods": [{"units": 0}]})
    seen = (await world.owner.get(path)).json()
    assert (seen["max_units"], seen["periods"]) == ("100.25", [{"start": None, "finish": None, "units": "0"}])


async def test_rates_are_for_who_may_read_them(world: World) -> None:
    """Who looked at them is in the audit trail; a project's admin sets them, and members do not see them at all."""
    path = f"{world.path}/resources/{world.own_resource}"
    await world.owner.do("POST", f"{path}/rates", {"currency": "EUR", "rate": "80.5", "start": "2026-04-01"})
    await world.owner.do("POST", f"{path}/rates", {"currency": "EUR", "rate": 80})
    envelope = {"rate": {"currency": "CHF", "rate": "90"}, "planned": 4800}
    await world.owner.do("PUT", f"{world.path}/staff/{world.own_resource}/envelope", envelope)
    for person in (world.owner, world.editor, world.viewer):
        problem(await person.ask("GET", f"{path}/rates"), 403, "FORBIDDEN")
    auditor = await world.service.person("auditor")
    auditor.seen = world.owner.seen
    told = (await auditor.get(f"{path}/rates")).json()
    assert [(rate["start"], rate["rate"]) for rate in told["rates"]] == [(None, "80"), ("2026-04-01", "80.5")]
    assert (told["in_project"]["currency"], told["in_project"]["rate"]) == ("CHF", "90")
    auditor.seen = await world.service.app.log.head()
    entry = (await auditor.get("audit")).json()["items"]
    read = next(each for each in entry if each["type"] == "SensitiveDataRead" and "rates" in each["data"]["what"])
    assert (read["data"]["subject"], read["project"]) == (world.own_resource, world.project)
    seen = (await world.viewer.get(f"{world.path}/staff/{world.own_resource}")).json()
    assert "rate" not in seen
    assert seen["planned"] == 4800


async def test_who_follows_a_project_is_not_shown_rates(sqlite_settings: Settings) -> None:
    """That one was set they learn, and for whom."""
    async with listening(sqlite_settings) as live:
        world, ann = await made(live)
        project, resource = UUID(world.project), UUID(world.own_resource)
        start = await live.app.log.head()
        rate = SetRate(project=project, resource=resource, currency="EUR", rate=Decimal("77.25"))
        override = ProjectRate(currency="EUR", rate=Decimal("77.25"))
        await ann.do(rate)
        await ann.do(ChangeEnvelope(project=project, resource=resource, rate=override, planned=4800))
        async with follow(world.viewer, world.project, after=start) as listener:
            heard = await listener.take(2)
    assert [message.event for message in heard] == ["ResourceRateSet", "ResourceEnvelopeChanged"]
    assert heard[1].data["data"]["planned"] == 4800
    assert not any("77.25" in str(message.data) for message in heard)
