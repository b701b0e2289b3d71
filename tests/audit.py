"""`make audit`: whether anything in requirements.lock has a known vulnerability.

One that is known fails. That nobody could be asked, as on a train or behind a mirror without advisories, is a warning:
it says nothing about the change at hand. `AUDIT=strict` makes that fail as well, for a job that runs by itself.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parents[1] / "requirements.lock"
ACCEPTED: dict[str, str] = {}
"""Ids of advisories that are not about what we use, each with the reason."""

_SECONDS = 180


def main() -> int:
    """Asks, and says in a line what came of it."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(LOCK), "--disable-pip", "--no-deps"]
    command += ["--progress-spinner", "off", "--format", "json", "--timeout", "5"]
    command += [part for id_ in ACCEPTED for part in ("--ignore-vuln", id_)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        return told([], f"no answer within {_SECONDS} seconds")
    if "No module named pip_audit" in done.stderr:
        print("audit: pip-audit is not installed: make lock, and make install")
        return 1
    try:
        found = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        last = (done.stderr.strip().splitlines() or ["pip-audit said nothing"])[-1]
        return told([], last.partition(": ")[0])
    return told(found)


def told(found: list[dict[str, Any]], why: str = "") -> int:
    """The exit status, and the line for it; one more for each vulnerability."""
    audited = [each for each in found if "vulns" in each]
    bad = [(each, vulnerability) for each in audited for vulnerability in each["vulns"]]
    for each, vulnerability in bad:
        fixed = ", ".join(vulnerability["fix_versions"]) or "no version yet"
        print(f"audit: {each['name']} {each['version']}: {vulnerability['id']}, fixed in {fixed}")
    if bad:
        return 1
    if audited and len(audited) == len(found):
        print(f"audit: no known vulnerability in {len(audited)} packages")
        return 0
    what = f"{len(found) - len(audited)} of {len(found)} packages" if found else "the packages"
    print(f"audit: WARNING: nobody could be asked about {what}: {why or 'this index knows no advisories for them'}")
    return 1 if os.environ.get("AUDIT") == "strict" else 0


if __name__ == "__main__":
    sys.exit(main())
