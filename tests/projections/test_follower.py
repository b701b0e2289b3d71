"""An application without workers runs its projections itself."""

import asyncio

from src.config import Settings
from src.wiring import App, open_app
from tests.acting import register
from tests.conftest import nobody_woken
from tests.projections.lives import Life
from tests.read_tables import dump


async def level(app: App) -> None:
    """Returns as soon as every projection has come to the end of the log."""
    async with asyncio.timeout(20):
        while any(progress.lag for progress in await app.runner.progress()):
            await asyncio.sleep(0)


async def test_what_is_accepted_is_projected_without_being_asked(settings: Settings) -> None:
    """A command wakes the follower of its own process."""
    async with open_app(settings) as app:
        ann = await register(app.commands)
        task = await ann.task(await ann.project())
        await level(app)
        assert [row[0] for row in (await dump(app.readers))["tasks"]] == [str(task)]


async def test_what_another_process_wrote_is_found(settings: Settings) -> None:
    """Nobody wakes the follower for it: it looks by itself."""
    async with open_app(settings) as app, open_app(settings, nobody_woken) as other:
        ann = await register(other.commands)
        await ann.project()
        await level(app)
        assert len((await dump(app.readers))["projects"]) == 1


async def test_closing_in_the_middle_leaves_whole_batches(settings: Settings) -> None:
    """An application that is closed while it projects goes on where it was when it is opened again, at once."""
    async with open_app(settings) as app:
        life = Life(app.commands, 8)
        await life.begin()
        await life.go_on(40)
    async with asyncio.timeout(20), open_app(settings) as app:
        await level(app)
        assert len((await dump(app.readers))["audit"]) == await app.log.head()
