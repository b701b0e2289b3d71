"""The kit for requests: it passes what is so, and it fails when it should."""

import itertools
from typing import Any

import pytest
from fastapi import FastAPI
from uuid_utils.compat import uuid4

from src.api import create_app
from src.commands.project import CreateProject
from src.config import Settings
from src.testing import a_user, done, given, request

ANN, BOB, SHED = uuid4(), uuid4(), uuid4()
SHED_OF_ANN = given(a_user(ANN), a_user(BOB), done(CreateProject(project=SHED, name="Shed"), by=ANN))
RENAME, READ = request("PATCH", f"projects/{SHED}", {"name": "Barn"}), request("GET", f"projects/{SHED}")


async def test_what_is_so_passes(settings: Settings) -> None:
    """A command as somebody, on both databases; the response is returned."""
    answer = await SHED_OF_ANN.on(settings).when(RENAME, by=ANN).then(200, {"changed": True})
    assert answer.headers["etag"] == '"3"'


async def test_reads_and_refusals_pass() -> None:
    """A read of what was given, and a refusal with its details."""
    await SHED_OF_ANN.when(READ, by=ANN).then(200, {"name": "Shed", "role": "admin"})
    stale = request("PATCH", f"projects/{SHED}", {"name": "Barn"}, if_match='"1"')
    await SHED_OF_ANN.when(stale, by=ANN).refused(412, "STALE_WRITE", expected=1, revision=2)


@pytest.mark.parametrize(
    "expected, difference",
    [
        (lambda: SHED_OF_ANN.when(READ, by=ANN).then(200, {"name": "Barn"}), "name: expected 'Barn', is 'Shed'"),
        (lambda: SHED_OF_ANN.when(READ, by=ANN).then(200, {"colour": 7}), "colour: is not there"),
        (lambda: SHED_OF_ANN.when(READ, by=BOB).then(200), r"- 200\n\+ 404"),
        (
            lambda: SHED_OF_ANN.when(READ, by=BOB).refused(404, "FORBIDDEN"),
            "code: expected 'FORBIDDEN', is 'NOT_FOUND'",
        ),
        (lambda: SHED_OF_ANN.when(RENAME).then(200), "TOKEN_MISSING"),
    ],
)
async def test_what_is_not_so_fails(expected: Any, difference: str) -> None:
    """With what was expected and what is."""
    with pytest.raises(AssertionError, match=difference):
        await expected()


async def test_an_answer_that_is_not_repeated_and_an_error_in_another_form_fail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Routes of somebody's own that count their calls, and that tell errors in their own way."""
    calls = itertools.count()

    def with_routes(*args: Any) -> FastAPI:
        api = create_app(*args)
        api.add_api_route("/counting", lambda: {"calls": next(calls)})
        api.add_api_route("/failing", lambda: {"error": "sorry"}, status_code=418)
        return api

    monkeypatch.setattr("src.testing.http.create_app", with_routes)
    with pytest.raises(AssertionError, match="answer to a repeat"):
        await given().when(request("GET", "/counting")).then(200)
    with pytest.raises(AssertionError, match=r"application/problem\+json"):
        await given().when(request("GET", "/failing")).then(418)
