"""Read models of resources and of who is on which task."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from src.commands.resource import ReactivateResource, RenameResource, SetMaxUnits
from src.commands.resource_rate import SetRate
from src.commands.staffing import ChangeEnvelope, ProjectRate
from src.config import Settings
from src.events.calendar import CalendarCreated
from src.events.resource import ResourceCalendarSet, UnitsPeriod
from src.projections.assignments import ASSIGNMENTS, AssignmentRow, StaffRow
from src.projections.resources import RESOURCES, ResourceRateRow, ResourceRow
from src.testing import NOW, done, given, rows_of
from tests.commands.garden import PLOT, delete, garden, id_of
from tests.commands.staff import (
    DAY,
    assign,
    change_units,
    deactivate,
    define,
    set_delay,
    set_work,
    staffed,
    take_in,
    unassign,
    withdraw,
    worked,
    worker,
)

ANN, BOB, SOIL, A, B = worker("ann"), worker("bob"), worker("soil"), id_of("a"), id_of("b")
ONE, HALF = Decimal("1.0000"), Decimal("0.5000")


async def test_resources_with_what_they_cost(settings: Settings) -> None:
    """Amounts are exact on both databases; shared ones and a project's own are in one table."""
    period = UnitsPeriod(start=date(2026, 4, 1), units=Decimal("0.5"))
    history = garden().also(
        define("ann"),
        define("soil", project=PLOT, type="material", unit="t", external_id="4"),
        RenameResource(resource=ANN, name="Anna"),
        SetMaxUnits(resource=ANN, max_units=Decimal("2.5"), periods=(period,)),
        ResourceCalendarSet(resource=ANN, calendar=BOB),
        SetRate(resource=ANN, currency="EUR", rate=Decimal("80.1234")),
        SetRate(resource=ANN, currency="EUR", rate=Decimal("99999999999.9999"), start=date(2026, 4, 1)),
        deactivate("ann"),
    )
    of_ann = (None, "Anna", "work", Decimal("2.5000"), [period.model_dump(mode="json")], BOB, None, False, 7)
    of_soil: tuple[Any, ...] = (PLOT, "soil", "material", ONE, [], None, "t", True, 1)
    columns = ("project", "name", "type", "max_units", "periods", "calendar", "unit", "active", "revision")
    rates = ((ANN, None, Decimal("80.1234")), (ANN, date(2026, 4, 1), Decimal("99999999999.9999")))
    await (
        history.on(settings)
        .when(RESOURCES)
        .then(
            rows_of(ResourceRow, *columns).are(of_ann, of_soil),
            rows_of(ResourceRateRow, "resource", "start", "rate").are(*rates),
        )
    )


async def test_a_position_that_can_move_a_schedule() -> None:
    """A new name is none."""
    history = given(
        CalendarCreated(calendar=BOB, name="Crew", time_zone="UTC"),
        define("ann", calendar=BOB),
        RenameResource(resource=ANN, name="Anna"),
        deactivate("ann"),
        ReactivateResource(resource=ANN),
    )
    await history.when(RESOURCES).then(rows_of(ResourceRow, "position", "revision", "active").are((2, 4, True)))


async def test_assignments_with_what_is_done(settings: Settings) -> None:
    """Those that were ended, and those of deleted tasks, stay."""
    history = staffed("ann", "bob", a="", b="").also(
        define("soil", type="material"),
        take_in("soil"),
        assign("ann", external_id="5"),
        assign("bob"),
        assign("soil", units=3),
        change_units("ann", HALF),
        set_work("ann", 2 * DAY),
        set_delay("ann", 600),
        worked("ann", 700),
        done(worked("ann", 600), effective_at=NOW - timedelta(days=1)),
        worked("bob", 100),
        unassign("bob"),
        assign("bob"),
        assign("ann", "b"),
        unassign("ann", "b"),
        delete("b"),
    )
    columns = ("task", "resource", "live", "type", "units", "work", "delay", "actual_work", "remaining_work")
    bobs = 4 * DAY + 600  # as long as the task lasts by then
    await (
        history.on(settings)
        .when(ASSIGNMENTS)
        .then(
            rows_of(AssignmentRow, *columns).are(
                (A, ANN, True, "work", HALF, 2 * DAY, 600, 700, 2 * DAY - 700),
                (A, BOB, True, "work", ONE, bobs, 0, 100, bobs - 100),
                (A, SOIL, True, "material", Decimal("3.0000"), 0, 0, 0, 0),
                (B, ANN, False, "work", ONE, DAY, 0, 0, DAY),
            ),
        )
    )


async def test_who_is_in_a_project(settings: Settings) -> None:
    """With what is foreseen; who has left has nothing foreseen."""
    rate = ProjectRate(currency="EUR", rate=Decimal(80))
    history = staffed("ann", "bob").also(
        ChangeEnvelope(project=PLOT, resource=ANN, rate=rate, planned=DAY),
        ChangeEnvelope(project=PLOT, resource=BOB, planned=DAY),
        withdraw("bob"),
    )
    told = {"currency": "EUR", "rate": "80", "overtime": "0", "per_use": "0"}
    await (
        history.on(settings)
        .when(ASSIGNMENTS)
        .then(
            rows_of(StaffRow, "resource", "member", "planned", "rate").are(
                (ANN, True, DAY, told), (BOB, False, None, None)
            )
        )
    )
