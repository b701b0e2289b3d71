"""docs/errors.md: every code that a caller can meet, made from the code. `DOCS=write make test` writes it anew."""

import os
from collections.abc import Iterable
from http import HTTPStatus
from pathlib import Path

from src.api.codes import ApiCode
from src.cli.codes import CliCode
from src.commands.codes import Code, http_status
from src.commands.meanings import MEANINGS, ExplainedCode
from src.importing import RefusalCode

FILE = Path(__file__).parents[1] / "docs" / "errors.md"
HEAD = """# Errors

Every error has a stable code, which is what a program should look at, and a text for people, which may change.
Over HTTP it is a problem document (RFC 9457, `application/problem+json`) with the members `code`, `status`,
`title`, `detail` (the text), `details` (the facts behind it), `instance` (the correlation id, for whoever looks into
the log) and `type` (`urn:projectory:problem:` and the code). On the command line the code comes first in the line,
with `--json` as `{"error": {"code": …, "message": …}}`, and the exit status is 1.

This page is made from the code: `DOCS=write make test`.
"""


def row(*cells: object) -> str:
    """A row of a table."""
    return f"| {' | '.join(map(str, cells))} |"


def explained(codes: Iterable[ExplainedCode]) -> list[str]:
    """The rows of codes that have no status."""
    return [
        row("Code", "What it means", "What to do"),
        "|---|---|---|",
        *(row(f"`{c}`", c.what, c.todo) for c in codes),
    ]


def page() -> str:
    """The whole page."""
    head = [row("Code", "Status", "What it means", "What to do"), "|---|---|---|---|"]
    requests = [row(f"`{c}`", c.status, c.what, c.todo) for c in sorted(ApiCode, key=lambda code: code.status)]
    commands = [
        row(f"`{c}`", http_status(c), *MEANINGS[c]) for c in sorted(Code, key=lambda code: (http_status(code), code))
    ]
    parts = [
        "## Requests\n",
        "What a request meets before it comes to a command or a question, or instead. 400, 408, 414, 431 and",
        "`TOO_MANY_CONNECTIONS` are answered for any path, before it is looked at.\n",
        *head,
        *requests,
        "\n## Commands\n",
        "Why a command was refused. Nothing was changed; the same codes come on the command line.\n",
        *head,
        *commands,
        "\n## Imported files\n",
        "Why a plan file was refused. Nothing of it was taken over; `line` tells where.\n",
        *explained(RefusalCode),
        "\n## Command line\n",
        *explained(CliCode),
    ]
    return "\n".join([HEAD, *parts, ""])


def test_the_page_of_errors_is_what_the_code_says() -> None:
    """Each code with its status, its meaning and what to do."""
    if os.environ.get("DOCS") == "write":
        FILE.write_text(page())
    assert FILE.read_text() == page(), "write it anew: DOCS=write make test"


def test_every_code_says_what_it_means() -> None:
    """In whole sentences, and has a status of an error where it is met over HTTP."""
    assert set(Code) - set(MEANINGS) == set(), "say what they mean, in src/commands/meanings.py"
    words = [(c, *MEANINGS[c]) for c in Code] + [
        (c, c.what, c.todo) for k in (ApiCode, RefusalCode, CliCode) for c in k
    ]
    for code, what, todo in words:
        assert (what[-1:], todo[-1:], "|" in what + todo) == (".", ".", False), code
        assert code.name == code.value
    assert all(HTTPStatus(code.status) >= 400 for code in ApiCode)
    assert all(HTTPStatus(http_status(code)) >= 400 for code in Code)
