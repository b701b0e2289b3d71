"""What only a checkpoint can tell that was kept elsewhere, and what the trail says of itself meanwhile."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import update
from uuid_utils.compat import uuid4

from src.events.chain import START, link
from src.projections import control
from src.projections.audit import AUDIT, row_of
from src.projections.registry import GenerationRow
from src.testing import register
from src.verifying import (
    BadCheckpointError,
    KeptCheckpoint,
    NoCheckpointError,
    What,
    Where,
    checkpoint,
    read_checkpoints,
)
from src.verifying.trail import COLUMNS, Trail
from src.wiring import App

from .forging import LOG, TRAIL, Forger, forging, verified


async def test_a_checkpoint_holds_while_the_log_grows(app: App) -> None:
    """It is the hash of everything up to its position, whatever came after."""
    kept = await checkpoint(app.readers)
    assert kept.position == await app.log.head()
    ann = await register(app.commands, "carla")
    await ann.project()
    await app.runner.catch_up_all()
    later = await checkpoint(app.readers)
    assert later.position > kept.position
    found = await verified(app, [kept, later])
    assert found.sound
    previous = START
    for event in await app.log.read(0, kept.position):
        previous = link(previous, event)
    assert previous == kept.hash


async def forge(app: App, position: int) -> None:
    """Changes an event in the log, and all links of the audit trail so that they fit again."""
    async with forging(app.settings, LOG) as log, forging(app.settings, TRAIL) as trail:
        await log.set(position, "data", '{"count":1,"forged":true}')
        await relink(app, trail)


async def relink(app: App, forger: Forger) -> None:
    """Writes the audit trail anew from the log."""
    trail, previous = Trail(app.readers), START
    for event in await app.log.read(0, 10_000):
        row = row_of(event, previous)
        previous = row["link"]
        await forger.remove(event.position)
        values = [bytes(value) if isinstance(value, memoryview) else value for value in trail.encoded(row)]
        names = ", ".join(f'"{name}"' for name in COLUMNS)
        places = ", ".join(f"${n}" for n in range(1, len(COLUMNS) + 1))
        await forger.run(f"INSERT INTO {forger.table} ({names}) VALUES ({places})", *values)


async def test_a_forged_chain_is_found_by_a_checkpoint_only(app: App) -> None:
    """Who writes both anew leaves nothing that tells; but the hash that was kept is another."""
    kept = await checkpoint(app.readers)
    await forge(app, 60)
    assert (await verified(app)).sound
    found = (await verified(app, [kept])).findings
    assert [(each.what, each.where, each.position) for each in found] == [(What.CHECKPOINT, Where.BOTH, kept.position)]


async def test_checkpoints_tell_between_which_of_them_it_was(app: App) -> None:
    """Those from before the change hold."""
    previous, kept = START, []
    for event in await app.log.read(0, 200):
        previous = link(previous, event)
        kept.append(KeptCheckpoint(event.position, previous))
    await forge(app, 60)
    found = (await verified(app, [kept[39], kept[58], kept[69], kept[79]])).findings
    assert [(each.what, each.position) for each in found][:1] == [(What.CHECKPOINT, 70)]


async def test_a_forged_audit_trail_is_told_from_a_forged_log(app: App) -> None:
    """Where the trail's links are consistent with each other it takes a checkpoint to tell which one was changed."""
    kept = await checkpoint(app.readers)
    was = (await app.log.read(59, 1))[0].data
    await forge(app, 60)
    async with forging(app.settings, LOG) as log:
        await log.set(60, "data", was)
    (alone,) = (await verified(app)).findings
    assert (alone.what, alone.where, alone.position) == (What.CHANGED, Where.LOG, 60)
    (told,) = (await verified(app, [kept])).findings
    assert (told.what, told.where, told.position, told.columns) == (What.CHANGED, Where.AUDIT, 60, ("data",))


async def test_an_end_that_nobody_remembers_is_found_by_a_checkpoint(app: App) -> None:
    """Who cuts both off, and all that knows of it, has to reckon with a checkpoint."""
    kept = await checkpoint(app.readers)
    for which in (LOG, TRAIL):
        async with forging(app.settings, which) as forger:
            await forger.remove(kept.position - 4, kept.position)
    async with forging(app.settings, LOG) as log:
        await log.run("DELETE FROM outcomes WHERE position > $1", kept.position - 5)
        await log.run("DELETE FROM streams")
    async with forging(app.settings, TRAIL) as trail:
        await trail.run("UPDATE checkpoints SET position = $1 WHERE position > $1", kept.position - 5)
    assert (await verified(app)).sound
    (found,) = (await verified(app, [kept])).findings
    assert (found.what, found.where, found.position, found.until) == (
        *(What.CUT_OFF, Where.BOTH),
        *(kept.position - 4, kept.position),
    )


async def test_what_has_not_caught_up_is_no_finding(app: App) -> None:
    """It is verified as far as it is, and told."""
    ann = await register(app.commands, "carla")
    await ann.project()
    found = await verified(app)
    assert found.sound
    assert found.standing.position < found.head
    async with forging(app.settings, TRAIL) as forger:
        await forger.change(50, "reason")
    assert [each.position for each in (await verified(app)).findings] == [50]


async def test_a_trail_that_is_built_anew_is_verified_as_far_as_it_is(app: App) -> None:
    """Beside one that is read it is not looked at; alone it is, and that is told."""
    await control.rebuild(app.models, AUDIT)
    assert (await verified(app)).sound
    async with app.models.begin() as connection:
        await connection.execute(update(GenerationRow).values(version=0))
    found = await verified(app)
    assert (found.sound, found.standing.generation, found.standing.position) == (True, None, 0)
    await app.runner.catch_up_all()


async def test_writers_raise_no_false_alarm(app: App) -> None:
    """While commands are given and projected, everything is as it should be."""
    ann = await register(app.commands, "carla")
    shed = await ann.project()

    async def write() -> None:
        for n in range(40):
            await ann.task(shed, f"Task {n}")
            if n % 3 == 0:
                await app.runner.catch_up(AUDIT)

    writing = asyncio.create_task(write())
    rounds = 0
    while not writing.done() or rounds < 2:
        found = await verified(app)
        assert [each.words() for each in found.findings] == []
        rounds += 1
    await writing


async def test_the_trail_does_not_go_on_over_a_row_that_is_gone(app: App) -> None:
    """The next event has nothing to be linked to: the audit trail stops, and says why."""
    async with forging(app.settings, TRAIL) as forger:
        await forger.remove(await forger.end())
    await register(app.commands, "carla")
    await app.runner.catch_up_all()
    (stopped,) = [each for each in await app.runner.progress() if each.projection == "audit"]
    assert stopped.state == "faulted"
    assert "audit verify" in (stopped.error or "")
    with pytest.raises(NoCheckpointError, match="audit verify"):
        await checkpoint(app.readers)
    found = await verified(app)
    assert [each.what for each in found.findings] == [What.CUT_OFF]
    assert found.standing.error


async def test_checkpoints_are_read_from_words_and_files(tmp_path: Path) -> None:
    """As they are printed; blanks and comments in a file are passed over."""
    one, two = KeptCheckpoint(5, bytes(32)), KeptCheckpoint(7, bytes(range(32)))
    file = tmp_path / "kept"
    file.write_text(f"# of every night\n{two}\n\n")
    assert list(read_checkpoints([str(file), str(one), str(one)])) == [one, two]


@pytest.mark.parametrize("text", ["5", "5:abc", "no such file", f"-1:{'0' * 64}"])
async def test_what_is_no_checkpoint_is_refused(tmp_path: Path, text: str) -> None:
    """In words that say what it should be, for a line of a file too."""
    with pytest.raises(BadCheckpointError, match="POSITION:HASH"):
        read_checkpoints([text])
    file = tmp_path / str(uuid4())
    file.write_text(f"{KeptCheckpoint(5, bytes(32))}\n{text}\n")
    with pytest.raises(BadCheckpointError, match="line 2 of"):
        read_checkpoints([str(file)])
    file.write_text(f"5:{'0' * 64}\n5:{'1' * 64}\n")
    with pytest.raises(BadCheckpointError, match="another checkpoint of position 5"):
        read_checkpoints([str(file)])
