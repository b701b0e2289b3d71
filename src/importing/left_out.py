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
    summaries_only: bool = False  # what a task may have and a summary may not


def always(_: str) -> bool:
    return True


def not_zero(text: str) -> bool:
    """Whether a number, a flag or a duration is other than zero."""
    return any(digit in "123456789" for digit in text)


def other_than(usual: str) -> Callable[[str], bool]:
    return lambda text: text.strip() not in ("", usual)


_COSTS = ("Cost", "ActualCost", "FixedCost")
_PLACE = "A plan's codes follow from the order of its tasks."
CUSTOM = "There are no custom fields."

MARKS = (
    Mark("tasks with baselines", "A baseline is captured from the plan, not imported.", ("Baseline",), always),
    Mark("tasks with costs", "They follow from assignments and rates.", _COSTS, not_zero, leaves_only=True),
    Mark("manual summaries", "Their dates are rolled up.", ("Manual",), not_zero, summaries_only=True),
    Mark("calendars of summaries", "A summary has none.", ("CalendarUID",), other_than("-1"), summaries_only=True),
    Mark("estimated durations", "The durations are imported as if firm.", ("Estimated",), not_zero, leaves_only=True),
    Mark("tasks delayed by levelling", "Their delay is not imported.", ("LevelingDelay",), not_zero),
    Mark("tasks with extended attributes", CUSTOM, ("ExtendedAttribute",), always),
    Mark("tasks with outline codes", CUSTOM, ("OutlineCode",), always),
    Mark("tasks with hyperlinks", "Hyperlinks are not imported.", ("HyperlinkAddress", "HyperlinkSubAddress")),
    Mark("inserted projects", "Each is imported as a task; its own plan is another file.", ("IsSubproject",), not_zero),
)

FIELD_DEFINITIONS, CODE_DEFINITIONS, WBS_MASKS = "custom field definitions", "outline code definitions", "WBS masks"
FROM_FINISH, CRITICAL_SLACK, PROJECT_NOTES = "scheduling from the finish", "critical slack limit", "project notes"
INACTIVE, INACTIVE_LINKS = "inactive tasks", "links of inactive tasks"
EXTERNAL, CROSS_LINKS = "tasks of other projects", "cross-project links"
REPEATED, MUST_DATES, MILESTONE_FLAGS = "repeated links", "must-dates of summaries", "milestone flags"
UNNAMED, CUT_NOTES, OWN_WBS = "missing names", "cut notes", "own WBS codes"

_OTHERS = {
    FIELD_DEFINITIONS: CUSTOM,
    CODE_DEFINITIONS: CUSTOM,
    WBS_MASKS: _PLACE,
    FROM_FINISH: "The plan is scheduled forward from its start; its finish is what it must not pass.",
    CRITICAL_SLACK: "A task is critical when it has no slack.",
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


def marks_of(texts: Mapping[str, str], marks: tuple[Mark, ...] = MARKS) -> set[str]:
    """The kinds of content that an element's fields show."""
    return {mark.kind for mark in marks if any(field in texts and mark.shown(texts[field]) for field in mark.fields)}


def left_out(tally: Counter[str], reasons: Mapping[str, str]) -> tuple[LeftOut, ...]:
    """The counted kinds with their reasons, always in the same order; `reasons` are those of what is not of tasks."""
    all_reasons = {**reasons, **_OTHERS, **{mark.kind: mark.why for mark in MARKS}}
    return tuple(LeftOut(kind, tally[kind], why) for kind, why in all_reasons.items() if tally[kind])
