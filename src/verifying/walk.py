"""One position after the other: what the log has there, what the audit trail has, and whether the chain goes on.

Three links may come before a position: that of the log's own events, that of the audit trail's own contents, and the
one that is stored in the row before. Where rows differ, the next row that fits one of them tells who was changed.
"""

from collections.abc import Mapping
from hashlib import sha256

from ..events import RecordedEvent
from ..events.chain import START, link
from ..projections.audit import row_of
from ..projections.rows import Row
from .findings import Finding, Findings, What, Where
from .trail import COLUMNS, Raw, Trail, link_of, named

_UNREADABLE = (ValueError, TypeError, KeyError, OverflowError, AttributeError, LookupError)


class Walk:
    """The state between two positions. Everything starts before position 1."""

    def __init__(self, trail: Trail, findings: Findings, checkpoints: Mapping[int, bytes]) -> None:
        self._trail = trail
        self._findings = findings
        self._checkpoints = checkpoints
        self._by_log: bytes | None = START
        self._by_audit: bytes | None = START
        self._stored: bytes | None = START
        self._whole_log: bytes | None = START
        """The chain of all events from the first on, whatever the audit trail says."""
        self._whole_audit: bytes | None = START
        self._open: list[Finding] = []
        """Findings since the last row that fitted."""
        self._since: list[Finding] = []
        """Those since the last checkpoint that was held against."""

    def step(self, position: int, event: RecordedEvent | None, raw: Raw | None, *, unreadable: bool = False) -> None:
        """Both have something there, as far as there is an audit trail; `unreadable`: the log's event is no event."""
        previous = self._stored
        if event is not None and raw is not None and previous is not None and previous == self._by_log:
            row = _row(event, previous)
            if row is not None and self._trail.encoded(row) == raw:
                new = row["link"]
                self._whole_log = new if self._whole_log == previous else _next(self._whole_log, event)
                self._whole_audit = new if self._whole_audit == previous else _next(self._whole_audit, event)
                self._by_log = self._by_audit = self._stored = new
                self._resolve({"log", "audit"} if previous == self._by_audit else {"log"})
                self._hold_against(position, event)
                return
        self._compare(position, event, raw, unreadable=unreadable)
        self._hold_against(position, event)

    def pass_log(self, event: RecordedEvent) -> None:
        """The audit trail has not come so far."""
        self._by_log = self._stored = _next(self._by_log, event)
        self._whole_log = _next(self._whole_log, event)
        self._by_audit = self._whole_audit = None
        self._hold_against(event.position, event)

    def removed(self, finding: Finding, event: RecordedEvent | None, raw: Raw | None) -> None:
        """The one that is left goes on."""
        self._note(finding)
        theirs = self._trail.event_of(raw)
        self._by_log, self._whole_log = _next(self._by_log, event), _next(self._whole_log, event)
        self._by_audit, self._whole_audit = _next(self._by_audit, theirs), _next(self._whole_audit, theirs)
        self._stored = link_of(raw)
        self._hold_against(finding.position, event)

    def lost(self) -> None:
        """Neither has what was there: the chain begins anew with what the next row says."""
        self._by_log = self._by_audit = self._stored = self._whole_log = self._whole_audit = None
        self._open = []

    def _compare(self, position: int, event: RecordedEvent | None, raw: Raw | None, *, unreadable: bool) -> None:
        ours = self._trail.event_of(raw)
        stated = link_of(raw)
        before = {"log": self._by_log, "audit": self._by_audit, "stored": self._stored}
        log_fits = {n for n, c in before.items() if event and c and stated and _next(c, event) == stated}
        audit_fits = {n for n, c in before.items() if ours and c and stated and _next(c, ours) == stated}
        if fits := log_fits | audit_fits:
            self._resolve(fits)
            trusted = next(before[name] for name in ("log", "audit", "stored") if name in fits)
            self._by_log = self._by_audit = trusted
        afresh = stated is not None and not any(before.values())  # what came before is lost: nothing to compare with
        columns = self._otherwise(event, raw)
        if not fits and not afresh:
            columns += ("link",)
        if columns:
            where, why = Where.EITHER, "neither gives the link that is stored there"
            derived = event is not None and event == ours and (bool(fits) or afresh)
            if columns == ("link",):
                why = "it is not the link of what log and audit trail have up to there"
            elif derived:
                where, why = Where.AUDIT, "its other columns say so"
            elif log_fits:
                where, why = Where.AUDIT, "the link is that of the log's event"
            elif audit_fits:
                where, why = Where.LOG, "the link is that of the audit row"
            found = Finding(
                What.CHANGED,
                where,
                position,
                *named(event, raw),
                columns=columns,
                why="it cannot be read" if unreadable else why,
                prints=(_print(event), _print(ours)),
                alike=event == ours,
                streams=frozenset({named(event, raw)[0], named(None, raw)[0]}),
                certain=derived,
            )
            self._note(found)
        if afresh:
            self._by_log = self._by_audit = self._stored = stated
            return
        self._by_log, self._whole_log = _next(self._by_log, event), _next(self._whole_log, event)
        self._by_audit, self._whole_audit = _next(self._by_audit, ours), _next(self._whole_audit, ours)
        self._stored = stated

    def _otherwise(self, event: RecordedEvent | None, raw: Raw | None) -> tuple[str, ...]:
        """The columns that are not what the log says, but for the link."""
        row = _row(event, START) if event else None
        if row is None or raw is None:
            return ("data or metadata",)
        wanted = self._trail.encoded(row)
        return tuple(
            name for name, mine, theirs in zip(COLUMNS, wanted, raw, strict=True) if name != "link" and mine != theirs
        )

    def _note(self, finding: Finding) -> None:
        self._findings.add(finding)
        self._open.append(finding)
        self._since.append(finding)

    def _resolve(self, fits: set[str]) -> None:
        """A row fits again: what came before is known by the link that it was made with."""
        if not self._open:
            return
        for each in self._open:
            if each.what is not What.CHANGED or each.certain:
                continue
            if {"log", "audit"} <= fits:
                each.where = Where.AUDIT if each.alike else each.where
                each.why = "the rows after it are linked to what it was" if each.alike else each.why
            elif "log" in fits:
                each.where, each.why = Where.AUDIT, "the rows after it are linked to what the log has"
            elif "audit" in fits:
                each.where, each.why = Where.LOG, "the rows after it are linked to what the audit trail has"
            elif each.alike:
                each.where, each.why = Where.BOTH, "the rows after it are linked to what stood there before"
        self._open = []

    def _hold_against(self, position: int, event: RecordedEvent | None) -> None:
        wanted = self._checkpoints.get(position)
        if wanted is None:
            return
        log, audit = self._whole_log == wanted, self._whole_audit == wanted
        for each in self._since:
            if each.what is What.CHANGED and log != audit:
                each.where = Where.AUDIT if log else Where.LOG
                each.why = f"the checkpoint of position {position} tells"
        self._since = []
        if not log and self._stored != wanted:
            where = Where.LOG if audit else Where.BOTH
            why = "the events up to here do not give the hash that was kept for this position"
            self._findings.add(Finding(What.CHECKPOINT, where, position, *named(event), why=why))
        # What comes is held against the next one from here on: this one is told.
        self._whole_log = self._whole_audit = wanted


def _next(previous: bytes | None, event: RecordedEvent | None) -> bytes | None:
    if previous is None or event is None:
        return None
    try:
        return link(previous, event)
    except _UNREADABLE:
        return None


def _row(event: RecordedEvent, previous: bytes) -> Row | None:
    """None: no row can be made of it, so it is not what was appended."""
    try:
        return row_of(event, previous)
    except _UNREADABLE:
        return None


def _print(event: RecordedEvent | None) -> bytes | None:
    """Of all but the position."""
    if event is None:
        return None
    values = {name: value for name, value in vars(event).items() if name not in {"position", "event"}}
    return sha256(repr(sorted(values.items(), key=lambda pair: pair[0])).encode()).digest()
