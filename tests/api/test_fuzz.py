"""The API by its own document: a fuzzer reads it, and finds nothing that is not as it says."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from src.config import Settings
from src.testing.http import served
from tests.cli.running import CommandLine, Starter
from tests.conftest import nobody_woken

from .requests import Request
from .world import World, equipped, make_world

LONG = "FUZZ_EXAMPLES" in os.environ
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "3"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
HOOKS = Path(__file__).with_name("fuzzing.py")
# A rule may refuse what the schema allows: our own check in `fuzzing` tells the two apart.
LEFT_OUT = "positive_data_acceptance"
# The fuzzer reads an answer to its end, and that of a follower has none: test_following has its refusals.
ENDLESS = ("--exclude-operation-id", "project_events")
HARMLESS = (
    *("Add", "Assign", "Change", "Create", "Define", "Grant", "Link", "Move", "Register", "Set", "Split", "Update"),
    *("Pause", "Reactivate", "Rebuild", "Record", "Remove", "Rename", "Reopen", "Restore", "Resume", "Retry", "Skip"),
    "preview",
)
"""How the names of commands begin after which all others still find what they are about."""
SHORT = """[phases.coverage.generation]
mode = "positive"
"""
"""Every fault that a body can have, one by one, is for the long form; the short one has some of them by chance."""


@pytest.fixture
async def fuzzed(sqlite_settings: Settings, starter: Starter, tmp_path: Path) -> CommandLine:
    """A database with something of everything, beside the document and the fuzzer's settings."""
    async with served(sqlite_settings, nobody_woken) as service:
        requests = (await equipped(await make_world(service))).requests()
        shared = await equipped(await make_world(service))
        worlds = {
            name: shared if harmless(name, request) else await equipped(await make_world(service))
            for name, request in requests.items()
            if not request.endless
        }
        (tmp_path / "schemathesis.toml").write_text(configuration(worlds))
        (tmp_path / "openapi.json").write_text(json.dumps(service.api.openapi()))
    return CommandLine(starter, tmp_path, {"PROJECTORY_DATABASE_URL": sqlite_settings.database_url})


def test_a_fuzzer_finds_nothing(fuzzed: CommandLine) -> None:
    """No 500, no undocumented status, header or body, nothing accepted that the document forbids."""
    with fuzzed.serving("serve", "--port", "0") as service:
        done = subprocess.run(
            [sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml", "run", "openapi.json",
             "--url", service.address, "--phases", "coverage,fuzzing", "--exclude-checks", LEFT_OUT,
             *ENDLESS, "--max-examples", str(EXAMPLES), "--seed", str(SEED), "--no-color", "--warnings", "off"],
            cwd=fuzzed.folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        service.stop(5)
    assert done.returncode == 0, done.stdout + done.stderr
    logged = fuzzed.log()
    assert ("request failed" in logged, '"status":500' in logged, "service unavailable" in logged) == (False,) * 3


def harmless(name: str, request: Request) -> bool:
    """Whether it leaves to other operations what they are about; a window of the project refuses many dates."""
    return request.method == "GET" or (name.startswith(HARMLESS) and name != "SetProjectWindow")


def configuration(worlds: dict[str, World]) -> str:
    """The fuzzer's settings: each operation has the project, task, link, user and token of its world."""
    lines: list[str] = [f"hooks = {json.dumps(str(HOOKS))}", *(() if LONG else (SHORT,))]
    for name, world in worlds.items():
        request = world.requests()[name]
        ids = {"project": world.project, "task": world.tasks[0], "link": world.link, "user": str(world.outsider.user)}
        ids["calendar"] = world.own_calendar if request.path.startswith(world.path) else world.calendar
        own = request.path.startswith(f"{world.path}/") and f"staff/{world.resource}" not in request.path
        ids["resource"] = world.own_resource if own else world.resource
        parameters: dict[str, Any] = {f"path.{of}": id_ for of, id_ in ids.items()}
        if name == "PauseProjection":
            parameters["path.projection"] = "activity"  # who waits for what is paused is answered with 503
        token = getattr(world, request.who).token
        lines += [
            "[[operations]]",
            f"include-operation-id = {json.dumps(name)}",
            f'headers = {{ Authorization = "Bearer {token}" }}',
            # What it takes for an undeclared method of this path is one of another path.
            *(["[operations.checks]", "unsupported_method.enabled = false"] if name == "who_am_i" else []),
            "[operations.parameters]",
            *(f"{json.dumps(of)} = {json.dumps(value)}" for of, value in parameters.items()),
        ]
    return "\n".join(lines)
