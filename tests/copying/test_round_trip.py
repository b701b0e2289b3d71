"""The log goes from one database to another and back, and is the same log."""

import stat
from pathlib import Path

import pytest
from pydantic import SecretStr

from src.commands.account import DeleteAccount
from src.commands.loop import Accepted
from src.commands.task import AddTask
from src.config import Settings
from src.copying.rows import COPIED, LEFT_OUT
from src.events.tables import METADATA
from src.identity.sign_in import Tokens
from src.wiring import App, open_app
from tests.acting import Actor, context
from tests.conftest import nobody_woken
from tests.copying.conftest import Another
from tests.copying.logs import OTHER, content, copied, exported, imported, kind, live, made, verified
from tests.reactions.erased import CHANGED, PASSWORD, level, lived, shows_nobody, tombstone
from tests.read_tables import Dump, dump


async def projected(app: App) -> Dump:
    """All rows of all read models, when they have come to the end of the log."""
    while await app.runner.catch_up_all():
        pass
    assert {each.lag for each in await app.runner.progress()} == {0}
    return await dump(app.readers)


@pytest.mark.parametrize("seed", [11, 12])
async def test_there_and_back_it_is_the_same_log(settings: Settings, another: Another, seed: int) -> None:
    """From one database to the other and back: identical bytes, hashes and read models."""
    async with open_app(settings, nobody_woken) as app:
        await live(app, seed, 200)
        before = await projected(app)
        there, back = await another(OTHER[kind(settings)], settings), await another(kind(settings), settings)
        first, second = await copied(settings, there), await copied(there, back)
        assert await content(settings) == await content(there) == await content(back)
        assert len(before["audit"]) == await app.log.head() == first.rows["events"]
        links = {(await verified(each)).link for each in (settings, there, back)}
    assert links == {first.link} == {second.link}
    for target in (there, back):
        async with open_app(target, nobody_woken) as app:
            after = await projected(app)
            assert {name for name in before if before[name] != after[name]} == set()


async def test_a_file_there_and_back_is_the_same_file(settings: Settings, another: Another, tmp_path: Path) -> None:
    """Export, import into the other database, export: identical files, packed or not, that only their owner reads."""
    await made(settings, commands=40)
    target = await another(OTHER[kind(settings)], settings)
    for name in ("log.jsonl", "log.jsonl.gz"):
        await exported(settings, tmp_path / name)
    written = await imported(tmp_path / "log.jsonl.gz", target)
    for name in ("log.jsonl", "log.jsonl.gz"):
        await exported(target, tmp_path / f"again-{name}")
        assert (tmp_path / f"again-{name}").read_bytes() == (tmp_path / name).read_bytes()
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert await content(target) == await content(settings)
    assert written.link == (await verified(settings)).link


async def test_life_goes_on_in_the_copy(settings: Settings, another: Another) -> None:
    """Commands go on at the next position, repeats are answered as before, and people sign in with what they had."""
    async with open_app(settings, nobody_woken) as app:
        person = await live(app, 1, 20)
        given = person.ann.context()
        command = AddTask(project=person.project, name="Plant")
        answer = await app.commands.execute(command, given)
        tokens = await app.sign_in.with_password(CHANGED[1], PASSWORD, context())
        assert isinstance(tokens, Tokens)
    target = await another(OTHER[kind(settings)], settings)
    head = (await copied(settings, target)).rows["events"]
    async with open_app(target, nobody_woken) as app:
        assert await app.commands.execute(command, given) == answer
        assert await app.log.head() == head
        assert isinstance(await app.sign_in.refresh(tokens.refresh, context()), Tokens)
        assert isinstance(await app.sign_in.with_password(CHANGED[1], PASSWORD, context()), Tokens)
        position = await app.log.head()
        added = await app.commands.execute(AddTask(project=person.project, name="Water"), person.ann.context())
        assert isinstance(added, Accepted)
        assert (added.changed, added.position > position) == (True, True)
        await level(app)
    assert (await verified(target)).problems == []


async def test_an_empty_log_is_copied_too(settings: Settings, another: Another, tmp_path: Path) -> None:
    """Nothing is a log as well."""
    target = await another(OTHER[kind(settings)], settings.model_copy(update={"master_key": SecretStr("x")}))
    await exported(settings, tmp_path / "nothing")
    await imported(tmp_path / "nothing", target.model_copy(update={"master_key": None}))
    again = await another(kind(settings), target)
    await copied(target, again.model_copy(update={"master_key": None}))
    assert (await verified(again)).events == 0


async def test_who_was_erased_comes_back_with_no_file(settings: Settings, another: Another, tmp_path: Path) -> None:
    """A file from before somebody's erasure has their key; the list of erased persons is replayed at the opening."""
    listed = settings if settings.embedded else settings.model_copy(update={"erased_file": tmp_path / "erased"})
    async with open_app(listed, nobody_woken) as app:
        person = await lived(app)
        await exported(settings, tmp_path / "before")
        await Actor(app.commands, person.zeb.user).do(DeleteAccount(user=person.zeb.user))
        await level(app)
    target = await another(OTHER[kind(settings)], settings)
    await imported(tmp_path / "before", target)
    assert await tombstone(target, person.zeb.user) == [(60, False)]
    with_list = target.model_copy(update={"erased_file": listed.erased_list})
    async with open_app(with_list, nobody_woken) as app:
        assert await tombstone(target, person.zeb.user) == [(0, True)]
        await level(app)
        while await app.runner.catch_up_all():
            pass
        await shows_nobody(app, person)


def test_every_table_of_the_log_is_copied_or_left_out_knowingly() -> None:
    """Who adds a table says which."""
    assert {*COPIED, *LEFT_OUT} == set(METADATA.tables.values())
