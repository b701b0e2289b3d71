"""An export is of one moment, whatever is changed while it is read."""

from typing import Any
from uuid import UUID

import pytest

from src.config import Settings
from src.exporting.calendar_rows import exported_calendars
from src.testing.http import served


async def test_who_is_assigned_meanwhile_is_not_in_it(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the resource nor the assignment, which come between the reads of both."""
    async with served(settings) as service:
        ann = await service.person()
        shed = await ann.make("projects", name="Shed")
        task = await ann.make(f"projects/{shed}/tasks", name="Dig")

        async def assigning_meanwhile(*args: Any) -> Any:
            crew = await ann.make(f"projects/{shed}/resources", name="Crew")
            await ann.do("PUT", f"projects/{shed}/tasks/{task}/assignments/{UUID(crew)}", {})
            (page,) = await ann.pages(f"projects/{shed}/assignments")
            assert len(page) == 1
            return await exported_calendars(*args)

        with monkeypatch.context() as patched:
            patched.setattr("src.exporting.plan_rows.exported_calendars", assigning_meanwhile)
            first = await ann.get(f"projects/{shed}/export.xml")
        assert "Crew" not in first.text
        assert "Crew" in (await ann.get(f"projects/{shed}/export.xml")).text
