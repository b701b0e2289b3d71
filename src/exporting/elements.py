"""Elements of Microsoft Project XML: their names, and values as their texts."""

import re
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from typing import cast

from lxml import etree

from ..importing.xml_stream import NAMESPACE

Value = str | int | bool | datetime | Decimal | None
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
NAMESPACES = cast("dict[str, str]", {None: NAMESPACE})  # the stubs know no default namespace
_NAMES: dict[str, str] = {}


def name_of(name: str) -> str:
    """The name in the format's namespace."""
    return _NAMES.setdefault(name, f"{{{NAMESPACE}}}{name}")


def element(name: str) -> etree._Element:
    """An element of its own."""
    return etree.Element(name_of(name), nsmap=NAMESPACES)


def within(parent: etree._Element, name: str) -> etree._Element:
    """An element inside another, behind those that are there."""
    return etree.SubElement(parent, name_of(name))


def add(parent: etree._Element, fields: Iterable[tuple[str, Value]]) -> None:
    """Fields in their order; those that are None are left out."""
    for name, value in fields:
        if value is not None:
            within(parent, name).text = text_of(value)


def text_of(value: Value) -> str:
    """A value as the format writes it."""
    match value:
        case bool():
            return "1" if value else "0"
        case datetime():
            return value.isoformat(timespec="seconds")
        case Decimal():
            text = format(value, "f")
            return text.rstrip("0").rstrip(".") if "." in text else text
        case _:
            return _NOT_XML.sub(" ", str(value))


def period(tenths: int) -> str:
    """An amount of tenths of a minute, such as PT8H30M0S."""
    return f"PT{tenths // 600}H{tenths % 600 // 10}M{tenths % 10 * 6}S"


def midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def last_minute(day: date) -> datetime:
    """The end of a day, as the format writes it."""
    return datetime.combine(day, time(23, 59))
