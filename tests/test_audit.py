"""What the audit of dependencies makes of the answers that it gets."""

from typing import Any

import pytest

from tests.audit import told

GOOD: dict[str, Any] = {"name": "good", "version": "1", "vulns": []}
UNKNOWN = {"name": "unknown", "skip_reason": "not found"}
BAD = {"name": "bad", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"]}]}


@pytest.mark.parametrize(
    "found, strict, status, line",
    [
        ([GOOD], False, 0, "no known vulnerability in 1 packages"),
        ([GOOD, BAD], False, 1, "bad 2: PYSEC-1, fixed in 2.1"),
        ([UNKNOWN, BAD], False, 1, "bad 2: PYSEC-1, fixed in 2.1"),
        ([GOOD, UNKNOWN], False, 0, "WARNING: nobody could be asked about 1 of 2 packages"),
        ([GOOD, UNKNOWN], True, 1, "WARNING: nobody could be asked about 1 of 2 packages"),
        ([], False, 0, "WARNING: nobody could be asked about the packages: why"),
        ([], True, 1, "WARNING: nobody could be asked about the packages: why"),
    ],
)
def test_a_vulnerability_fails_and_silence_warns(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    found: list[dict[str, Any]],
    strict: bool,
    status: int,
    line: str,
) -> None:
    """In one line, always; where it is strict, silence fails as well."""
    monkeypatch.setenv("AUDIT", "strict" if strict else "")
    assert told(found, "" if found else "why") == status
    (said,) = capsys.readouterr().out.splitlines()
    assert said.startswith(f"audit: {line}")
