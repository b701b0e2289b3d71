"""What is read of resources and assignments in a Microsoft Project XML file."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from src.importing import staff as reader
from src.importing import xml_stream
from src.importing.plan_file import FileAssignment, FileResource

from .mspdi_text import document, left_out, read, refusal, task


def resource(uid: int, *inside: str, **fields: object) -> str:
    """A resource element, of work unless said otherwise."""
    return _element("Resource", {"UID": uid, "Name": f"R{uid}", "Type": 1, **fields}, inside)


def assignment(uid: int, **fields: object) -> str:
    """An assignment element, of resource 1 on task 1 unless said otherwise."""
    return _element("Assignment", {"UID": uid, "TaskUID": 1, "ResourceUID": 1, "Units": 1, **fields}, ())


def _element(name: str, fields: dict[str, object], inside: tuple[str, ...]) -> str:
    texts = "".join(f"<{key}>{value}</{key}>" for key, value in fields.items())
    return f"<{name}>{texts}{''.join(inside)}</{name}>"


def staffed(resources: str, assignments: str = "", *tasks: str, head: str = "") -> str:
    """A file of these."""
    rest = f"<Resources>{resources}</Resources><Assignments>{assignments}</Assignments>"
    return document(*(tasks or (task(1), task(2))), head=head, rest=rest)


def one(folder: Path, *inside: str, **fields: object) -> FileResource:
    """The only resource of a file in euros."""
    head = "<CurrencyCode>EUR</CurrencyCode>"
    return read(folder, staffed(resource(1, *inside, **fields), head=head)).resources[0]


def test_resources_are_of_three_types(tmp_path: Path) -> None:
    """Who works has units, a material is counted in something, a cost is neither; rows for nobody are none."""
    people = (
        resource(1, MaxUnits=2.5), resource(2, Type=0, MaterialLabel="t"), resource(3, Type=2),
        resource(4, Type=0, IsCostResource=1), resource(0), resource(5, IsNull=1),
    )  # fmt: skip
    plan = read(tmp_path, staffed("".join(people)))
    assert [(each.uid, each.type, each.max_units, each.unit) for each in plan.resources] == [
        (1, "work", Decimal("2.5"), None),
        (2, "material", 1, "t"),
        (3, "cost", 1, None),
        (4, "cost", 1, None),
    ]


def test_availability_has_periods(tmp_path: Path) -> None:
    """The first and the last year of Microsoft Project are open ends; a period that says nothing new is none."""
    period = (
        "<AvailabilityPeriods><AvailabilityPeriod><AvailableFrom>{}</AvailableFrom>"
        "<AvailableTo>2049-12-31T23:59:00</AvailableTo><AvailableUnits>{}</AvailableUnits>"
        "</AvailabilityPeriod></AvailabilityPeriods>"
    )
    assert one(tmp_path, period.format("1984-01-01T00:00:00", 1)).periods == ()
    (found,) = one(tmp_path, period.format("2026-03-01T00:00:00", 0)).periods
    assert (found.start, found.finish, found.units) == (date(2026, 3, 1), None, Decimal(0))


def test_rates_are_those_of_the_first_table(tmp_path: Path) -> None:
    """A rate is for an hour, what a use costs is in hundredths; other tables are told."""
    rows = "".join(
        f"<Rate><RatesFrom>{start}</RatesFrom><RateTable>{table}</RateTable><StandardRate>{rate}</StandardRate>"
        "<CostPerUse>4900</CostPerUse></Rate>"
        for start, table, rate in (
            ("2026-06-01T00:00:00", 0, 60), ("1984-01-01T00:00:00", 0, 50), ("1984-01-01T00:00:00", 1, 9)
        )
    )  # fmt: skip
    found = one(tmp_path, f"<Rates>{rows}</Rates>").rates
    assert [(rate.start, int(rate.rate), int(rate.per_use)) for rate in found] == [
        (None, 50, 49),
        (date(2026, 6, 1), 60, 49),
    ]
    assert one(tmp_path, StandardRate=0).rates == ()
    plan = read(tmp_path, staffed(resource(1, f"<Rates>{rows}</Rates>")))
    assert plan.resources[0].rates == ()
    assert left_out(plan) == {"other rate tables": 1, "rates without a currency": 1}


def test_assignments_are_read(tmp_path: Path) -> None:
    """Work is in tenths of a minute; what remains follows from the rest where it is absent."""
    text = assignment(7, Units=0.333333, Work="PT8H0M0S", ActualWork="PT2H0M0S", Delay=600)
    (found,) = read(tmp_path, staffed(resource(1), text)).assignments
    assert found == FileAssignment(7, 1, 1, Decimal("0.3333"), 4800, 1200, 3600, 600, found.line)


def test_assignments_that_stay_behind_are_told(tmp_path: Path) -> None:
    """Those of nobody, of summaries, of tasks that stay behind, and the second of a pair."""
    rows = (
        assignment(1), assignment(2), assignment(3, ResourceUID=-65535), assignment(4, TaskUID=2),
        assignment(5, TaskUID=4), assignment(6, TaskUID=0), assignment(7, TaskUID=3, Units=0),
    )  # fmt: skip
    tasks = task(1), task(2), task(3, level=2), task(4, Active=0)
    plan = read(tmp_path, staffed(resource(1), "".join(rows), *tasks))
    assert ([entry.uid for entry in plan.assignments], plan.unassigned) == ([1, 7], 1)
    assert left_out(plan) == {
        "assignments of no units": 1,
        "unassigned assignments": 1,
        "assignments of summaries": 2,
        "assignments left behind": 1,
        "repeated assignments": 1,
        "inactive tasks": 1,
    }


@pytest.mark.parametrize("fields", [{"TaskUID": 9}, {"ResourceUID": 9}])
def test_an_assignment_of_nothing_in_the_file_is_refused(tmp_path: Path, fields: dict[str, Any]) -> None:
    """Both its task and its resource have to be there."""
    refused = refusal(tmp_path, staffed(resource(1), assignment(1, **fields)))
    assert (refused.code, refused.line) == ("DANGLING_ASSIGNMENT", 4)


@pytest.mark.parametrize(
    "person, work",
    [
        ({"Type": 3}, {}),
        ({"MaxUnits": -1}, {}),
        ({"MaxUnits": 1_000_001}, {}),
        ({"StandardRate": "many"}, {}),
        ({}, {"Units": "1e9"}),
        ({}, {"Units": 2_000_000}),
        ({}, {"Work": "PT99999999H0M0S"}),
        ({}, {"Delay": -1}),
        ({}, {"UID": ""}),
        ({}, {"TaskUID": ""}),
    ],
)
def test_staff_that_cannot_be_is_refused(tmp_path: Path, person: dict[str, Any], work: dict[str, Any]) -> None:
    """Amounts without bounds, and numbers that stand for nothing."""
    refused = refusal(tmp_path, staffed(resource(1, **person), assignment(1, **work)))
    assert (refused.code, refused.line) == ("BAD_VALUE", 4)


def test_staff_has_uids_of_its_own(tmp_path: Path) -> None:
    """Two resources, or two assignments, with one UID are refused."""
    assert refusal(tmp_path, staffed(resource(1) * 2)).code == "DUPLICATE_UID"
    assert refusal(tmp_path, staffed(resource(1), assignment(1) * 2)).code == "DUPLICATE_UID"


@pytest.mark.parametrize(
    "module, limit, code",
    [
        (reader, "MAX_RESOURCES", "TOO_MANY_RESOURCES"),
        (reader, "MAX_ASSIGNMENTS", "TOO_MANY_ASSIGNMENTS"),
        (reader, "MAX_CALENDARS", "TOO_MANY_CALENDARS"),
        (reader, "MAX_EXCEPTIONS", "TOO_MANY_CALENDARS"),
        (xml_stream, "MAX_PARTS", "FILE_TOO_LARGE"),
    ],
)
def test_staff_has_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: object, limit: str, code: str
) -> None:
    """More calendars, exceptions, resources, assignments or parts of one than the limit are refused."""
    day = "<TimePeriod><FromDate>2026-01-0{0}T00:00:00</FromDate><ToDate>2026-01-0{0}T23:59:00</ToDate></TimePeriod>"
    off = "".join(f"<Exception>{day.format(number)}</Exception>" for number in (1, 2, 3))
    calendars = "".join(
        f"<Calendar><UID>{uid}</UID><Exceptions>{off if uid == 1 else ''}</Exceptions></Calendar>" for uid in (1, 2, 3)
    )
    people = "".join(resource(uid) for uid in (1, 2, 3))
    work = "".join(assignment(uid, ResourceUID=uid) for uid in (1, 2, 3))
    monkeypatch.setattr(module, limit, 2)
    text = staffed(people, work).replace("<Resources>", f"<Calendars>{calendars}</Calendars><Resources>")
    assert refusal(tmp_path, text).code == code
