"""How much a plan file may hold. Each limit is far above real plans and keeps memory and time bounded."""

MAX_BYTES = 128 * 1024 * 1024
"""Microsoft Project writes 3 to 5 KB a task, so this is a plan of some 30,000 tasks with everything;
a whole file of notes, the worst case, is then a few hundred megabytes in memory."""

MAX_ELEMENTS = 5_000_000
"""Some ten to twenty seconds of reading; files of Microsoft Project have 29 to 45 bytes an element,
so that a genuine one meets MAX_BYTES first, and only one of empty elements meets this."""

MAX_TASKS = 100_000
"""What one plan of the service is measured for; the largest plans seen in practice have about 20,000."""

MAX_LINKS = 400_000
"""Four for each task; real plans have between one and two."""

MAX_RESOURCES = 20_000
"""A large company's people; the plans of one project have tens, rarely hundreds."""

MAX_CALENDARS = 25_000
"""One for each resource, as Microsoft Project keeps them, and those that they are based on."""

MAX_EXCEPTIONS = 50_000
"""Exceptions and work weeks of all calendars together; two kilobytes each in memory."""

MAX_ASSIGNMENTS = 400_000
"""Four for each task; real plans have between one and two."""

MAX_PARTS = 50_000
"""Elements in one calendar, resource or assignment; of days, more than a century."""

MAX_DEPTH = 50
"""Levels of the outline; real plans rarely pass ten, and every level is a step in each roll-up."""

MAX_NAME = 512
"""Characters in a name; Microsoft Project itself stops at 255, so a longer one is not a name."""

MAX_NOTES = 32_000
"""Characters in a note; a longer one is cut and listed, since one long note should not cost a plan."""

MAX_PERCENT_LAG = 10_000
"""A lag of a hundred times its predecessor's duration; anything longer is a mistake of units."""

PROLOG_BYTES = 64 * 1024
"""Where the first element must have begun; Microsoft Project writes less than 200 bytes before it."""

FIRST_YEAR, LAST_YEAR = 1984, 2149
"""The years that Microsoft Project can schedule."""

MAX_HISTORY_BYTES = 512 * 1024 * 1024
"""Of a history, unpacked: Jira writes 300 to 500 bytes a change, so this is more than a million of them."""

MAX_LINE_BYTES = 32 * 1024 * 1024
"""One JSON value: a page of a thousand issues with all that Jira tells of them is about half of it."""

MAX_CHANGES = 500_000
"""Changes of fields in one import; large teams make some tens of thousands a year."""
