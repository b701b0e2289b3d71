"""Whatever somebody changes who may change anything, in log or audit trail, is found and named."""

import random

import pytest

from src.verifying import What, Where
from src.wiring import App

from .forging import LOG, TRAIL, forging, verified

SIDES = {LOG: Where.LOG, TRAIL: Where.AUDIT}


async def test_an_honest_log_is_sound(app: App) -> None:
    """With refusals, a bulk, exports and somebody erased in it, on both databases."""
    found = await verified(app)
    assert [each.words() for each in found.findings] == []
    assert found.standing.position == found.head > 90
    assert found.standing.reading


@pytest.mark.parametrize("which", SIDES)
async def test_every_column_of_a_row_counts(app: App, which: str) -> None:
    """A row of which one column was changed is named with its position, and as whose it is."""
    async with forging(app.settings, which) as forger:
        for number, column in enumerate(await forger.columns()):
            if column == "position":
                continue
            position = 20 + number
            was = await forger.change(position, column)
            (found,) = (await verified(app)).findings
            assert (found.what, found.where, found.position) == (What.CHANGED, SIDES[which], position), column
            assert found.stream
            assert found.type
            if which == TRAIL:
                assert column in found.columns
            await forger.set(position, column, was)
        assert (await verified(app)).sound


@pytest.mark.parametrize("which", SIDES)
async def test_a_row_of_the_middle_cannot_be_removed(app: App, which: str) -> None:
    """One that is not there is named, by what the other one has."""
    async with forging(app.settings, which) as forger:
        await forger.remove(33)
        await forger.remove(40, 41)
    found = (await verified(app)).findings
    assert [(each.what, each.where, each.position) for each in found] == [
        (What.REMOVED, SIDES[which], position) for position in (33, 40, 41)
    ]
    assert all(each.stream and each.type for each in found)


@pytest.mark.parametrize("which", SIDES)
@pytest.mark.parametrize("pair", [(30, 31), (12, 77), (1, 90)])
async def test_two_rows_cannot_be_swapped(app: App, which: str, pair: tuple[int, int]) -> None:
    """Both are named, each with the position of the other."""
    async with forging(app.settings, which) as forger:
        await forger.swap(*pair)
    found = (await verified(app)).findings
    assert [(each.what, each.where, each.position, each.other) for each in found] == [
        (What.SWAPPED, SIDES[which], *pair),
        (What.SWAPPED, SIDES[which], *pair[::-1]),
    ]


async def test_the_end_of_the_audit_trail_cannot_be_cut_off(app: App) -> None:
    """It had come further, by its checkpoint."""
    async with forging(app.settings, TRAIL) as forger:
        end = await forger.end()
        await forger.remove(end - 6, end)
    (found,) = (await verified(app)).findings
    assert (found.what, found.where, found.position, found.until) == (What.CUT_OFF, Where.AUDIT, end - 6, end)
    assert found.stream
    assert found.type


async def test_the_end_of_the_log_cannot_be_cut_off(app: App) -> None:
    """The audit trail knows what was there."""
    async with forging(app.settings, LOG) as forger:
        end = await forger.end()
        await forger.remove(end - 6, end)
    found = (await verified(app)).findings
    cut = found[0]
    assert (cut.what, cut.where, cut.position, cut.until) == (What.CUT_OFF, Where.LOG, end - 6, end)
    assert cut.stream
    assert {each.what for each in found} == {What.CUT_OFF}
    assert {each.where for each in found} == {Where.LOG}


async def test_the_ends_of_both_cannot_be_cut_off(app: App) -> None:
    """How far the audit trail had come is known, and the heads of the streams name what is missing."""
    end = await app.log.head()
    last = (await app.log.read(end - 1, 1))[0].stream
    for which in SIDES:
        async with forging(app.settings, which) as forger:
            await forger.remove(end - 2, end)
    found = (await verified(app)).findings
    assert {(each.what, each.where) for each in found} == {(What.CUT_OFF, Where.LOG), (What.CUT_OFF, Where.AUDIT)}
    assert {each.position for each in found} == {end - 2}
    assert last in {each.stream for each in found}


async def test_no_row_can_be_inserted(app: App) -> None:
    """Before the first, or behind the last."""
    async with forging(app.settings, TRAIL) as forger:
        end = await forger.end()
        columns = ", ".join(f'"{name}"' for name in await forger.columns())
        for position in (-3, end + 5):
            rest = columns.replace('"position"', str(position))
            await forger.run(
                f"INSERT INTO {forger.table} ({columns}) SELECT {rest} FROM {forger.table} WHERE position = 5"
            )
    found = (await verified(app)).findings
    assert [(each.what, each.where, each.position) for each in found] == [
        (What.INSERTED, Where.AUDIT, -3),
        (What.INSERTED, Where.AUDIT, end + 5),
    ]


@pytest.mark.parametrize("seed", range(3))
async def test_any_cell_of_any_row_counts(app: App, seed: int) -> None:
    """A random cell of a random row in log or audit trail: found, with its position and as whose it is."""
    dice = random.Random(seed)
    for _ in range(15):
        which = dice.choice([LOG, TRAIL])
        async with forging(app.settings, which) as forger:
            position = dice.randrange(1, await forger.end() - 1)
            column = dice.choice([name for name in await forger.columns() if name != "position"])
            was = await forger.change(position, column)
            found = (await verified(app)).findings
            assert [(each.what, each.where, each.position) for each in found] == [
                (What.CHANGED, SIDES[which], position)
            ], (which, column)
            await forger.set(position, column, was)
