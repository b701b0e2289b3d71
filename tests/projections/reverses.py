"""What ends, removes or revokes what a command has begun, added or granted."""

from uuid import UUID

from src.commands.access import CreateApiKey, EndSession, RevokeApiKey, StartSession
from src.commands.calendar_entries import AddCalendarEvent, RemoveCalendarEvent
from src.commands.calendar_holidays import AddHoliday, RemoveHoliday
from src.commands.calendar_hours import AddException, RemoveException, RemoveWorkWeek, SetWorkWeek
from src.commands.command import Command
from src.commands.resource import DeactivateResource, ReactivateResource
from src.commands.role import GrantPermission, RevokePermission


def reverse_of(command: Command) -> Command | None:
    """The command for it, if what was done is of a kind that seldom meets its end by chance."""
    match command:
        case StartSession(user=user, session=session):
            return EndSession(user=user, session=session)
        case CreateApiKey(user=user, key=key):
            return RevokeApiKey(user=user, key=key)
        case GrantPermission(role=role, granted=granted):
            return RevokePermission(role=role, revoked=granted)
        case DeactivateResource(project=project, resource=resource):
            return ReactivateResource(project=project, resource=resource)
        case SetWorkWeek(project=project, calendar=calendar, work_week=UUID() as part):
            return RemoveWorkWeek(project=project, calendar=calendar, work_week=part)
        case AddException(project=project, calendar=calendar, exception=UUID() as part):
            return RemoveException(project=project, calendar=calendar, exception=part)
        case AddCalendarEvent(project=project, calendar=calendar, entry=UUID() as part):
            return RemoveCalendarEvent(project=project, calendar=calendar, entry=part)
        case AddHoliday(project=project, calendar=calendar, date=date):
            return RemoveHoliday(project=project, calendar=calendar, date=date)
        case _:
            return None
