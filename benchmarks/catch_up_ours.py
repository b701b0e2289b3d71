"""Our runner brings the read model of tasks up to date from nothing.

Batches of a thousand events; a row a task is written with its place in the outline, its WBS code and both
revisions; rows and checkpoint in one transaction a batch.
"""

from time import perf_counter

from src.database import open_database
from src.projections import Runner
from src.projections.tasks import TASKS

from .databases import ask, check, settings_of
from .history import Task


async def run(url: str, expected: list[Task]) -> float:
    """The seconds that it took; on a copy of the history, checked."""
    database, log = open_database(settings_of(url))
    try:
        runner = Runner(log, database.models, [TASKS])
        began = perf_counter()
        await runner.catch_up(TASKS)
        seconds = perf_counter() - began
        [progress] = await runner.progress()
    finally:
        await log.close()
        await database.dispose()
    check("lag and error of the projection", (progress.lag, progress.error), (0, None))
    await check_rows(url, "tasks_1", expected)
    outlines = """SELECT count(*) FROM (SELECT FROM tasks_1 GROUP BY project
        HAVING min(sequence) <> 1 OR max(sequence) <> count(*) OR count(DISTINCT wbs) <> count(*)) broken"""
    check("outlines with gaps", await ask(url, outlines), 0)
    return seconds


async def check_rows(url: str, table: str, expected: list[Task]) -> None:
    """The read model says of every task what its history says, and knows no other."""
    rows = f"""SELECT array_agg(id || '|' || coalesce(parent::text, '') || '|' || name || '|' || notes || '|'
        || duration_tenths || '|' || percent_complete) FROM {table}"""
    told = {f"{t.id}|{t.parent or ''}|{t.name}|{t.notes}|{t.tenths}|{t.percent}" for t in expected}
    found = await ask(url, rows)
    check(f"rows in {table}", len(found), len(expected))
    check(f"rows in {table} that differ", len(told.symmetric_difference(found)), 0)
