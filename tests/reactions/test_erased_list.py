"""The list of erased persons, kept in a file: whole, or told where it is not."""

from pathlib import Path

import orjson
import pytest
from uuid_utils.compat import uuid4

from src.config import Settings
from src.events.erased import DamagedListError, Erased, ErasedList
from src.testing.memory import NOW
from src.wiring import open_app
from tests.conftest import nobody_woken


def test_the_list_names_everybody_once(tmp_path: Path) -> None:
    """Once more changes nothing; a line is a JSON object of an id and a time."""
    listed, users = ErasedList(tmp_path / "erased"), [uuid4(), uuid4()]
    assert listed.read() == []
    for user in (*users, users[0]):
        listed.add(Erased(user, NOW))
    assert [each.user for each in listed.read()] == users
    lines = listed.path.read_bytes().splitlines()
    assert [orjson.loads(line) for line in lines] == [{"at": NOW.isoformat(), "user": str(user)} for user in users]
    assert listed.path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_line_that_was_cut_off_does_no_harm(tmp_path: Path, cut: int) -> None:
    """Power fails in the middle of a line: who is on it is put there again, and all others stay."""
    listed, first, second = ErasedList(tmp_path / "erased"), Erased(uuid4(), NOW), Erased(uuid4(), NOW)
    listed.path.write_bytes(first.line() + second.line()[:cut])
    assert listed.read() == [first]
    listed.add(second)
    assert listed.path.read_bytes() == first.line() + second.line()


def test_a_list_without_its_last_line_end_is_whole(tmp_path: Path) -> None:
    """Whoever wrote it by hand need not know."""
    listed, first, second = ErasedList(tmp_path / "erased"), Erased(uuid4(), NOW), Erased(uuid4(), NOW)
    listed.path.write_bytes(first.line().rstrip())
    listed.add(second)
    assert listed.read() == [first, second]


@pytest.mark.parametrize("line", [b"ann\n", b"{}\n", b'{"user": "ann", "at": 1}\n', b"\n"])
async def test_a_damaged_list_is_told(sqlite_settings: Settings, line: bytes) -> None:
    """Nothing is served while it is not known who was erased."""
    assert sqlite_settings.erased_list is not None
    sqlite_settings.erased_list.write_bytes(Erased(uuid4(), NOW).line() + line)
    with pytest.raises(DamagedListError, match="line 2"):
        async with open_app(sqlite_settings, nobody_woken):
            pass
