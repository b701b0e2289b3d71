"""What a plan file can hold that an import does not take over: how it shows, and why it stays behind."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import NamedTuple

from .limits import MAX_NOTES
from .plan_file import LeftOut


class Mark(NamedTuple):
    """Content of a task that stays behind: the fields that show it, and what they must say."""

    kind: str
    why: str
    fields: tuple[str, ...]
    shown: Callable[[str], bool] = bool
    leaves_only: bool = False  # where a summary's value is only the roll-up of its tasks


def _always(_: str) -> bool:
    return True


def _not_zero(text: str) -> bool:
    """Whether a number, a flag or a duration is other than zero."""
    return any(digit in "123456789" for digit in text)


def _other_than(usual: str) -> Callable[[str], bool]:
    return lambda text: text.strip() not in ("", usual)


_WORK = ("Work", "ActualWork", "Cost", "ActualCost", "FixedCost")
_PLACE = "A plan's codes follow from the order of its tasks."
_CUSTOM = "There are no custom fields."

MARKS = (
    Mark("tasks with baselines", "A baseline is captured from the plan, not imported.", ("Baseline",), _always),
    Mark("tasks with deadlines", "Set the deadlines after the import.", ("Deadline",)),
    Mark("manually scheduled tasks", "They are imported as automatically scheduled ones.", ("Manual",), _not_zero),
    Mark("tasks with their own calendars", "Give them calendars later.", ("CalendarUID",), _other_than("-1")),
    Mark("tasks with a priority", "Set the priorities after the import.", ("Priority",), _other_than("500")),
    Mark("tasks of fixed work or duration", "All are imported as fixed units.", ("Type",), _not_zero, leaves_only=True),
    Mark("tasks with work or costs", "Both follow from assignments and rates.", _WORK, _not_zero, leaves_only=True),
    Mark(
        "tasks with a physical percentage",
        "Only the percentage of the duration is imported.",
        ("PhysicalPercentComplete",),
        _not_zero,
        leaves_only=True,
    ),
    Mark("estimated durations", "The durations are imported as if firm.", ("Estimated",), _not_zero, leaves_only=True),
    Mark("tasks delayed by levelling", "Their delay is not imported.", ("LevelingDelay",), _not_zero),
    Mark("tasks with extended attributes", _CUSTOM, ("ExtendedAttribute",), _always),
    Mark("tasks with outline codes", _CUSTOM, ("OutlineCode",), _always),
    Mark("tasks with hyperlinks", "Hyperlinks are not imported.", ("HyperlinkAddress", "HyperlinkSubAddress")),
    Mark(
        "inserted projects", "Each is imported as a task; its own plan is another file.", ("IsSubproject",), _not_zero
    ),
)

RESOURCES, ASSIGNMENTS, CALENDARS = "resources", "assignments", "calendars"
FIELD_DEFINITIONS, CODE_DEFINITIONS, WBS_MASKS = "custom field definitions", "outline code definitions", "WBS masks"
FROM_FINISH, STATUS_DATE, PROJECT_NOTES = "scheduling from the finish", "status date", "project notes"
INACTIVE, INACTIVE_LINKS = "inactive tasks", "links of inactive tasks"
EXTERNAL, CROSS_LINKS = "tasks of other projects", "cross-project links"
REPEATED, MUST_DATES, MILESTONE_FLAGS = "repeated links", "must-dates of summaries", "milestone flags"
UNNAMED, CUT_NOTES, OWN_WBS = "missing names", "cut notes", "own WBS codes"

_OTHERS = {
    RESOURCES: "People and materials are defined in the service.",
    ASSIGNMENTS: "They need the resources; splits and time-phased work, which are kept in them, stay behind too.",
    CALENDARS: "Working times are defined in the service.",
    FIELD_DEFINITIONS: _CUSTOM,
    CODE_DEFINITIONS: _CUSTOM,
    WBS_MASKS: _PLACE,
    FROM_FINISH: "The plan is scheduled forward from its start.",
    STATUS_DATE: "Set it when progress is next reported.",
    PROJECT_NOTES: "Notes are imported with tasks only.",
    INACTIVE: "They take no part in the schedule, and all imported tasks do.",
    INACTIVE_LINKS: "They stay behind with their tasks.",
    EXTERNAL: "They stand for tasks that are not in this file.",
    CROSS_LINKS: "A link joins two tasks of one plan.",
    REPEATED: "The same link stands in the file more than once and is imported once.",
    MUST_DATES: "A summary's dates are rolled up, so it cannot have to start or finish on a date.",
    MILESTONE_FLAGS: "A milestone has no duration; these tasks have one and are imported as ordinary tasks.",
    UNNAMED: "Tasks without a name are named after their UID.",
    CUT_NOTES: f"A note keeps its first {MAX_NOTES:,} characters.",
    OWN_WBS: _PLACE,
}


_BY_FIELD = {field: mark for mark in MARKS for field in mark.fields}


def marks_of(texts: Mapping[str, str]) -> set[str]:
    """The kinds of content that a task's fields show."""
    marks = ((_BY_FIELD.get(field), text) for field, text in texts.items())
    return {mark.kind for mark, text in marks if mark is not None and mark.shown(text)}


def left_out(tally: Counter[str]) -> tuple[LeftOut, ...]:
    """The counted kinds with their reasons, always in the same order."""
    reasons = _OTHERS | {mark.kind: mark.why for mark in MARKS}
    return tuple(LeftOut(kind, tally[kind], why) for kind, why in reasons.items() if tally[kind])
