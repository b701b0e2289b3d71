"""The ids that things of a file have here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID, uuid5

EXTERNAL = "mspdi:"
"""Before a UID of the file, the external id of what came from it."""


@dataclass(frozen=True)
class Identities:
    """The ids that things of a file have in a project: the same at every import.

    `tasks`, `calendars` and `resources` have, by their UIDs, those that are known under an id of their own.
    """

    project: UUID
    tasks: Mapping[int, UUID] = field(default_factory=dict)
    calendars: Mapping[int, UUID] = field(default_factory=dict)
    resources: Mapping[int, UUID] = field(default_factory=dict)

    def task(self, uid: int) -> UUID:
        return self.tasks.get(uid) or self._id(f"task:{uid}")

    def link(self, predecessor: int, successor: int) -> UUID:
        return self._id(f"link:{predecessor}:{successor}")

    def calendar(self, uid: int) -> UUID:
        return self.calendars.get(uid) or self._id(f"calendar:{uid}")

    def resource(self, uid: int) -> UUID:
        return self.resources.get(uid) or self._id(f"resource:{uid}")

    def calendar_again(self, uid: int, time: int) -> UUID:
        """The id of a calendar that was made again so many times: an import restores none that was deleted."""
        return self._id(f"calendar:{uid}:{time}") if time else self._id(f"calendar:{uid}")

    def _id(self, what: str) -> UUID:
        return uuid5(self.project, f"{EXTERNAL}{what}")
