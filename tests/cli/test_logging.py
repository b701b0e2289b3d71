"""What reaches the log: structure, the correlation id, and no secrets."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from src.config import Settings
from src.logging import configure, hide_secrets

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl"


@pytest.fixture
def unconfigured() -> Iterator[None]:
    """Leaves the logging of the tests as it was."""
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    structlog.reset_defaults()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def hidden(**entry: Any) -> dict[str, Any]:
    """The entry as it is written."""
    return dict(hide_secrets(None, "info", entry))


@pytest.mark.parametrize(
    "name",
    ["password", "Password_hash", "client_secret", "access_token", "Authorization", "cookie", "master_key", "apiKey"],
)
def test_values_with_a_secret_name_are_hidden(name: str) -> None:
    """Whatever the value is, at the top and in what it holds."""
    assert hidden(**{name: "4711", "path": "/"}) == {name: "[hidden]", "path": "/"}
    assert "4711" not in str(hidden(settings={"inner": [{name: 4711}]}))


@pytest.mark.parametrize(
    "text, shown",
    [
        ("postgresql://ann:4711@host/name", "postgresql://ann:[hidden]@host/name"),
        ("redis://:4711@host:6379/0 failed", "redis://:[hidden]@host:6379/0 failed"),
        ("a://u:47@11@host and b://v:4711@host", "a://u:[hidden]@host and b://v:[hidden]@host"),
        ("http://host:8000/path?mail=a@b", "http://host:8000/path?mail=a@b"),
        (f"Bearer {TOKEN}", "Bearer [hidden]"),
        (f"/docs?x={TOKEN}&y=1", "/docs?x=[hidden]&y=1"),
        ("sent Basic YW5uOnBhc3N3b3JkNDcxMQ==", "sent Basic [hidden]"),
        ("?refresh_token=4711&code=x", "?refresh_token=[hidden]&code=x"),
        ("{'client_secret': '4711', 'a': 1}", "{'client_secret': '[hidden]', 'a': 1}"),
        ('{"password":"4711"}', '{"password":"[hidden]"}'),
        ("(b'idempotency-key', b'x'), Idempotency-Key: 4711", "(b'idempotency-key', b'x'), Idempotency-Key: [hidden]"),
        ("refused\nDETAIL:  Failing row contains (4711).\nso", "refused\nDETAIL: [hidden]\nso"),
        ("the token has expired; get a new one", "the token has expired; get a new one"),
        ("nothing: to hide @ all", "nothing: to hide @ all"),
    ],
)
def test_credentials_in_texts_are_hidden(text: str, shown: str) -> None:
    """The password of an address and a bearer token, wherever they stand; the rest stays."""
    assert hidden(event=text)["event"] == shown
    assert hidden(inner={"list": [text]})["inner"] == {"list": [shown]}


def test_objects_are_hidden_as_they_would_be_shown() -> None:
    """What is no text is written as Python shows it; secrets in that are hidden as well, and numbers stay numbers."""
    told = hidden(error=ValueError("password=4711"), raw=b"token: 4711", count=4711, ok=True, none=None)
    assert told == {
        "error": "ValueError('password=[hidden]')",
        "raw": "b'token: [hidden]'",
        "count": 4711,
        "ok": True,
        "none": None,
    }


def test_libraries_are_not_heard_at_debug(unconfigured: None, capsys: pytest.CaptureFixture[str]) -> None:
    """There they tell what they are handed; our own entries are written."""
    configure(Settings(log_level="debug", log_json=True))
    logging.getLogger("aiosqlite").debug("executing INSERT with 4711")
    structlog.get_logger("src.anything").debug("heard")
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["event"] == "heard"


def fail(key: str) -> None:
    """A fault in a function that holds a key."""
    raise RuntimeError("cannot reach redis://:4711@host")


@pytest.mark.parametrize("as_json", [True, False])
def test_an_exception_shows_no_variables(unconfigured: None, capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    """A traceback says where it happened and what, not what the variables held; nor a password in its words."""
    configure(Settings(log_json=as_json))
    try:
        fail(key=str(4700 + 11))
    except RuntimeError:
        structlog.get_logger("test").exception("failed")
    said = capsys.readouterr().err
    assert "in fail" in said
    assert ("redis://:[hidden]@host" in said, "4711" in said) == (True, False)


def test_production_writes_an_object_a_line(unconfigured: None, capsys: pytest.CaptureFixture[str]) -> None:
    """Our own entries and those of libraries alike are objects with level, logger, time and what is bound."""
    configure(Settings(log_json=True))
    with structlog.contextvars.bound_contextvars(correlation_id="abc"):
        structlog.get_logger("ours").info("done", count=3)
        logging.getLogger("theirs").warning("slow: %s\nsecond line", 7)
    ours, theirs = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert (ours["event"], ours["count"], ours["logger"], ours["level"]) == ("done", 3, "ours", "info")
    assert (theirs["event"], theirs["logger"], theirs["level"]) == ("slow: 7\nsecond line", "theirs", "warning")
    assert ours["correlation_id"] == theirs["correlation_id"] == "abc"
    assert ours["timestamp"].endswith("Z")


def test_the_level_is_kept(unconfigured: None, capsys: pytest.CaptureFixture[str]) -> None:
    """Entries below the level, and the chatter of libraries, are not written."""
    configure(Settings(log_level="warning", log_json=True))
    structlog.get_logger("ours").info("unheard")
    logging.getLogger("uvicorn.access").info("unheard")
    structlog.get_logger("ours").error("heard")
    (line,) = capsys.readouterr().err.splitlines()
    assert json.loads(line)["event"] == "heard"
