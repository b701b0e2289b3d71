"""A file that is no whole and sound copy of a log is refused: what is wrong, and in which line; nothing is written."""

import asyncio
import base64
import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from src.config import Settings
from src.copying.errors import CutOffError, DamagedLogError, LogFileError
from src.copying.log_file import new_file
from tests.copying.conftest import Another
from tests.copying.logs import content, exported, imported, is_empty, keyed, kind, made

Lines = list[Any]


def _changed(number: int, column: int, value: Any) -> Callable[[Lines], object]:
    def change(lines: Lines) -> None:
        lines[number][column] = value

    return change


def _first(key: str, value: Any) -> Callable[[Lines], object]:
    return lambda lines: lines[0].update({key: value})


def _of(lines: Lines, table: str) -> list[int]:
    return [number for number, line in enumerate(lines) if isinstance(line, list) and line[0] == table]


def _doubled(lines: Lines) -> None:
    first, second, *_ = _of(lines, "keys")
    lines[second] = lines[first]


def _more_columns(lines: Lines) -> None:
    lines[0]["tables"]["events"].append("tenant")


def _fewer_columns(lines: Lines) -> None:
    lines[0]["tables"]["events"].remove("branch")


@pytest.mark.parametrize(
    "change, error, words",
    [
        (lambda lines: lines.pop(), CutOffError, r"line \d+: the file ends before its last line"),
        (lambda lines: lines.clear(), CutOffError, "line 1: "),
        (_first("format", "x"), LogFileError, "line 1: this is no file"),
        (_first("version", 2), LogFileError, "line 1: the format is number 2"),
        (_first("head", None), LogFileError, "line 1: it does not say"),
        (_first("head", 3), LogFileError, "lines are missing"),
        (_first("tables", {}), LogFileError, "line 1: it has no events"),
        (_first("tables", {"plans": []}), LogFileError, "line 1: the table plans"),
        (_more_columns, LogFileError, "line 1: the table events has the column tenant.*migrate"),
        (_fewer_columns, LogFileError, "line 1: the table events lacks the column branch"),
        (lambda lines: lines.__setitem__(4, {"a": 1}), LogFileError, "line 5: this is neither a row nor the end"),
        (lambda lines: lines.__setitem__(4, []), LogFileError, "line 5: .* is no row that comes here"),
        (lambda lines: lines.__setitem__(4, ["plans", 1]), LogFileError, "line 5: .* is no row that comes here"),
        (lambda lines: lines[4].pop(), LogFileError, "line 5: .* it has 10 values instead of 11"),
        (lambda lines: lines.pop(4), LogFileError, "line 5: position 5 stands where position 4 should"),
        (lambda lines: lines.insert(4, lines.pop(5)), LogFileError, "line 5: position 5 stands where"),
        (lambda lines: lines.insert(4, lines[-2]), LogFileError, "line 6: .* is no row that comes here"),
        (lambda lines: lines.pop(_of(lines, "keys")[0]), LogFileError, "lines are missing"),
        (lambda lines: lines.append(lines[4]), LogFileError, "something follows the end"),
        (_changed(4, 2, 7), LogFileError, "line 5: .* stream cannot be '7'"),
        (_changed(4, 2, "a\0b"), LogFileError, "line 5: .* stream cannot be"),
        (_changed(4, 1, True), LogFileError, "line 5: .* position cannot be 'True'"),
        (_changed(4, 3, 1 << 63), LogFileError, "line 5: .* version cannot be"),
        (_changed(4, 5, 1 << 31), LogFileError, "line 5: .* schema cannot be"),
        (_changed(4, 8, "nobody"), LogFileError, "line 5: .* project cannot be 'nobody'"),
        (_changed(4, 11, None), LogFileError, "line 5: .* recorded_at cannot be 'None'"),
        (lambda lines: _changed(_of(lines, "keys")[0], 2, "?")(lines), LogFileError, "wrapped cannot be"),
        (_changed(4, 6, "{}"), DamagedLogError, "the chain ends with"),
        (_changed(4, 3, 9), DamagedLogError, r"position 4, .*: version 9 follows version \d"),
        (_changed(4, 9, "other"), DamagedLogError, "position 4, .*: its branch is 'other'"),
        (_changed(4, 11, 1), DamagedLogError, "position 4, .*: it was recorded before"),
        (_doubled, DamagedLogError, "a row of keys does not fit"),
        (lambda lines: lines[-1].update(link="00" * 32), DamagedLogError, "the chain ends with"),
        (lambda lines: lines[-1].update(link="z"), LogFileError, "it has no link"),
    ],
)
async def test_a_file_that_was_changed_is_refused(
    exported_log: tuple[Settings, Path],
    empty: list[Settings],
    change: Callable[[Lines], object],
    error: Any,
    words: str,
) -> None:
    """Whatever was done to it: the database stays empty."""
    _, file = exported_log
    lines = [orjson.loads(line) for line in file.read_bytes().splitlines()]
    change(lines)
    changed = file.with_name("changed")
    changed.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    for target in empty:
        with pytest.raises(error, match=words):
            await imported(changed, target)
        if target.log_file.exists() or not target.embedded:
            assert await is_empty(target)


async def test_a_file_that_was_cut_off_is_refused_wherever(
    exported_log: tuple[Settings, Path], empty: list[Settings]
) -> None:
    """After any of its bytes, packed or not."""
    _, file = exported_log
    target = empty[0]
    whole = file.read_bytes()
    packed = gzip.compress(whole)
    cut = file.with_name("cut")
    for content_ in (whole, packed):
        size = len(content_)
        for end in (0, 1, 2, 12, size // 3, size // 2, size - 9, size - 2, size - 1):
            cut.write_bytes(content_[:end])
            with pytest.raises(CutOffError if end > 1 else LogFileError):
                await imported(cut, target)
    for damaged in (packed[:99] + b"\0\0\0" + packed[102:], packed[:-5] + b"\0" + packed[-4:], b"\xff" + whole):
        cut.write_bytes(damaged)
        with pytest.raises(LogFileError):
            await imported(cut, target)
    if target.log_file.exists():
        assert await is_empty(target)
    for path in (file.with_name("nothing"), file.parent):
        with pytest.raises(LogFileError, match="cannot be read"):
            await imported(path, target)


async def test_a_file_of_an_earlier_version_may_lack_what_can_be_empty(
    exported_log: tuple[Settings, Path], another: Another
) -> None:
    """A column that came later, or a table."""
    settings, file = exported_log
    lines = [orjson.loads(line) for line in file.read_bytes().splitlines()]
    lines[0]["tables"]["keys"].remove("destroyed_at")
    for number in _of(lines, "keys"):
        assert lines[number].pop() is None
    del lines[0]["tables"]["reactions"]
    lines = [line for line in lines if not (isinstance(line, list) and line[0] == "reactions")]
    del lines[-1]["end"]["reactions"]
    earlier = file.with_name("earlier")
    earlier.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    target = await another(kind(settings), settings)
    await imported(earlier, target)
    whole = await content(settings)
    assert await content(target) == {name: rows for name, rows in whole.items() if name != "reactions"}


async def test_no_key_is_in_the_file_in_plain_text(exported_log: tuple[Settings, Path]) -> None:
    """Neither the master key nor any that it wraps: those are in it as they are in the database."""
    settings, file = exported_log
    key = settings.master_key.get_secret_value() if settings.master_key else settings.key_file.read_text().strip()
    text = file.read_bytes()
    assert key.encode() not in text
    assert base64.b64decode(key) not in text


async def test_an_export_that_fails_leaves_what_was_there(exported_log: tuple[Settings, Path], tmp_path: Path) -> None:
    """And no part of a file beside it."""
    settings, file = exported_log
    before = file.read_bytes()
    gone = settings.model_copy(update={"database_url": f"sqlite:///{tmp_path}/gone.db"})
    with pytest.raises(Exception, match="there is no database"):
        await exported(gone, file)
    assert file.read_bytes() == before
    assert not list(file.parent.glob(".*part"))


async def test_two_exports_at_once_leave_a_whole_file(
    exported_log: tuple[Settings, Path], another: Another, tmp_path: Path
) -> None:
    """The first that ends puts its own there, not the half of the other."""
    settings, file = exported_log
    for name in ("log", "log.gz"):
        with new_file(tmp_path / name) as slow:
            slow.write(b"half a line")
            await exported(settings, tmp_path / name)
            found = (tmp_path / name).read_bytes()
            assert (gzip.decompress(found) if name.endswith(".gz") else found) == file.read_bytes()
    again = tmp_path / "log"
    await asyncio.gather(*(exported(settings, again) for _ in range(3)))
    assert sorted(each.name for each in again.parent.iterdir()) == ["log", "log.gz"]
    target = await another(kind(settings), settings)
    await imported(again, target)
    assert await content(target) == await content(settings)


@pytest.fixture(scope="session")
async def exported_log(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Path]:
    """A database and the file that it was exported to."""
    folder = tmp_path_factory.mktemp("exported")
    settings = Settings(database_url=f"sqlite:///{folder}/projectory.db")
    await made(settings)
    await exported(settings, folder / "log")
    return settings, folder / "log"


@pytest.fixture(scope="session")
async def empty(
    tmp_path_factory: pytest.TempPathFactory, shared_postgresql_settings: Settings, exported_log: tuple[Settings, Path]
) -> list[Settings]:
    """One of each kind: whatever is refused leaves them so."""
    sqlite = Settings(database_url=f"sqlite:///{tmp_path_factory.mktemp('empty')}/projectory.db")
    return [keyed(sqlite, exported_log[0]), keyed(shared_postgresql_settings, exported_log[0])]
