"""What the import says of the file as a whole: which plan it is, and what stays behind."""

from pathlib import Path
from typing import Any

import pytest

from .mspdi_text import document, left_out, link, read, task

GUID = "6e2d0c51-8b7a-4f0d-9c3e-5a1b7d4f2c60"


@pytest.mark.parametrize(
    "head, source, name",
    [
        (f"<GUID>{{{GUID}}}</GUID><Title>Studio</Title>", GUID.upper(), "Studio"),
        ("<Name>a.xml</Name><CreationDate>2026-02-20T09:00:00</CreationDate>", "a.xml|2026-02-20T09:00:00", "a"),
        ("<Name>a.XML</Name><Title> Studio </Title>", "Studio", "Studio"),
        ("<GUID>00000000-0000-0000-0000-000000000000</GUID><Title>Studio</Title>", "Studio", "Studio"),
        ("", "Imported plan", "Imported plan"),
    ],
)
def test_a_plan_is_known_by_the_best_that_it_has(tmp_path: Path, head: str, source: str, name: str) -> None:
    """A plan is identified by its GUID, else by its file's name and creation date, else by its title."""
    plan = read(tmp_path, document(head=head))
    assert (plan.source, plan.name) == (source, name)


@pytest.mark.parametrize("code, currency", [("EUR", "EUR"), ("eur", "EUR"), ("€", None), ("", None)])
def test_only_a_currency_code_is_a_currency(tmp_path: Path, code: str, currency: str | None) -> None:
    """A symbol may mean many currencies and is not taken for one."""
    plan = read(tmp_path, document(head=f"<CurrencyCode>{code}</CurrencyCode><CurrencySymbol>$</CurrencySymbol>"))
    assert plan.currency == currency


def test_sections_that_stay_behind_are_counted(tmp_path: Path) -> None:
    """Definitions of fields, codes and masks are counted."""
    rest = (
        "<ExtendedAttributes><ExtendedAttribute/><ExtendedAttribute/></ExtendedAttributes>"
        "<OutlineCodes><OutlineCode/></OutlineCodes><WBSMasks><WBSMask/></WBSMasks>"
    )
    plan = read(tmp_path, document(task(1), rest=rest))
    assert left_out(plan) == {"custom field definitions": 2, "outline code definitions": 1, "WBS masks": 1}


@pytest.mark.parametrize(
    "content, kind",
    [
        ("<Baseline><Number>0</Number></Baseline><Baseline><Number>1</Number></Baseline>", "tasks with baselines"),
        ("<CalendarUID>3</CalendarUID>", "missing calendars"),
        ("<Work>PT8H0M0S</Work><Cost>100</Cost>", "tasks with costs"),
        ("<Estimated>1</Estimated>", "estimated durations"),
        ("<LevelingDelay>4800</LevelingDelay>", "tasks delayed by levelling"),
        ("<ExtendedAttribute/>", "tasks with extended attributes"),
        ("<OutlineCode/>", "tasks with outline codes"),
        ("<HyperlinkAddress>https://example.org</HyperlinkAddress>", "tasks with hyperlinks"),
        ("<IsSubproject>1</IsSubproject>", "inserted projects"),
        ("<OutlineNumber>1</OutlineNumber><WBS>HOUSE.1</WBS>", "own WBS codes"),
        ("<Milestone>1</Milestone><Duration>PT8H0M0S</Duration>", "milestone flags"),
    ],
)
def test_what_a_task_leaves_behind_is_counted(tmp_path: Path, content: str, kind: str) -> None:
    """Each kind counts the tasks that have it, once each, and gives the reason."""
    usual = (
        "<Manual>0</Manual><CalendarUID>-1</CalendarUID><Priority>500</Priority><Type>0</Type>"
        "<Work>PT0H0M0S</Work><Cost>0.00</Cost><Estimated>0</Estimated><Milestone>0</Milestone>"
    )
    plan = read(tmp_path, document(task(1, content), task(2, usual)))
    assert left_out(plan) == {kind: 1}
    assert plan.left_out[0].why


def test_the_project_leaves_its_own_settings_behind(tmp_path: Path) -> None:
    """A plan scheduled backwards, a slack that is critical and the project's notes are told, not silently changed."""
    head = "<ScheduleFromStart>0</ScheduleFromStart><CriticalSlackLimit>2</CriticalSlackLimit>"
    plan = read(tmp_path, document(task(0, level=0, Notes="Call Ada first."), task(1), head=head))
    assert left_out(plan) == {"scheduling from the finish": 1, "critical slack limit": 1, "project notes": 1}


def test_what_a_summary_may_not_have_is_counted(tmp_path: Path) -> None:
    """A summary's mode and calendar stay behind; a task's are taken over."""
    own: dict[str, Any] = {"Manual": 1, "CalendarUID": 1}
    calendars = "<Calendars><Calendar><UID>1</UID></Calendar></Calendars>"
    plan = read(tmp_path, document(task(1, **own), task(2, level=2, **own), rest=calendars))
    assert [(entry.mode, entry.calendar) for entry in plan.tasks] == [("auto", None), ("manual", 1)]
    assert left_out(plan) == {"manual summaries": 1, "calendars of summaries": 1}


def test_tasks_and_links_of_other_projects_stay_behind(tmp_path: Path) -> None:
    """A cross-project link, and a placeholder with the links to it, are left out and counted."""
    crossing = link(9, CrossProject=1, CrossProjectName="other.mpp\\9")
    tasks = task(1), task(2, ExternalTask=1), task(3, link(1), link(2), crossing)
    plan = read(tmp_path, document(*tasks))
    assert ([entry.uid for entry in plan.tasks], len(plan.links)) == ([1, 3], 1)
    assert left_out(plan) == {"tasks of other projects": 1, "cross-project links": 2}


def test_inactive_tasks_stay_behind_with_all_below_them(tmp_path: Path) -> None:
    """Inactive tasks do not take part in the schedule, so neither they nor their links are taken over."""
    tasks = task(1), task(2, Active=0), task(3, link(1), level=2), task(4, link(2), link(1), Active=1)
    plan = read(tmp_path, document(*tasks))
    assert [entry.uid for entry in plan.tasks] == [1, 4]
    assert [(entry.predecessor, entry.successor) for entry in plan.links] == [(1, 4)]
    assert left_out(plan) == {"inactive tasks": 2, "links of inactive tasks": 2}


def test_tasks_of_a_project_inside_a_task_are_not_this_plans(tmp_path: Path) -> None:
    """A plan embedded in a task does not mix with the plan around it."""
    embedded = f"<IsSubproject>1</IsSubproject><Project><Tasks>{task(1)}{task(2)}</Tasks></Project>"
    assert [entry.uid for entry in read(tmp_path, document(task(1, embedded), task(3))).tasks] == [1, 3]


def test_elements_of_other_formats_are_passed_over(tmp_path: Path) -> None:
    """An element of another namespace is not taken for the format's own."""
    foreign = '<x:Name xmlns:x="urn:other">Not this</x:Name>'
    assert read(tmp_path, document(task(1, foreign, name="This"))).tasks[0].name == "This"
