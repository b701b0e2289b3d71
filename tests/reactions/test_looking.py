"""Looking for something to sweep is cheap, however much there is that stays."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from src.events.key_store import DatabaseKeyStore
from src.events.outcomes import Outcomes
from src.wiring import App

BEFORE = datetime.now(UTC) - timedelta(days=1)
LOOKS: dict[str, Callable[[Any], Awaitable[object]]] = {
    "outcomes": lambda engine: Outcomes(engine).any_before(BEFORE),
    "keys": lambda engine: DatabaseKeyStore(engine).any_orphan(BEFORE),
}


@pytest.mark.parametrize("name", LOOKS)
async def test_a_look_goes_by_an_index(app: App, name: str) -> None:
    """No whole table is read, and nothing that stays for ever is passed over."""
    engine = app.reactor._checkpoints._engine
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
        asked.append((statement, parameters))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        await LOOKS[name](engine)
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)
    (statement, parameters) = next(each for each in asked if "ix_" not in each[0] and "WHERE" in each[0])
    async with engine.connect() as connection:
        postgresql = connection.dialect.name == "postgresql"
        if postgresql:  # small tables are read whole, which says nothing of large ones
            for method in ("enable_seqscan", "enable_bitmapscan", "enable_hashjoin", "enable_mergejoin"):
                await connection.execute(text(f"SET LOCAL {method} = off"))
        explain = f"EXPLAIN {'' if postgresql else 'QUERY PLAN '}{statement}"
        plan = "\n".join(str(row[-1]) for row in (await connection.exec_driver_sql(explain, parameters)).all())
    assert {"outcomes": "ix_outcomes_expiring", "keys": "ix_keys_created_at"}[name] in plan
    assert "Seq Scan" not in plan, plan
    assert all(line == "SCAN CONSTANT ROW" for line in plan.splitlines() if line.startswith("SCAN ")), plan
