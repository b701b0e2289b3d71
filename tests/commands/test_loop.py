"""The command loop on both databases."""

from src.wiring import App
from tests.acting import register


async def test_a_planner_creates_a_project_with_tasks(app: App) -> None:
    """What is accepted is in the log, and its position is told."""
    ann = await register(app.commands)
    project = await ann.project()
    await ann.task(project)
    assert await app.log.head() == 9
