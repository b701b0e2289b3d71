"""A file is written as a whole, or what was there stays."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from src.whole_file import ORDINARY, whole_file


@contextmanager
def _umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def _mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


@pytest.mark.parametrize("error", [OSError, ValueError, KeyboardInterrupt])
def test_what_fails_leaves_what_was_there(tmp_path: Path, error: type[BaseException]) -> None:
    """Whatever it fails with, and no part of a file beside it."""
    file = tmp_path / "file"
    file.write_bytes(b"before")

    def fail() -> None:
        with whole_file(file) as out:
            out.write(b"half")
            out.flush()
            raise error

    with pytest.raises(error):
        fail()
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("file", b"before")]


def test_only_who_writes_it_may_read_it(tmp_path: Path) -> None:
    """From its first byte on, whatever the umask and the mode of the file before; an ordinary one goes by the umask."""
    file = tmp_path / "file"
    file.touch()
    file.chmod(0o666)
    with _umask(0o022):
        with whole_file(file) as out:
            out.write(b"secret")
            out.flush()
            (part,) = tmp_path.glob(".*.part")
            assert _mode(part) == 0o600
        assert _mode(file) == 0o600
        with whole_file(file, ORDINARY):
            pass
        assert _mode(file) == 0o644


def test_no_link_is_followed(tmp_path: Path) -> None:
    """Neither one at the name that the part once had nor the file itself, and what they point to stays."""
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    for name in (".file.part", "file"):
        (tmp_path / name).symlink_to(victim)
    with whole_file(tmp_path / "file") as out:
        out.write(b"whole")
    assert victim.read_bytes() == b"mine"
    assert not (tmp_path / "file").is_symlink()
    assert (tmp_path / "file").read_bytes() == b"whole"


def test_of_two_at_once_each_leaves_a_whole_file(tmp_path: Path) -> None:
    """The one that ends first does not take the half of the other for its own."""
    file = tmp_path / "file"
    with whole_file(file) as slow:
        slow.write(b"slow, first half; ")
        slow.flush()
        with whole_file(file) as fast:
            fast.write(b"fast")
        assert file.read_bytes() == b"fast"
        slow.write(b"second half")
    assert file.read_bytes() == b"slow, first half; second half"
    assert list(tmp_path.iterdir()) == [file]


def test_where_nothing_can_be_written_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an error of the system, and nothing is left: a folder in its place, a folder that there is not, no name."""
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    for file in (tmp_path / "folder", tmp_path / "none" / "file", Path()):
        with pytest.raises(OSError, match="Errno"), whole_file(file):
            pass
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]
