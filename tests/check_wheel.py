"""Does the wheel work where there is no checkout? Builds it, installs it into an empty environment, uses it there."""

import os
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).parents[1]

# Runs inside the new environment. Migrations are Alembic's to load; `__main__` modules would start something.
_IMPORT_EVERYTHING = """
import importlib, pkgutil
from importlib.util import find_spec
import projectory
names = [module.name for module in pkgutil.walk_packages(projectory.__path__, "projectory.")
         if not module.name.startswith("projectory.migrations") and not module.name.endswith("__main__")]
for name in names:
    importlib.import_module(name)
assert find_spec("src") is None, "the wheel brought a package called src"
assert find_spec("pytest") is None, "what is tested here does not need pytest"
print(f"imported {len(names)} modules of projectory {projectory.__version__}")
"""

# Without the extra `testing` there is no httpx: commands and projections are tested all the same.
_TEST_WITHOUT_HTTPX = """
import asyncio, sys
from uuid import uuid4
sys.modules["httpx"] = None
from projectory.projections.users import USERS, UserRow
from projectory.testing import a_user, given, rows_of
ann = uuid4()
asyncio.run(given(a_user(ann)).when(USERS).then(rows_of(UserRow, "id").are((ann,))))
"""


def main() -> None:
    """Stop at the first thing that is wrong."""
    with tempfile.TemporaryDirectory(prefix="projectory-wheel-") as name:
        folder = Path(name)
        wheel = _build(folder / "dist")
        _check_contents(wheel)
        programs = _install(wheel, folder / "venv")
        work = folder / "work"
        work.mkdir()
        _run(programs / "python", "-I", "-c", _IMPORT_EVERYTHING, cwd=work)
        _run(programs / "python", "-I", "-c", _TEST_WITHOUT_HTTPX, cwd=work)
        _run(programs / "projectory", "migrate", cwd=work)
        _check_migrated(work)
    print(f"{wheel.name} works on its own")


def _build(folder: Path) -> Path:
    """By way of the source distribution, so that this is known to be complete too."""
    _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, cwd=ROOT)
    (wheel,) = folder.glob("*.whl")
    return wheel


def _check_contents(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    strangers = [name for name in names if not name.startswith(("projectory/", "projectory-"))]
    assert not strangers, f"the wheel would install {strangers}"
    assert not any("__pycache__" in name for name in names), "the wheel carries compiled files"
    sources = {path.relative_to(ROOT).as_posix() for path in (ROOT / "migrations").rglob("*") if path.is_file()}
    missing = {name for name in sources if "__pycache__" not in name} - {
        name.removeprefix("projectory/") for name in names
    }
    assert not missing, f"the wheel lacks {missing}"


def _install(wheel: Path, folder: Path) -> Path:
    """Our own pip fills the environment: not every system's Python can put one into it."""
    _run(sys.executable, "-m", "venv", "--without-pip", folder)
    pip = (sys.executable, "-m", "pip", "--python", folder / "bin" / "python", "--disable-pip-version-check")
    _run(*pip, "install", "--quiet", "--constraint", ROOT / "requirements.lock", f"{wheel}[testing]")
    return folder / "bin"


def _check_migrated(folder: Path) -> None:
    """Without any setting the database is a file in the current folder."""
    tables: set[str] = set()
    for path in folder.rglob("*.db"):
        with closing(sqlite3.connect(path)) as database:
            tables.update(name for (name,) in database.execute("SELECT name FROM sqlite_master"))
    assert "events" in tables, f"`projectory migrate` made no event log, but {sorted(tables)}"


def _run(*command: str | Path, cwd: Path | None = None) -> None:
    settings = {name: value for name, value in os.environ.items() if not name.startswith(("PROJECTORY_", "PYTHON"))}
    subprocess.run(command, cwd=cwd, env=settings, check=True)


if __name__ == "__main__":
    main()
