"""Small plan files as text, for tests."""

from pathlib import Path

import pytest

from src.importing import ImportRefused, PlanFile, read_mspdi
from src.importing.xml_stream import NAMESPACE

SAMPLE = Path(__file__).parents[2] / "examples" / "garden-studio.mspdi.xml"


def task(uid: int, *inside: str, level: int = 1, name: str | None = None, **fields: object) -> str:
    """A task element; fields by their names in the format, other elements as text."""
    named = {"UID": uid, "Name": name or f"T{uid}", "OutlineLevel": level, **fields}
    return f"<Task>{''.join(f'<{key}>{value}</{key}>' for key, value in named.items())}{''.join(inside)}</Task>"


def link(predecessor: int, **fields: object) -> str:
    """A link element, to stand in its successor."""
    rest = "".join(f"<{key}>{value}</{key}>" for key, value in fields.items())
    return f"<PredecessorLink><PredecessorUID>{predecessor}</PredecessorUID>{rest}</PredecessorLink>"


def document(*tasks: str, head: str = "", rest: str = "") -> str:
    """A whole file of these tasks, each on a line of its own from line 2."""
    body = "\n".join(tasks)
    return f'<Project xmlns="{NAMESPACE}">{head}<Tasks>\n{body}\n</Tasks>{rest}</Project>'


def read(folder: Path, content: str | bytes) -> PlanFile:
    """The plan of a file with this content."""
    path = folder / "plan.xml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_mspdi(path)


def refusal(folder: Path, content: str | bytes) -> ImportRefused:
    """The refusal of a file with this content."""
    with pytest.raises(ImportRefused) as caught:
        read(folder, content)
    return caught.value


def left_out(plan: PlanFile) -> dict[str, int]:
    """How often each kind was left out."""
    return {entry.kind: entry.count for entry in plan.left_out}


def codes(plan: PlanFile) -> dict[int, str]:
    """The WBS code of every task by its UID, counted from the tree."""
    children: dict[int | None, int] = {}
    found: dict[int, str] = {}
    for entry in plan.tasks:
        children[entry.parent] = children.get(entry.parent, 0) + 1
        above = "" if entry.parent is None else f"{found[entry.parent]}."
        found[entry.uid] = f"{above}{children[entry.parent]}"
    return found
