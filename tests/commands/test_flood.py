"""A flood of refusals over two processes costs a few events, and every single one is counted."""

import asyncio
from collections import Counter

import orjson

from src.commands.progress import RecordProgress
from src.config import Settings
from src.projections.audit import AuditRow
from src.wiring import open_app
from tests.acting import Actor, register
from tests.commands.noticing import noticed, total
from tests.conftest import nobody_woken
from tests.read_tables import dump, rebuilt, rows_of

REFUSALS = 5_000
CLIENTS = 40


async def test_a_flood_is_counted_and_not_stored_one_by_one(settings: Settings) -> None:
    """5,000 refused commands of three actors: a dozen events, of which the counts add up, also in the audit trail."""
    async with open_app(settings, nobody_woken) as app:
        actors = [await register(app.commands, name) for name in ("ann", "bob", "cyn")]
        projects = {actor.user: await actor.project() for actor in actors}
        tasks = {actor.user: await actor.task(projects[actor.user]) for actor in actors}
        for actor in actors:
            half = RecordProgress(project=projects[actor.user], task=tasks[actor.user], percent_complete=50)
            await actor.do(half)
        head = await app.log.head()
        async with open_app(settings, nobody_woken) as other:
            loops = [app.commands, other.commands]

            async def flood(client: int) -> None:
                actor = Actor(loops[client % 2], actors[client % 3].user)
                for number in range(REFUSALS // CLIENTS):
                    less = RecordProgress(
                        project=projects[actor.user], task=tasks[actor.user], percent_complete=number % 50
                    )
                    await actor.refused(less, address="10.0.0.7")

            await asyncio.gather(*map(flood, range(CLIENTS)))
            firsts = await noticed(app, head)
            assert (len(firsts), total(firsts)) == (6, 6)
        await app.notices.flush()
        found = await noticed(app, head)
        assert (len(found), total(found)) == (12, REFUSALS)
        given = Counter(actors[client % 3].user for client in range(CLIENTS))
        for actor in actors:
            own = [each for each in found if orjson.loads(each.metadata)["actor"] == str(actor.user)]
            assert total(own) == given[actor.user] * (REFUSALS // CLIENTS)
        await app.runner.catch_up_all()
        trail = [row for row in await rows_of(app.readers, AuditRow) if row.position > head]
        assert [(row.result, row.type) for row in trail] == [("refused", "RequestRefused")] * 12
        assert sum(row.count for row in trail) == REFUSALS
        assert {row.project for row in trail} == set(projects.values())
        followed = await dump(app.readers)
        assert await rebuilt(app) == followed
