"""What each code means and what to do about it, for who meets it: docs/errors.md is made of this."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple, Self

from .codes import Code


class Meaning(NamedTuple):
    """In words for people."""

    what: str
    todo: str


class ExplainedCode(StrEnum):
    """A code that carries its meaning, and the HTTP status that goes with it where there is one."""

    what: str
    todo: str
    status: int

    def __new__(cls, code: str, what: str, todo: str, status: int = 0) -> Self:
        self = str.__new__(cls, code)
        self._value_ = code
        self.what, self.todo, self.status = what, todo, status
        return self


MEANINGS: Mapping[Code, Meaning] = {
    Code.ACTOR_UNKNOWN: Meaning("The caller is not registered.", "Ask an administrator to register you."),
    Code.ACTOR_INACTIVE: Meaning("The caller's account is not active.", "Ask an administrator to reactivate it."),
    Code.USER_INACTIVE: Meaning("The user's account is not active.", "Reactivate it first, or name another user."),
    Code.SESSION_ENDED: Meaning("The session has ended, or the API key was revoked or has expired.", "Sign in again."),
    Code.SIGN_IN_FAILED: Meaning("The name or the password is not right.", "Check both, or ask for a password reset."),
    Code.PASSWORD_WRONG: Meaning("The present password is not right.", "Give the one that you sign in with."),
    Code.RESET_INVALID: Meaning("The password reset is used, expired or none of ours.", "Ask for a new one."),
    Code.PROVIDER_UNKNOWN: Meaning("No provider of that name is configured.", "`GET /providers` lists them."),
    Code.PROVIDER_REFUSED: Meaning("The provider has not granted it.", "Begin again, and agree there."),
    Code.PROVIDER_ACCOUNT_TAKEN: Meaning(
        "The account at the provider belongs to another user.", "Disconnect it there first, or take another account."
    ),
    Code.PROVIDER_ACCOUNT_OTHER: Meaning(
        "It is another account at the provider than the one connected.", "Sign in there with the one connected."
    ),
    Code.AUTHORISATION_INVALID: Meaning(
        "The authorisation was used, has expired, or was begun by somebody else.", "Begin again."
    ),
    Code.RETURN_ADDRESS_NOT_ALLOWED: Meaning(
        "People are not sent back to that address.", "Give one of this service, or of your own machine."
    ),
    Code.ALREADY_CONNECTED: Meaning("The provider is connected already.", "Disconnect it first."),
    Code.CONNECTION_UNKNOWN: Meaning("The user has no such connection.", "Check the id."),
    Code.CONNECTION_NOT_ACTIVE: Meaning("The connection is not active.", "Connect the provider again."),
    Code.NOT_REFRESHABLE: Meaning("The provider gave nothing to refresh with.", "Connect it again when it expires."),
    Code.LAST_WAY_IN: Meaning("Without this connection nobody could sign in.", "Set a password first."),
    Code.ONLY_ONESELF: Meaning("It is done by users for themselves only.", "Sign in as that user."),
    Code.FORBIDDEN: Meaning(
        "The caller lacks the permission that this needs, which `details` names.",
        "Ask an administrator, or an admin of the project.",
    ),
    Code.PERMISSION_LACKED: Meaning(
        "Nobody grants a permission that they lack; `details` names those.", "Ask somebody who has them."
    ),
    Code.PERMISSION_UNKNOWN: Meaning("The permission is the service's own.", "Leave it out."),
    Code.ROLE_RETIRED: Meaning("The role was retired.", "Assign another one."),
    Code.ROLE_OF_THE_SYSTEM: Meaning("Roles of the system stay as they are.", "Define another one."),
    Code.EXPIRES_IN_PAST: Meaning("It would have expired before it is made.", "Give a later time."),
    Code.TOO_MANY_API_KEYS: Meaning("The user has as many API keys as one may have.", "Revoke one first."),
    Code.NOT_FOUND: Meaning(
        "There is no such thing, or none that the caller can see.",
        "Check the id. Somebody who is no member of a project does not see it.",
    ),
    Code.STALE_WRITE: Meaning(
        "It was changed since the caller read it; `details` names what changed.",
        "Read it again, decide anew, and send the new `ETag` as `If-Match`.",
    ),
    Code.COMMAND_ID_REUSED: Meaning(
        "The `Idempotency-Key` was used for another content.", "Give each command a key of its own."
    ),
    Code.ALREADY_EXISTS: Meaning("Something of that id is or was there.", "Choose another id, or leave it out."),
    Code.BRANCH_UNKNOWN: Meaning("The plan has no such branch.", "Use `main`."),
    Code.EFFECTIVE_TIME_NOT_ALLOWED: Meaning(
        "What this changes counts from when it is recorded.", "Leave `effective_at` out."
    ),
    Code.EFFECTIVE_TIME_IN_FUTURE: Meaning("Facts have happened.", "Give a time that is not in the future."),
    Code.EFFECTIVE_TIME_BACKWARDS: Meaning(
        "What is imported happened before what is known of the same thing already.",
        "Import it into a project of its own, in which nobody has changed the plan.",
    ),
    Code.USERNAME_TAKEN: Meaning("Another user has this user name.", "Choose another."),
    Code.EMAIL_TAKEN: Meaning(
        "Another user has this e-mail address.", "Give another, or look for the user who has it."
    ),
    Code.ROLE_UNKNOWN: Meaning("There is no such role.", "The text names those that there are."),
    Code.LAST_ADMINISTRATOR: Meaning("Nobody would be left to run the service.", "Make another administrator first."),
    Code.SWEEP_TOO_LATE: Meaning("A sweep would take what is still needed.", "Give earlier cut-off times."),
    Code.PROJECT_NAME_TAKEN: Meaning("The owner has a live project of this name.", "Choose another name."),
    Code.PROJECT_ARCHIVED: Meaning("The project is read-only.", "Reopen it first."),
    Code.PROJECT_WINDOW_REVERSED: Meaning("The project would have to finish before it starts.", "Correct the dates."),
    Code.TIME_ZONE_UNKNOWN: Meaning("It is no IANA time zone.", "Name one such as `Europe/Berlin`."),
    Code.ALREADY_MEMBER: Meaning("The user is a member, in another role.", "Change the role instead."),
    Code.NOT_A_MEMBER: Meaning("The user is no member of the project.", "Add the user first."),
    Code.OWNER_STAYS_ADMIN: Meaning("The owner is always an admin of the project.", "Leave the owner as it is."),
    Code.TASK_UNKNOWN: Meaning("The plan has no such task.", "Check the id."),
    Code.TASK_DELETED: Meaning("The task was deleted.", "Restore the task that `deleted_with` names, or leave it."),
    Code.TASK_NOT_DELETED: Meaning("The task is there.", "Nothing has to be restored."),
    Code.PARENT_UNKNOWN: Meaning("The plan has no such task to be the parent.", "Check the id."),
    Code.PARENT_HAS_PROGRESS: Meaning(
        "A task with progress of its own cannot become a summary.", "Choose another parent, or take its progress back."
    ),
    Code.PARENT_CYCLE: Meaning("A task cannot be part of itself.", "Choose a parent outside of it."),
    Code.PLAN_TOO_DEEP: Meaning("The outline would have too many levels.", "Choose a parent further up."),
    Code.PLAN_TOO_LARGE: Meaning("The plan would have too many tasks.", "Divide it into several projects."),
    Code.SUMMARY_HAS_NO_OWN_PROGRESS: Meaning("A summary's progress follows from its tasks.", "Report on those."),
    Code.SUMMARY_DURATION: Meaning("A summary's duration follows from its tasks.", "Change theirs."),
    Code.SUMMARY_CONSTRAINT: Meaning(
        "A summary cannot have to start or finish on a date.", "Constrain its tasks, or drop the constraint first."
    ),
    Code.SUMMARY_MODE: Meaning(
        "A summary is where its tasks are, so it is not put anywhere by hand.", "Put its tasks where they should be."
    ),
    Code.SUMMARY_CALENDAR: Meaning("The calendars of a summary's tasks count.", "Set the calendar of its tasks."),
    Code.SUMMARY_TYPE: Meaning("A summary has no work and no units of its own.", "Set the type of its tasks."),
    Code.SUMMARY_SPLIT: Meaning("A summary's course follows from its tasks.", "Interrupt its tasks."),
    Code.MANUAL_FINISH_BEFORE_START: Meaning("It would finish before it starts.", "Correct the dates."),
    Code.MILESTONE_HAS_NO_LENGTH: Meaning(
        "A milestone has a duration of 0: it starts and finishes at once, and nothing of it remains.",
        "Give it a duration first, or give one date only.",
    ),
    Code.FIXED_WORK_IS_EFFORT_DRIVEN: Meaning(
        "Fixed work is always effort driven.", "Leave `effort_driven` out, or choose another type."
    ),
    Code.TASK_CANNOT_BE_SPLIT: Meaning(
        "Milestones and tasks of elapsed duration go through.", "Give it a duration in working time first."
    ),
    Code.FIELDS_TOO_LARGE: Meaning(
        "The fields of a task together are too many or too long.", "Remove or shorten some."
    ),
    Code.TASK_IS_SPLIT: Meaning(
        "The duration would end before an interruption of the task, or would not be working time.",
        "Change the interruptions first; `details` says where the last one is.",
    ),
    Code.SPLITS_INVALID: Meaning(
        "Interruptions lie within the duration, one after the other, and take some time.", "Correct the one named."
    ),
    Code.PROGRESS_CONTRADICTS_ITSELF: Meaning(
        "What is complete leaves nothing to do, and what leaves nothing to do is complete.", "Leave one of the two out."
    ),
    Code.PROGRESS_FALLS_WITHOUT_REASON: Meaning("Less is complete than was reported.", "Say why in `reason`."),
    Code.ACTUAL_IN_FUTURE: Meaning(
        "Actual dates have happened, by the clock of the project's zone.", "Correct the date."
    ),
    Code.ACTUAL_FINISH_BEFORE_START: Meaning("It would have finished before it started.", "Correct the dates."),
    Code.ACTUAL_FINISH_WITHOUT_COMPLETION: Meaning(
        "What has finished is complete.", "Report 100 %, or leave the finish out."
    ),
    Code.LINK_UNKNOWN: Meaning("The plan has no such link.", "Check the id; it may be deleted."),
    Code.LINK_TO_ITSELF: Meaning("A task cannot wait for itself.", "Link two tasks."),
    Code.LINK_TO_ANCESTOR: Meaning("A task cannot wait for a summary that it is part of.", "Link other tasks."),
    Code.LINK_EXISTS: Meaning("The two tasks are linked already.", "Change the link that `details` names."),
    Code.LINK_CYCLE: Meaning("The tasks would wait for each other.", "Break the cycle that `details` names."),
    Code.RESOURCE_UNKNOWN: Meaning(
        "There is no such resource, or none that this project can use.",
        "Check the id: it has to be shared, or the project's own.",
    ),
    Code.RESOURCE_INACTIVE: Meaning(
        "The resource is not active, so it is put on nothing more.", "Reactivate it, or take another resource."
    ),
    Code.NOT_FOR_RESOURCE_TYPE: Meaning(
        "Resources of this type, which `details` names, do not have this.", "Leave it out, or take a work resource."
    ),
    Code.PERIODS_OVERLAP: Meaning("Two periods overlap, or one ends before it starts.", "Correct the dates."),
    Code.RATE_EXISTS: Meaning(
        "What the resource costs from that date on is known already.", "Give a later date: a change is a new rate."
    ),
    Code.TOO_MANY_RATES: Meaning("The resource has as many rates as one may have.", "Define another resource."),
    Code.RESOURCE_IN_PROJECT: Meaning(
        "The resource is in the project already, otherwise foreseen.", "Change its envelope instead."
    ),
    Code.RESOURCE_NOT_IN_PROJECT: Meaning("The resource is not in the project.", "Add it to the project first."),
    Code.RESOURCE_HAS_WORK: Meaning(
        "The resource has work still to come in the project.",
        "Unassign it from the tasks that `details` names, or report that the work is done.",
    ),
    Code.SUMMARY_HAS_NO_ASSIGNMENTS: Meaning("A summary carries no resources.", "Assign them to its tasks."),
    Code.PARENT_HAS_ASSIGNMENTS: Meaning(
        "A task with resources, or with work that they did, cannot become a summary.", "Choose another parent."
    ),
    Code.ALREADY_ASSIGNED: Meaning(
        "The resource is on the task already, otherwise.", "Change its units or its work instead."
    ),
    Code.NOT_ASSIGNED: Meaning("The resource is not on the task.", "Assign it first."),
    Code.UNITS_OVER_MAXIMUM: Meaning(
        "There is never so much of the resource.", "Give no more units than `details` names, or raise its maximum."
    ),
    Code.WORK_OUT_OF_RANGE: Meaning(
        "No task can have the duration, the units or the work that would follow.",
        "Give amounts that fit together: work = duration × units.",
    ),
    Code.WORK_BELOW_ACTUAL: Meaning("More than that is done already.", "Give at least the work that is done."),
    Code.ACTUAL_WORK_FALLS_WITHOUT_REASON: Meaning("Less was worked than was reported.", "Say why in `reason`."),
    Code.CALENDAR_UNKNOWN: Meaning(
        "There is no such calendar, or it is deleted, or another project's own.",
        "Check the id, and whose it is; restore it if it was deleted.",
    ),
    Code.CALENDAR_IN_USE: Meaning(
        "Something uses the calendar; `details` says how many of what.", "Give those another calendar first."
    ),
    Code.CALENDAR_CYCLE: Meaning("A calendar would be its own base.", "Break the cycle that `details` names."),
    Code.CALENDAR_TOO_DEEP: Meaning("There would be too many bases above each other.", "Choose a base further up."),
    Code.CALENDAR_FULL: Meaning("A calendar holds so many things of a kind.", "Remove what is no longer needed."),
    Code.CALENDAR_WITHOUT_WORKING_TIME: Meaning(
        "By the calendar that `details` names nobody would work for more than a year.",
        "Leave some working time within every year.",
    ),
    Code.HOURS_DISORDERED: Meaning(
        "The hours of a day are not in order, or not apart.",
        "Give intervals that begin after the one before has ended; across midnight they are two, on two days.",
    ),
    Code.PERIOD_REVERSED: Meaning("It would end before it begins.", "Correct the dates."),
    Code.WEEKDAY_TWICE: Meaning("A work week names a weekday twice.", "Name each at most once."),
    Code.WORK_WEEKS_OVERLAP: Meaning(
        "The calendar has another work week then, which `details` names.",
        "Choose dates before or after it, or change that one.",
    ),
    Code.RECURRENCE_INVALID: Meaning(
        "It is no recurrence rule of dates.", "Give one such as `FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24`."
    ),
    Code.TOO_MANY_DATES: Meaning(
        "These are more dates than go together.",
        "Shorten it, or set the weekday or a work week instead.",
    ),
    Code.EXCEPTION_WITHOUT_DATES: Meaning(
        "The recurrence gives no date from start to finish.", "Correct the rule or the dates."
    ),
    Code.HOLIDAY_EXISTS: Meaning("The date is a holiday already, of another name.", "Remove that first."),
    Code.COUNTRY_UNKNOWN: Meaning(
        "No public holidays are known of such a country.", "Give its code of ISO 3166-1, such as `DE`."
    ),
    Code.REGION_UNKNOWN: Meaning("The country has no such part.", "`details` names those that are known."),
    Code.HOLIDAYS_UNKNOWN: Meaning("The public holidays of that year are not known.", "Leave the year out."),
    Code.NEVER_SKIPPED: Meaning("This read model passes over no event.", "Mend what stops it, and retry."),
}
