"""The page about testing says what is so: its examples are run, in order."""

import re
from pathlib import Path
from typing import Any

from src.config import Settings

_PAGE = Path(__file__).parents[2] / "docs" / "testing.md"


async def test_the_examples_of_the_page_hold(sqlite_settings: Settings, postgresql_settings: Settings) -> None:
    """Every block of Python runs, every test in it passes, and so does what is given a database."""
    page, names = _PAGE.read_text(), dict[str, Any]()
    for block in re.finditer(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE):
        code = re.sub(r"^(from|import) projectory\b", r"\1 src", block[1], flags=re.MULTILINE)  # its name in the wheel
        above = "\n" * page.count("\n", 0, block.start(1))  # so that an error names the line of the page
        exec(compile(above + code, str(_PAGE), "exec"), names)  # noqa: S102 - our own page
    tests = [value for name, value in names.items() if name.startswith("test_")]
    assert len(tests) == 6
    for test in tests:
        await test()
    await names["one_service_for_many_requests"](sqlite_settings)
    await names["tasks_are_numbered_on"](postgresql_settings)
