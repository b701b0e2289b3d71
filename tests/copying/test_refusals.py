"""A log is written as a whole, into an empty database, by its owner, or not at all."""

import asyncio
import signal
import sys
from pathlib import Path

import asyncpg
import pytest
from pydantic import SecretStr
from sqlalchemy import make_url
from uuid_utils.compat import uuid4

from src import migrate
from src.commands.task import AddTask
from src.config import Settings
from src.copying.databases import reading, writing
from src.copying.errors import NotEmptyError, NotOwnerError
from src.copying.rows import Row, pages
from src.copying.verifying import head_of
from src.database import DatabaseUnreachableError, SchemaError
from src.events.keyring import WrongMasterKeyError
from src.key_file import DatabaseInUseError
from src.wiring import open_app
from tests.acting import register
from tests.cli.running import ROOT
from tests.conftest import nobody_woken
from tests.copying.conftest import Another
from tests.copying.logs import content, copied, exported, imported, is_empty, kind, live, made, verified
from tests.databases import as_owner, postgresql

OTHER_KEY = SecretStr("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU=")
KILLED = """
import asyncio, os, sys
from pathlib import Path
from src.config import Settings
from src.copying.copying import import_log

def killed(done):
    assert done, "no event was written"
    os.kill(os.getpid(), 9)

asyncio.run(import_log(Path(sys.argv[1]), Settings(), lambda total: None, killed))
"""


async def test_only_an_empty_database_is_written(settings: Settings, another: Another, tmp_path: Path) -> None:
    """What holds a log, or was opened but once, is refused and stays as it is."""
    await made(settings)
    await exported(settings, tmp_path / "log")
    used = await another(kind(settings), settings)
    async with open_app(used, nobody_woken):
        pass
    for target in (settings, used):
        before = await content(target)
        with pytest.raises(NotEmptyError, match="keys"):
            await imported(tmp_path / "log", target)
        with pytest.raises(NotEmptyError, match="keys"):
            await copied(settings, target)
        assert await content(target) == before


async def test_read_models_of_another_log_are_refused(settings: Settings, another: Another, tmp_path: Path) -> None:
    """They would be taken for those of the log that comes."""
    await made(settings)
    await exported(settings, tmp_path / "log")
    target = await another(kind(settings), settings)
    await migrate.upgrade(target)
    await as_owner(target, "UPDATE checkpoints SET position = 3 WHERE projection = 'audit'", read_file=True)
    with pytest.raises(NotEmptyError, match="position 3"):
        await imported(tmp_path / "log", target)
    assert await is_empty(target)


async def test_of_two_at_once_one_is_written(settings: Settings, another: Another, tmp_path: Path) -> None:
    """The other finds that the database is not empty any more."""
    await made(settings)
    await exported(settings, tmp_path / "log")
    target = await another(kind(settings), settings)
    await migrate.upgrade(target)
    done = await asyncio.gather(*(imported(tmp_path / "log", target) for _ in range(2)), return_exceptions=True)
    assert [isinstance(each, NotEmptyError) for each in done].count(True) == 1, done
    assert [isinstance(each, BaseException) for each in done].count(True) == 1, done
    assert await content(target) == await content(settings)


async def test_with_another_master_key_nothing_is_written(settings: Settings, another: Another, tmp_path: Path) -> None:
    """The keys of the log would not open in that database."""
    await made(settings)
    await exported(settings, tmp_path / "log")
    target = (await another(kind(settings), settings)).model_copy(update={"master_key": OTHER_KEY})
    with pytest.raises(WrongMasterKeyError, match="PROJECTORY_MASTER_KEY"):
        await imported(tmp_path / "log", target)
    with pytest.raises(WrongMasterKeyError, match="PROJECTORY_MASTER_KEY"):
        await copied(settings, target)
    assert await is_empty(target)
    both = target.model_copy(update={"old_master_key": (await another("sqlite", settings)).master_key})
    assert (await imported(tmp_path / "log", both)).checked


async def test_without_a_master_key_the_keys_are_not_tried(settings: Settings, another: Another) -> None:
    """It may be set only when the service starts; that it was not tried is told."""
    await made(settings)
    target = (await another(kind(settings), settings)).model_copy(update={"master_key": None})
    assert not (await copied(settings, target)).checked
    assert await content(target) == await content(settings)


async def test_the_application_may_not_write_a_log(
    postgresql_settings: Settings, another: Another, tmp_path: Path
) -> None:
    """A role that may only do what the application may is told so; the database itself refuses it."""
    await made(postgresql_settings)
    await exported(postgresql_settings, tmp_path / "log")
    target = await another("postgresql", postgresql_settings)
    role = f"service_{uuid4().hex}"
    await as_owner(target, f"CREATE ROLE {role} LOGIN PASSWORD 'x'", f"GRANT projectory_app TO {role}")
    try:
        url = make_url(target.database_url).set(username=role, password="x").render_as_string(hide_password=False)
        service = target.model_copy(update={"database_url": url})
        with pytest.raises(NotOwnerError, match="PROJECTORY_OWNER_DATABASE_URL") as told:
            await imported(tmp_path / "log", service)
        assert role in str(told.value)
        with pytest.raises(NotOwnerError):
            await copied(postgresql_settings, service)
        assert await is_empty(target)
        owned = service.model_copy(update={"owner_database_url": target.database_url})
        await imported(tmp_path / "log", owned)
    finally:
        await as_owner(target, f"DROP ROLE {role}")
    async with postgresql(target, application=True) as connection:
        for table in ("events", "streams", "outcomes"):
            for statement in (f"COPY {table} FROM STDIN", f"INSERT INTO {table} SELECT * FROM {table}"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(statement)


async def test_a_kill_in_the_middle_leaves_nothing(settings: Settings, another: Another, tmp_path: Path) -> None:
    """After rows were written and before all were: the database is empty, and the next import is done."""
    await made(settings)
    await exported(settings, tmp_path / "log")
    target = await another(kind(settings), settings)
    assert target.master_key is not None
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        KILLED,
        str(tmp_path / "log"),
        cwd=ROOT,
        env={
            "PROJECTORY_DATABASE_URL": target.database_url,
            "PROJECTORY_MASTER_KEY": target.master_key.get_secret_value(),
        },
    )
    assert await process.wait() == -signal.SIGKILL
    if target.log_file.exists():
        assert await is_empty(target)
    await imported(tmp_path / "log", target)
    assert await content(target) == await content(settings)


async def test_a_copy_is_of_one_moment(settings: Settings) -> None:
    """What is appended while it is read is not in it, in no table."""
    async with open_app(settings, nobody_woken) as app:
        person = await live(app, 1, 0)
        before = await content(settings)
        async with reading(settings) as tables:
            head = await head_of(tables)
            await person.ann.do(AddTask(project=person.project, name="Later"))
            await register(app.commands, "later")
            found: dict[str, list[Row]] = {}
            async for table, page in pages(tables):
                found.setdefault(table.name, []).extend(page)
        assert found == {name: rows for name, rows in before.items() if name != "streams" and rows}
        assert await app.log.head() > head == len(found["events"])


async def test_while_others_write_a_file_is_a_whole_log(settings: Settings, another: Another, tmp_path: Path) -> None:
    """Each of several exports under way between commands is a sound beginning of what the log is at the end."""
    async with open_app(settings, nobody_woken) as app:
        person = await live(app, 1, 0)
        enough = asyncio.Event()

        async def write() -> None:
            while not enough.is_set():
                await person.ann.do(AddTask(project=person.project, name="More"))

        writers = [asyncio.create_task(write()) for _ in range(4)]
        for number in range(3):
            head = await app.log.head()
            while await app.log.head() < head + 20:
                await asyncio.sleep(0)
            await exported(settings, tmp_path / str(number))
        enough.set()
        await asyncio.gather(*writers)
        end = await content(settings)
    for number in range(3):
        target = await another("sqlite", settings)
        await imported(tmp_path / str(number), target)
        there = await content(target)
        assert len(there["events"]) < len(end["events"])
        assert there["events"] == end["events"][: len(there["events"])]
        assert (await verified(target)).problems == []


async def test_what_is_read_must_be_there(tmp_path: Path, another: Another, postgresql_settings: Settings) -> None:
    """A file that there is not is not made; a database that is not migrated is refused."""
    nowhere = Settings(database_url=f"sqlite:///{tmp_path}/nowhere.db")
    with pytest.raises(DatabaseUnreachableError, match="there is no database"):
        await verified(nowhere)
    assert not nowhere.log_file.exists()
    (tmp_path / "no.db").write_text("this is no database, whatever its name says")
    with pytest.raises(DatabaseUnreachableError):
        await verified(Settings(database_url=f"sqlite:///{tmp_path}/no.db"))
    await as_owner(postgresql_settings, "DROP TABLE schema_version_log CASCADE")
    with pytest.raises(SchemaError, match="projectory migrate"):
        await verified(postgresql_settings)


async def test_a_target_in_use_is_told(settings: Settings, another: Another, tmp_path: Path) -> None:
    """Whoever writes there at that moment is waited for, and not for ever."""
    await exported(settings, tmp_path / "log")
    target = await another(kind(settings), settings.model_copy(update={"master_key": OTHER_KEY}))
    await migrate.upgrade(target)
    async with writing(target):
        with pytest.raises(DatabaseInUseError, match="another process"):
            await imported(tmp_path / "log", target)
    assert await is_empty(target)
