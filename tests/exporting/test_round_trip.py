"""From a file to a plan, to a file, to a plan: nothing is lost on the way."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest

from src.commands.assignment import Assign
from src.commands.calendar import CreateCalendar
from src.commands.calendar_holidays import AddHoliday
from src.commands.calendar_hours import AddException
from src.commands.link import LinkTasks
from src.commands.project_settings import SetDefaultCalendar
from src.commands.resource import DefineResource
from src.commands.staffing import AddResourceToProject
from src.commands.task import AddTask
from src.exporting.plan_rows import ExportedPlan
from src.importing import PlanFile, read_mspdi
from src.importing.file_plan import plan_of_file
from src.scheduling import ResourceType, schedule
from tests.importing.made import MONDAY
from tests.importing.mspdi_text import SAMPLE
from tests.importing.planning import Importer
from tests.importing.test_mspdi_real_plans import COUNTS, PLANS, plan_file

from .written import exported, exported_file, results_of, said, without_dates, written

NAMES = ("garden-studio", *COUNTS)


def file_of(name: str) -> PlanFile:
    """The sample plan, or one that Microsoft Project made, where it is at hand."""
    if name == "garden-studio":
        return read_mspdi(SAMPLE)
    if not PLANS.is_dir():
        pytest.skip(f"the real plans are not at {PLANS}")
    return read_mspdi(plan_file(name))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_written_is_read(name: str, tmp_path: Path) -> None:
    """A file that was written says what the one said that it was made from, and has the same schedule."""
    file = file_of(name)
    computed = schedule(plan_of_file(file))
    again = read_mspdi(written(tmp_path, ExportedPlan(file, results_of(file), computed)))
    assert without_dates(said(again)) == without_dates(said(file))
    assert schedule(plan_of_file(again)) == computed
    for task in again.tasks:
        result = results_of(file)[task.uid]
        dates = (task.dates.start, task.dates.finish, task.dates.early_start, task.dates.late_finish)
        assert dates == (result.start, result.finish, result.early_start, result.late_finish)


@pytest.mark.parametrize("name", NAMES)
async def test_a_plan_survives_the_way_there_and_back(ann: Importer, name: str, tmp_path: Path) -> None:
    """What is exported is what was imported; in a new project it is the same plan with the same dates."""
    file = file_of(name)
    project = (await ann.take(file)).project
    first = await exported_file(ann, project, tmp_path)
    assert without_dates(said(first)) == without_dates(said(file))
    copy = (await ann.take(replace(first, source=str(uuid4()), name=f"{first.name} again"))).project
    assert copy != project
    second = await exported_file(ann, copy, tmp_path)
    assert said(replace(second, name=first.name)) == said(first)


@pytest.mark.parametrize("name", NAMES)
async def test_an_export_that_comes_back_changes_nothing(ann: Importer, name: str, tmp_path: Path) -> None:
    """Imported where it came from, it finds everything as it says."""
    project = (await ann.take(file_of(name))).project
    file = await exported_file(ann, project, tmp_path)
    report = await ann.take(file)
    assert (report.project, report.done) == (project, {})


async def test_an_export_has_the_schedule_of_the_service(ann: Importer, tmp_path: Path) -> None:
    """The dates in the file are those that were computed for the project."""
    project = (await ann.take(read_mspdi(SAMPLE))).project
    plan = await exported(ann, project)
    assert plan.schedule is not None
    assert len(plan.results) == 50
    file = read_mspdi(written(tmp_path, plan))
    assert [task.dates.late_start for task in file.tasks] == [plan.results[task.uid].late_start for task in file.tasks]


async def test_what_was_made_by_hand_comes_back(ann: Importer, tmp_path: Path) -> None:
    """Tasks, resources and calendars that no file has made, some of them shared, are known again by their ids."""
    project = await ann.actor.project("By hand", start=MONDAY, currency="EUR")
    shared, own, crew, hand, dig, sow = (uuid4() for _ in range(6))
    for calendar, of in ((shared, None), (own, project)):
        await ann.actor.do(CreateCalendar(project=of, calendar=calendar, name="Crew", time_zone="UTC"))
    await ann.actor.do(AddHoliday(project=project, calendar=own, name="May Day", date=date(2026, 5, 1)))
    for rule in ("FREQ=WEEKLY;BYDAY=SA", "FREQ=YEARLY;BYMONTH=2,3;BYMONTHDAY=29,1"):
        await ann.actor.do(
            AddException(
                project=project, calendar=own, start=date(2026, 1, 1), finish=date(2028, 6, 1), recurrence=rule
            )
        )
    await ann.actor.do(SetDefaultCalendar(project=project, calendar=own))
    await ann.actor.do(DefineResource(resource=crew, name="Crew", calendar=shared))
    await ann.actor.do(AddResourceToProject(project=project, resource=crew))
    await ann.actor.do(DefineResource(project=project, resource=hand, name="Hand", type=ResourceType.COST))
    for task in (dig, sow):
        await ann.actor.do(AddTask(project=project, task=task, name=str(task)))
    await ann.actor.do(LinkTasks(project=project, predecessor=dig, successor=sow))
    for resource in (crew, hand):
        await ann.actor.do(Assign(project=project, task=dig, resource=resource))
    file = await exported_file(ann, project, tmp_path)
    assert {each.guid for each in file.tasks} == {dig, sow}
    assert {each.guid for each in file.calendars} == {shared, own}
    report = await ann.take(file)
    assert (report.project, report.done) == (project, {})
    copy = (await ann.take(replace(file, source=str(uuid4()), name="A copy"))).project
    again = await exported_file(ann, copy, tmp_path)
    assert without_dates(said(replace(again, name=file.name))) == without_dates(said(file))
