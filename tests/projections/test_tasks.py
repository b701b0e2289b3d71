"""The outline of the read model is that of the plan which commands decide on."""

from uuid import UUID

from src.commands.breakdown import PLAN, PlanState
from src.projections.links import LinkRow
from src.projections.tasks import TaskRow
from src.wiring import App
from tests.acting import register
from tests.histories import edit
from tests.read_tables import rows_of


def outline(plan: PlanState) -> list[UUID]:
    """All tasks of a plan, in order."""
    return [task for _, top in plan.children.get(None, ()) for task in plan.subtree(top)]


async def test_wbs_codes_and_order_are_those_of_the_plan(app: App) -> None:
    """After a random history the read model numbers the tasks as the command side does."""
    ann = await register(app.commands)
    project = await ann.project()
    for seed in range(4):
        await edit(ann, project, seed, 30)
        summary = await ann.task(project, f"Summary {seed}", position=1)
        await ann.task(project, "Below", parent=summary)
        await app.runner.catch_up_all()
        plan = await app.commands.session(ann.context()).load(PLAN.at(project))
        rows = [row for row in await rows_of(app.readers, TaskRow) if row.sequence is not None]
        rows.sort(key=lambda row: row.sequence)
        links = {row.id for row in await rows_of(app.readers, LinkRow) if not row.deleted}
        assert [row.id for row in rows] == outline(plan)
        assert [row.sequence for row in rows] == list(range(1, len(rows) + 1))
        assert [row.wbs for row in rows] == [plan.wbs(row.id) for row in rows]
        assert [row.summary for row in rows] == [plan.is_summary(row.id) for row in rows]
        assert links == set(plan.links)
