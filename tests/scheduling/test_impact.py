"""What one schedule has otherwise than another one."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from src.scheduling import Duration, Plan, PlannedLink, PlannedTask, schedule
from src.scheduling.findings import findings_of, findings_of_plan
from src.scheduling.impact import Change, Distance, moves_of

DIG, SOW, REST, LINK = (UUID(int=n) for n in range(1, 5))
DAY = 4800
FRIDAY = datetime(2026, 3, 6, 8)


def plan(days: int = 1, **fields: object) -> Plan:
    """Two tasks that follow each other from a Friday on, and one beside them."""
    tasks = (
        PlannedTask(DIG, duration=Duration(tenths=days * DAY)),
        PlannedTask(SOW, duration=Duration(tenths=DAY)),
        PlannedTask(REST, duration=Duration(tenths=DAY)),
    )
    made = Plan(start=FRIDAY, time_zone="UTC", tasks=tasks, links=(PlannedLink(LINK, DIG, SOW),))
    return replace(made, **fields)  # type: ignore[arg-type]


def test_moves_are_told_in_working_time_and_in_days() -> None:
    """The longest first; who only gets more slack keeps its dates."""
    new = plan(2)
    whole, moves = moves_of(new, schedule(plan()), schedule(new))
    assert whole.finish == Distance(DAY, 1)
    assert {move.task: (move.change, move.start) for move in moves} == {
        DIG: (Change.MOVED, Distance(0, 0)),
        SOW: (Change.MOVED, Distance(DAY, 1)),
        REST: (Change.SLACK, Distance(0, 0)),
    }
    assert moves[-1].task == REST


def test_nothing_moves_in_the_same_plan() -> None:
    """No task is told."""
    whole, moves = moves_of(plan(), schedule(plan()), schedule(plan()))
    assert (whole.start, whole.finish, moves) == (Distance(0, 0), Distance(0, 0), ())


def test_tasks_come_and_go() -> None:
    """They have one schedule only."""
    fewer = plan(tasks=plan().tasks[:2])
    for before, after, change in ((plan(), fewer, Change.REMOVED), (fewer, plan(), Change.ADDED)):
        _, moves = moves_of(after, schedule(before), schedule(after))
        assert [(move.task, move.change) for move in moves] == [(REST, change)]


def test_what_is_not_kept_is_found() -> None:
    """A deadline, and the finish of the project with what it asks of the tasks."""
    late = plan(must_finish=datetime(2026, 3, 6, 17))
    late = replace(late, tasks=tuple(replace(task, deadline=datetime(2026, 3, 6, 17)) for task in late.tasks))
    found = schedule(late)
    codes = {task.id: [each.code.value for each in findings_of(task, found.tasks[task.id])] for task in late.tasks}
    assert codes[SOW] == ["DEADLINE_MISSED", "CONSTRAINT_AGAINST_LOGIC"]
    assert codes[REST] == []
    assert [each.code.value for each in findings_of_plan(late, found)] == ["MUST_FINISH_MISSED"]
    assert list(findings_of_plan(plan(), schedule(plan()))) == []
