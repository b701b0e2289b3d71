"""The page about testing says what is so: its examples are run, in order."""

import ast
import re
from pathlib import Path
from typing import Any

from src.config import Settings

_PAGE = Path(__file__).parents[2] / "docs" / "testing.md"


async def test_the_examples_of_the_page_hold(settings: Settings) -> None:
    """Every block of Python runs, every test in it passes, and what takes settings does on both databases."""
    names: dict[str, Any] = {}
    for block in re.findall(r"^```python\n(.*?)^```$", _PAGE.read_text(), re.DOTALL | re.MULTILINE):
        code = re.sub(r"^(from|import) projectory\b", r"\1 src", block, flags=re.MULTILINE)  # its name in the wheel
        exec(compile(ast.parse(code), str(_PAGE), "exec"), names)  # noqa: S102 - our own page
    tests = [value for name, value in names.items() if name.startswith("test_")]
    assert len(tests) == 6
    for test in tests:
        await test()
    await names["tasks_are_numbered_on"](settings)
