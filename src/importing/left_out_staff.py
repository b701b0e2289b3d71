"""What resources, assignments and calendars of a plan file can hold that an import does not take over."""

from .left_out import CUSTOM, Mark, always, not_zero, other_than

RESOURCE_MARKS = (
    Mark("resources with extended attributes", CUSTOM, ("ExtendedAttribute",), always),
    Mark("budget resources", "They are imported as ordinary ones.", ("IsBudget",), not_zero),
)
ASSIGNMENT_MARKS = (
    Mark("assignments with a work contour", "Their work is spread evenly.", ("WorkContour",), not_zero),
    Mark("assignments delayed by levelling", "Their delay is not imported.", ("LevelingDelay",), not_zero),
    Mark("assignments with overtime", "Overtime is not told from other work.", ("OvertimeWork",), not_zero),
    Mark("assignments at other rates", "All are costed by the first table.", ("CostRateTable",), other_than("0")),
)

INACTIVE_RESOURCES, OTHER_RATES, NO_UNITS = "inactive resources", "other rate tables", "assignments of no units"
NO_CURRENCY, NO_RULE, NO_CALENDAR = "rates without a currency", "recurrences without a rule", "missing calendars"
UNASSIGNED, OF_SUMMARIES, OF_OTHERS = "unassigned assignments", "assignments of summaries", "assignments left behind"
REPEATED_ASSIGNMENTS, OTHER_SPLITS = "repeated assignments", "interruptions of single resources"

STAFF_REASONS = {
    NO_RULE: "An exception by weekday count is not a rule of RFC 5545: add its dates one by one.",
    NO_CALENDAR: "Something names a calendar that is not in the file, and follows the project's.",
    INACTIVE_RESOURCES: "They are imported as active.",
    NO_UNITS: "An assignment of none of its resource is imported as one of it whole.",
    OTHER_RATES: "The first rate table of each resource is imported.",
    NO_CURRENCY: "The file does not say the currency by its three letters, without which there is no rate.",
    UNASSIGNED: "They name no resource.",
    OF_SUMMARIES: "Resources are assigned to the tasks that are done, not to their summaries.",
    OF_OTHERS: "They stay behind with their tasks.",
    OTHER_SPLITS: "A task is interrupted for all who work on it, or not at all.",
    REPEATED_ASSIGNMENTS: "A resource is on a task once: the first is imported.",
}
