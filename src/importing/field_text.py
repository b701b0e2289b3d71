"""The texts of a plan file's fields: each is checked before it becomes a value."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from .limits import FIRST_YEAR, LAST_YEAR, MAX_NAME
from .plan_file import ImportRefused, RefusalCode

T = TypeVar("T")

_LONGEST_SHOWN = 40
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_CONTROLS_IN_NOTES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]+")
_INTEGER = re.compile(r"[+-]?[0-9]{1,10}")
_DURATION = re.compile(
    r"P(?:0+Y)?(?:0+M)?(?:0+D)?T(?:([0-9]{1,9})H)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9})(?:\.([0-9]{1,9}))?S)?"
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?")
_GUID = re.compile(r"\{?[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}?")
_DECIMAL = re.compile(r"[0-9]{1,12}(\.[0-9]{1,30})?")
_HALF_A_MINUTE = 30
_BOOLEANS = {"0": False, "1": True, "false": False, "true": True}


@dataclass(frozen=True, slots=True)
class Fields:
    """The texts of one element and where it stands, so that a refusal can say both."""

    owner: str
    line: int
    texts: Mapping[str, str]

    def read(self, name: str, value_of: Callable[[str], T], default: T) -> T:
        """The value of a field; the default where it is absent or empty, as zeros are in converted files."""
        text = self.texts.get(name, "").strip()
        if not text:
            return default
        try:
            return value_of(text)
        except ValueError as error:
            shown = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
            raise self.refused(f"<{name}> is “{_CONTROLS.sub(' ', shown)}”, {error}") from None

    def refused(self, what: str) -> ImportRefused:
        hint = "Correct it in the program that wrote the file and export the plan again."
        return ImportRefused(RefusalCode.BAD_VALUE, f"{self.owner}: {what}.", self.line, hint)


def integer(least: int, most: int) -> Callable[[str], int]:
    """A reader of whole numbers from least to most."""

    def value_of(text: str) -> int:
        if not _INTEGER.fullmatch(text) or not least <= int(text) <= most:
            raise ValueError(f"not a whole number from {least:,} to {most:,}")
        return int(text)

    return value_of


def one_of(values: Mapping[int, T]) -> Callable[[str], T]:
    """A reader of the numbers that stand for something."""

    def value_of(text: str) -> T:
        if not _INTEGER.fullmatch(text) or int(text) not in values:
            raise ValueError("not one of the numbers that the format knows")
        return values[int(text)]

    return value_of


def boolean(text: str) -> bool:
    """A flag: 0, 1, false or true."""
    try:
        return _BOOLEANS[text]
    except KeyError:
        raise ValueError("neither 0 nor 1") from None


def wall_clock(text: str) -> datetime:
    """A date and time without a zone, in the years that plans may have."""
    if not _DATE.fullmatch(text):
        raise ValueError("not a date and time such as 2026-03-02T08:00:00 (without a zone)")
    value = datetime.fromisoformat(text[:19])
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(f"not in the years {FIRST_YEAR} to {LAST_YEAR}")
    return value


def clock_time(text: str) -> time:
    """A time of the day, to the nearest minute."""
    if not _CLOCK.fullmatch(text):
        raise ValueError("not a time of the day such as 08:00:00")
    minutes = int(text[:2]) * 60 + int(text[3:5]) + (int(text[6:8]) >= _HALF_A_MINUTE)
    return time(minutes // 60 % 24, minutes % 60)


def decimal(places: int) -> Callable[[str], Decimal]:
    """A reader of amounts that are not negative, rounded to so many places; what is not zero is never rounded to it."""

    def value_of(text: str) -> Decimal:
        if not _DECIMAL.fullmatch(text):
            raise ValueError("not a number such as 0.5")
        value, least = Decimal(text), Decimal(1).scaleb(-places)
        return max(value.quantize(least), least) if value else value.quantize(least)

    return value_of


def guid(text: str) -> UUID | None:
    """An id, in braces or not; None for what is no id, which some programs write."""
    return UUID(text.strip("{}")) if _GUID.fullmatch(text) else None


def tenths(text: str) -> int:
    """A duration such as PT8H30M0S in tenths of a minute, halves up; never rounded down to a milestone's zero."""
    match = _DURATION.fullmatch(text)
    if match is None or text.endswith("T"):
        raise ValueError("not a duration in hours, minutes and seconds such as PT8H0M0S")
    hours, minutes, seconds = (int(part or 0) for part in match.groups()[:3])
    nanoseconds = seconds * 10**9 + int((match[4] or "").ljust(9, "0"))
    of_seconds = (nanoseconds + 3 * 10**9) // (6 * 10**9)
    whole = hours * 600 + minutes * 10 + of_seconds
    return max(whole, 1) if nanoseconds else whole


def name(text: str) -> str:
    """A name in one line, without control characters."""
    cleaned = _CONTROLS.sub(" ", text).strip()
    if len(cleaned) > MAX_NAME:
        raise ValueError(f"longer than {MAX_NAME} characters")
    return cleaned


def notes(text: str) -> str:
    """A text of many lines, without other control characters."""
    return _CONTROLS_IN_NOTES.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
