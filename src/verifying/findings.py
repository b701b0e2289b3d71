"""What a verification can find, and how it is named."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

MOST = 1_000
"""Findings that are kept; more are only counted."""


class Where(StrEnum):
    """What was changed, as far as it can be told."""

    LOG = "log"
    AUDIT = "audit"
    BOTH = "both"
    EITHER = "log or audit"
    """They do not agree, and nothing tells which of them is as it was."""


class What(StrEnum):
    """How it was changed."""

    CHANGED = "changed"
    REMOVED = "removed"
    SWAPPED = "swapped"
    INSERTED = "inserted"
    CUT_OFF = "cut off"
    CHECKPOINT = "checkpoint"
    """A checkpoint that was kept elsewhere says otherwise."""


@dataclass(eq=False)
class Finding:
    """One row, or the rows from `position` to `until`; `stream` and `type` are those of the first.

    `columns` are those that are otherwise, `other` is the position that it was swapped with.
    """

    what: What
    where: Where
    position: int
    stream: str | None = None
    type: str | None = None
    columns: tuple[str, ...] = ()
    until: int | None = None
    other: int | None = None
    why: str = ""
    prints: tuple[bytes | None, bytes | None] = field(default=(None, None), repr=False)
    """Of what the log has there, and of what the audit trail has, but for the position: tells a swap."""
    alike: bool = field(default=False, repr=False)
    """Whether log and audit trail have the same there, but for the link."""
    streams: frozenset[str | None] = field(default=frozenset(), repr=False)
    """Those that the row belongs to, by log and audit trail."""
    certain: bool = field(default=False, repr=False)
    """Whether what follows can say nothing else."""

    def words(self) -> str:
        """The finding as a sentence."""
        rows = f"position {self.position}" if self.until is None else f"positions {self.position} to {self.until}"
        told = f"{self.where}: {self.what} at {rows}"
        if self.other is not None:
            told += f" with position {self.other}"
        if self.columns:
            told += f", in {', '.join(self.columns)}"
        if self.type or self.stream:
            told += f" ({' of '.join(part for part in (self.type, self.stream) if part)})"
        return told + (f": {self.why}" if self.why else "")


class Findings:
    """The findings so far, in bounded memory."""

    def __init__(self) -> None:
        self.kept: list[Finding] = []
        self.counted: Counter[str] = Counter()
        self.total = 0

    def add(self, finding: Finding) -> Finding:
        self.total += 1
        if len(self.kept) < MOST:
            self.kept.append(finding)
        else:
            self.counted[finding.what] += 1
        return finding

    def settle(self) -> None:
        """Names rows as swapped that each hold what belongs to the other, in the order of their positions."""
        self.kept.sort(key=lambda finding: finding.position)
        changed = [each for each in self.kept if each.what is What.CHANGED]
        by_log = {each.prints[0]: each for each in changed if each.prints[0]}
        for each in changed:
            other = by_log.get(each.prints[1]) if each.prints[1] else None
            if other is not None and other is not each and other.prints[1] == each.prints[0]:
                each.what, each.other = What.SWAPPED, other.position

    def streams(self) -> set[str | None]:
        """Those of which something was found."""
        return {name for each in self.kept for name in (each.stream, *each.streams)}
