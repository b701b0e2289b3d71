"""A valid request for every operation on what a plan is made of besides its tasks."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Request:
    """A request that is in order. `who` may give it, and it answers with `status`; unless it is endless, to its end.

    `once`: the same again is another, or is answered otherwise, as time goes on.
    """

    method: str
    path: str
    body: dict[str, Any] | None = None
    status: int = 200
    who: str = "owner"
    endless: bool = False
    once: bool = False


def of_schedule(project: str, task: str, resource: str, own_resource: str) -> dict[str, Request]:
    """When the tasks are, who has how much to do, and what a command would move."""
    week = "from=2026-03-02&to=2026-03-08"
    of, within = f"resources/{resource}", f"{project}/resources/{own_resource}"
    longer = {"task": task, "duration": {"tenths": 9600}}
    return {
        "schedule": Request("GET", f"{project}/schedule?critical=true"),
        "scheduled_task": Request("GET", f"{project}/schedule/{task}"),
        "critical_path": Request("GET", f"{project}/critical-path"),
        "warnings": Request("GET", f"{project}/warnings"),
        "diff": Request("GET", f"{project}/diff?from=2026-03-02T08:00:00Z"),
        "preview": Request("POST", f"{project}/preview", {"command": "SetDuration", "fields": longer}),
        "project_load": Request("GET", f"{project}/load?{week}"),
        "load_of_resource": Request("GET", f"{of}/load?{week}"),
        "load_of_project_resource": Request("GET", f"{within}/load?{week}"),
        "over_allocations": Request("GET", f"{of}/over-allocations?{week}"),
        "over_allocations_in_project": Request("GET", f"{within}/over-allocations?{week}"),
    }


def of_resources(path: str, resource: str, suffix: str) -> dict[str, Request]:
    """The requests about resources that are shared, or the project's own."""
    item, of = f"{path}/{resource}", "project_" if suffix else ""
    commands = {
        "DefineResource": Request("POST", path, {"name": "Digger"}, 201),
        "RenameResource": Request("PATCH", item, {"name": "Anna"}),
        "SetMaxUnits": Request("PUT", f"{item}/max-units", {"max_units": "2.5"}),
        "SetResourceCalendar": Request("PUT", f"{item}/calendar", {"calendar": None}),
        "SetResourceUser": Request("PUT", f"{item}/user", {"user": None}),
        "SetRate": Request("POST", f"{item}/rates", {"currency": "EUR", "rate": "80.5"}),
        "DeactivateResource": Request("POST", f"{item}/deactivate"),
        "ReactivateResource": Request("POST", f"{item}/reactivate"),
    }
    return {
        **{f"{name}{suffix}": request for name, request in commands.items()},
        f"{of}resources": Request("GET", path),
        f"{of}resource": Request("GET", item),
        f"{of}resource_rates": Request("GET", f"{item}/rates", who="administrator"),
        f"{of}resource_history": Request("GET", f"{item}/history"),
        f"{of}resource_rates_history": Request("GET", f"{item}/rates/history", who="administrator"),
    }


def of_staff(project: str, tasks: tuple[str, str], resource: str, own_resource: str) -> dict[str, Request]:
    """The requests about who is in the project, and on which task: the resource is on the first."""
    own, other = f"{project}/staff/{own_resource}", f"{project}/staff/{resource}"
    assignment, new = [f"{project}/tasks/{task}/assignments/{own_resource}" for task in tasks]
    return {
        "AddResourceToProject": Request("PUT", other, {}),
        "ChangeEnvelope": Request("PUT", f"{own}/envelope", {"planned": 48000}),
        "staff": Request("GET", f"{project}/staff"),
        "staff_member": Request("GET", own),
        "WithdrawResource": Request("DELETE", other),
        "Assign": Request("PUT", new, {"units": "0.5"}),
        "ChangeUnits": Request("PUT", f"{assignment}/units", {"units": 2}),
        "SetWork": Request("PUT", f"{assignment}/work", {"work": 9600}),
        "SetAssignmentDelay": Request("PUT", f"{assignment}/delay", {"delay": 600}),
        "RecordActualWork": Request("POST", f"{assignment}/actual-work", {"actual_work": 600}),
        "assignments": Request("GET", f"{project}/assignments"),
        "task_assignments": Request("GET", f"{project}/tasks/{tasks[0]}/assignments"),
        "assignment": Request("GET", assignment),
        "staff_history": Request("GET", f"{own}/history"),
        "assignment_history": Request("GET", f"{assignment}/history"),
        "Unassign": Request("DELETE", assignment),
    }


def of_calendars(path: str, calendar: str, suffix: str, part: str) -> dict[str, Request]:
    """The requests about calendars that are shared, or the project's own."""
    item, days = f"{path}/{calendar}", "from=2026-03-02&to=2026-03-08"
    dates = {"start": "2026-07-01", "finish": "2026-08-31"}
    hours = [{"start": "08:00", "finish": "12:00"}]
    moments = {"start": "2026-03-02T08:00:00Z", "end": "2026-03-02T09:00:00Z"}
    of = "project_" if suffix else ""
    asked = {
        "CreateCalendar": Request("POST", path, {"name": "Shifts", "time_zone": "Europe/Berlin"}, 201),
        "RenameCalendar": Request("PATCH", item, {"name": "Night shifts"}),
        "SetCalendarBase": Request("PUT", f"{item}/base", {"base": None}),
        "SetWeekday": Request("PUT", f"{item}/weekdays/SA", {"hours": hours}),
        "SetWorkWeek": Request(
            "POST",
            f"{item}/work-weeks",
            {**dates, "work_week": part, "name": "Summer", "days": [{"weekday": "FR", "hours": hours}]},
        ),
        "RemoveWorkWeek": Request("DELETE", f"{item}/work-weeks/{part}"),
        "AddException": Request("POST", f"{item}/exceptions", {**dates, "exception": part, "name": "Summer"}),
        "RemoveException": Request("DELETE", f"{item}/exceptions/{part}"),
        "AddHoliday": Request("POST", f"{item}/holidays", {"date": "2026-03-02", "name": "Fair"}),
        "AddHolidays": Request("POST", f"{item}/public-holidays", {"country": "DE", "years": [2026]}),
        "RemoveHoliday": Request("DELETE", f"{item}/holidays/2026-03-02"),
        "AddCalendarEvent": Request("POST", f"{item}/events", {"entry": part, "title": "Start", **moments}),
        "RemoveCalendarEvent": Request("DELETE", f"{item}/events/{part}"),
        f"{of}calendars": Request("GET", path),
        f"{of}calendar": Request("GET", item),
        f"{of}calendar_days": Request("GET", f"{item}/days?{days}"),
        f"{of}calendar_events": Request("GET", f"{item}/events"),
        f"{of}calendar_history": Request("GET", f"{item}/history"),
        "DeleteCalendar": Request("DELETE", item),
        "RestoreCalendar": Request("POST", f"{item}/restore", {}),
    }
    return {name if request.method == "GET" else name + suffix: request for name, request in asked.items()}
