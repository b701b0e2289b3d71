"""Files that are no history of Jira, or broken, or meant to do harm: each is refused by a code, with the line."""

import gzip
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from src.importing import RefusalCode
from src.importing.jira import lines
from src.importing.plan_file import ImportRefused

from .made import ANN, PAGE, change, issue, item
from .taken import read, written

CREATED = {
    "type": "IssueCreated",
    "id": "1-c",
    "issue": "A-1",
    "at": "2024-01-01T00:00:00.000+0000",
    "actor": "ann",
    "issuetype": "Bug",
}
CHANGED = {
    "type": "FieldChanged",
    "id": "2-0",
    "issue": "A-1",
    "at": "2024-01-02T00:00:00.000+0000",
    "actor": "ann",
    "field": "status",
    "fieldtype": "jira",
    "from": "1",
    "fromString": "Open",
    "to": "2",
    "toString": "Done",
}
LATER = (datetime.now(UTC) + timedelta(days=1)).isoformat()

BAD: list[tuple[str, list[Any], RefusalCode, int]] = [
    ("a change before its creation", [CHANGED, CREATED], RefusalCode.BAD_VALUE, 1),
    ("created twice", [CREATED, {**CREATED, "id": "9"}], RefusalCode.BAD_VALUE, 2),
    ("an id twice", [CREATED, CHANGED, CHANGED], RefusalCode.BAD_VALUE, 3),
    ("a time without a zone", [{**CREATED, "at": "2024-01-01T00:00:00"}], RefusalCode.BAD_VALUE, 1),
    ("no time at all", [{**CREATED, "at": "yesterday"}], RefusalCode.BAD_VALUE, 1),
    ("a number for a time", [{**CREATED, "at": 17}], RefusalCode.BAD_VALUE, 1),
    ("the edge of the calendar", [{**CREATED, "at": "0001-01-01T00:00:00+14:00"}], RefusalCode.BAD_VALUE, 1),
    ("the future", [CREATED, {**CHANGED, "at": LATER}], RefusalCode.BAD_VALUE, 2),
    ("another type of event", [CREATED, {**CHANGED, "type": "Exploded"}], RefusalCode.BAD_VALUE, 2),
    ("a change of no field", [CREATED, {**CHANGED, "field": None}], RefusalCode.BAD_VALUE, 2),
    ("a list for a text", [CREATED, {**CHANGED, "toString": ["Done"]}], RefusalCode.BAD_VALUE, 2),
    ("a key with a line break", [{**CREATED, "issue": "A-1\nB-1"}], RefusalCode.BAD_VALUE, 1),
    ("a change at a time before", [CREATED, {**CHANGED, "at": "2023-01-01T00:00:00Z"}], RefusalCode.BAD_VALUE, 2),
    ("a list", [[1, 2]], RefusalCode.NOT_JIRA, 1),
    ("a number", [17], RefusalCode.NOT_JIRA, 1),
    ("something else", [{"tasks": []}], RefusalCode.NOT_JIRA, 1),
    ("an issue without a changelog", [{"key": "A-1", "fields": {}}], RefusalCode.BAD_VALUE, 1),
    ("a page of numbers", [{"issues": [1]}], RefusalCode.BAD_VALUE, 1),
    (
        "an issue without a time",
        [{"key": "A-1", "fields": {}, "changelog": {"histories": []}}],
        RefusalCode.BAD_VALUE,
        1,
    ),
    (
        "two changes of one id",
        [issue("A-1", CREATED["at"], ANN, *[change(1, CHANGED["at"], ANN, item("status", "a", "b"))] * 2)],
        RefusalCode.BAD_VALUE,
        1,
    ),
]


@pytest.mark.parametrize("what, values, code, line", BAD, ids=[bad[0] for bad in BAD])
def test_what_cannot_be_is_refused_with_its_line(
    tmp_path: Path, what: str, values: list[Any], code: RefusalCode, line: int
) -> None:
    """Wrong types, times and orders: the code, and where it is."""
    with pytest.raises(ImportRefused) as refused:
        read(written(tmp_path, *values))
    assert (refused.value.code, refused.value.line) == (code, line), what


RAW: list[tuple[str, bytes, RefusalCode]] = [
    ("nothing", b"", RefusalCode.NOT_JSON),
    ("blank lines", b"\n \n", RefusalCode.NOT_JSON),
    ("XML", b"<Project/>", RefusalCode.NOT_JSON),
    ("UTF-16", json.dumps(CREATED).encode("utf-16"), RefusalCode.NOT_JSON),
    ("half a line", json.dumps(CREATED).encode() + b"\n" + json.dumps(CHANGED).encode()[:30], RefusalCode.NOT_JSON),
    ("a hundred thousand brackets", b"[" * 100_000, RefusalCode.NOT_JSON),
    ("half a surrogate", b'{"type": "\\ud800"}', RefusalCode.NOT_JSON),
    ("half a gzip", gzip.compress(os.urandom(10_000))[:-500], RefusalCode.TRUNCATED),
    ("no gzip after all", b"\x1f\x8b" + b"x" * 100, RefusalCode.TRUNCATED),
]


@pytest.mark.parametrize("what, raw, code", RAW, ids=[raw[0] for raw in RAW])
def test_what_is_no_json_is_refused(tmp_path: Path, what: str, raw: bytes, code: RefusalCode) -> None:
    """Broken, cut off, or another format altogether."""
    file = tmp_path / "export.json"
    file.write_bytes(raw)
    with pytest.raises(ImportRefused) as refused:
        read(file)
    assert refused.value.code is code, what


def test_a_bomb_does_not_go_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What unpacks to more than the limit, as one line or as many, is given up at the limit."""
    monkeypatch.setattr(lines, "MAX_LINE_BYTES", 100_000)
    monkeypatch.setattr(lines, "MAX_HISTORY_BYTES", 1_000_000)
    for content in (b" " * 10_000_000, b" \n" * 5_000_000, b"{\n" + b'"a":1,\n' * 100_000):
        file = tmp_path / "bomb.json.gz"
        file.write_bytes(gzip.compress(content))
        with pytest.raises(ImportRefused) as refused:
            read(file)
        assert refused.value.code is RefusalCode.FILE_TOO_LARGE


@pytest.mark.parametrize("make", [lambda file: None, lambda file: file.mkdir(), os.mkfifo])
def test_what_cannot_be_read_is_refused(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """No file, a folder, a pipe that nobody writes to."""
    file = tmp_path / "export.json"
    make(file)
    with pytest.raises(ImportRefused) as refused:
        read(file)
    assert refused.value.code is RefusalCode.FILE_UNREADABLE


def test_one_value_over_many_lines_is_read(tmp_path: Path) -> None:
    """A search result as people save it, packed or with a mark of its encoding."""
    text = json.dumps(PAGE, indent=2).encode()
    for raw in (text, gzip.compress(text), b"\xef\xbb\xbf" + text):
        file = tmp_path / "export.json"
        file.write_bytes(raw)
        assert [each.key for each in read(file).issues] == ["SHED-1", "SHED-2"]


def test_a_changelog_that_is_not_whole_is_told(tmp_path: Path) -> None:
    """The cloud gives the last hundred changes of an issue: that some are missing is counted."""
    cut = issue("A-1", CREATED["at"], ANN, change(1, CHANGED["at"], ANN, item("status", "a", "b")), total=120)
    assert read(written(tmp_path, cut)).left_out == {"issues whose changelog is not whole": 1}
