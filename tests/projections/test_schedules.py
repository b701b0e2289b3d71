"""The schedule of a project follows its plan: marked event by event, computed once, whoever does it and when."""

from datetime import datetime
from uuid import UUID

from src.commands.link import LinkTasks
from src.commands.project import CreateProject
from src.commands.task import AddTask
from src.config import Settings
from src.projections.planned import INPUTS
from src.projections.schedule_rows import MarkRow, ScheduledTaskRow, ScheduleRow
from src.projections.schedules import SCHEDULES
from src.scheduling import Duration
from src.testing import a_user, done, given, rows_of

ANN, SHED, DIG, SOW, LINK = (UUID(int=n) for n in range(1, 6))
MONDAY = datetime(2026, 3, 2, 8)
DAY = 4800
ALL = (*INPUTS, SCHEDULES)
PLAN = (
    a_user(ANN),
    done(
        CreateProject(project=SHED, name="Shed", start=MONDAY),
        AddTask(project=SHED, task=DIG, name="Dig", duration=Duration(tenths=2 * DAY)),
        AddTask(project=SHED, task=SOW, name="Sow", duration=Duration(tenths=DAY)),
        LinkTasks(project=SHED, link=LINK, predecessor=DIG, successor=SOW),
        by=ANN,
    ),
)


async def test_tasks_are_where_the_links_put_them(settings: Settings) -> None:
    """The rows follow from the log alone: in a rebuild, and one event at a time."""
    tasks = rows_of(ScheduledTaskRow, "task", "start", "finish", "total_slack", "critical", "drivers").are(
        (DIG, MONDAY, datetime(2026, 3, 3, 17), 0, True, [{"hold": "project_start", "by": None}]),
        (SOW, datetime(2026, 3, 4, 8), datetime(2026, 3, 4, 17), 0, True, [{"hold": "link", "by": str(LINK)}]),
    )
    head = rows_of(ScheduleRow, "project", "state", "start", "finish", "tasks", "critical").are(
        (SHED, "computed", MONDAY, datetime(2026, 3, 4, 17), 2, 2)
    )
    await given(*PLAN).on(settings).when(*ALL).then(tasks, head, rows_of(MarkRow))
