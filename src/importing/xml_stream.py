"""A plan file as a stream of small items, in memory that does not grow with the file."""

import re
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from lxml import etree

from .limits import MAX_BYTES, MAX_ELEMENTS, MAX_LINKS, MAX_PARTS, PROLOG_BYTES
from .plan_file import ImportRefused, RefusalCode
from .prolog import check_prolog

NAMESPACE = "http://schemas.microsoft.com/project"
LINK = "PredecessorLink"
_SECTION, _ITEM = 2, 3  # depths of Tasks and Task
_TAIL_BYTES = 256
_ROOT_END = re.compile(rb"</(?:[^<>:]*:)?Project\s*>\s*\Z")
Progress = Callable[[int], None]

_TOO_MANY_BYTES = f"is larger than {MAX_BYTES // 1024**2} MiB"


@dataclass(frozen=True, slots=True)
class Shape:
    """What is wanted of an element: its fields, and the elements inside it that become items of their own.

    What is inside the groupings named by `through` counts as if it were in the element itself.
    """

    fields: frozenset[str] = frozenset()
    parts: Mapping[str, "Shape"] = field(default_factory=dict)
    through: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Item:
    """One element, such as a task: the fields that were asked for, and its parts, such as links.

    A field of the project itself comes as an item of the name "" that holds nothing else.
    """

    name: str
    line: int
    fields: dict[str, str] = field(default_factory=dict)
    parts: list["Item"] = field(default_factory=list)

    def every(self, name: str) -> list["Item"]:
        """Its parts of that name."""
        return [part for part in self.parts if part.name == name]


def stream_items(path: Path, wanted: Mapping[str, Shape], progress: Progress | None = None) -> Iterator[Item]:
    """Yield the file's items in document order, of the wanted sections and in the shapes wanted there.

    A section is named after its items: the items of `Tasks` are each a `Task`. The shape of the project is at "".

    Raises ImportRefused for what is not, or not wholly, an XML file of Microsoft Project.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for ever
            raise ImportRefused(RefusalCode.FILE_UNREADABLE, "This is not a regular file.", None, "Give a file's path.")
        if status.st_size > MAX_BYTES:
            raise _too_large(_TOO_MANY_BYTES)
        raw = path.open("rb")
    except OSError as error:
        raise _unreadable(error) from None
    with raw:
        yield from _items(_BoundedFile(raw, progress), wanted)


class _BoundedFile:
    """The bytes of a file for the parser: counted, and only given out once the prolog is checked."""

    def __init__(self, raw: BinaryIO, progress: Progress | None) -> None:
        self._raw = raw
        self._progress = progress
        self._count = 0
        self._tail = b""
        self._ended = False
        self._head = self._read(PROLOG_BYTES)
        check_prolog(self._head, whole=len(self._head) < PROLOG_BYTES)

    def read(self, size: int) -> bytes:
        chunk, self._head = self._head or self._read(size), b""
        self._count += len(chunk)
        self._tail = (self._tail + chunk)[-_TAIL_BYTES:]
        self._ended = not chunk
        if self._count > MAX_BYTES:  # the file has grown since its size was taken
            raise _too_large(_TOO_MANY_BYTES)
        if self._progress is not None:
            self._progress(self._count)
        return chunk

    @property
    def cut_short(self) -> bool:
        """Whether all has been read and the root's end tag was not there."""
        return self._ended and not _ROOT_END.search(self._tail.replace(b"\0", b""))

    def _read(self, size: int) -> bytes:
        try:
            return self._raw.read(size)
        except OSError as error:
            raise _unreadable(error) from None


def _items(source: _BoundedFile, wanted: Mapping[str, Shape]) -> Iterator[Item]:
    reading = _Reading(wanted)
    events = etree.iterparse(
        source,
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        for event, element in events:
            if event == "start":
                reading.opened(element)
            elif (item := reading.closed(element)) is not None:
                yield item
    except etree.XMLSyntaxError as error:
        if source.cut_short and reading.inside:
            message, hint = "The file ends in the middle.", "Copy or export it again: a part of it is missing."
            raise ImportRefused(RefusalCode.TRUNCATED, message, error.lineno, hint) from None
        message, hint = f"The file is not well-formed XML: {error.msg}.", "Export the plan again as XML."
        raise ImportRefused(RefusalCode.NOT_XML, message, error.lineno, hint) from None


class _Reading:
    """Where the parser is, and the items that it is in. Whatever has passed is cut off the tree at once."""

    def __init__(self, wanted: Mapping[str, Shape]) -> None:
        self._wanted = wanted
        self._open: list[etree._Element] = []
        self._frames: list[tuple[Item, Shape] | None] = []  # for each open element, the item it is or counts as
        self._section = ""
        self._elements = 0
        self._links = 0
        self._parts = 0

    @property
    def inside(self) -> bool:
        return bool(self._open)

    def opened(self, element: etree._Element) -> None:
        self._open.append(element)
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            raise _too_large(f"has more than {MAX_ELEMENTS:,} elements", _line(element))
        depth = len(self._open)
        frame = None
        if depth < _SECTION:
            _check_root(element)
        elif depth == _SECTION:
            self._section = _name(element)
        elif depth == _ITEM:
            self._parts = 0
            if self._section in self._wanted and self._section == f"{_name(element)}s":
                frame = Item(_name(element), _line(element)), self._wanted[self._section]
        elif (around := self._frames[-1]) is not None:
            frame = self._within(around, element)
        self._frames.append(frame)

    def closed(self, element: etree._Element) -> Item | None:
        self._open.pop()
        frame = self._frames.pop()
        done = None
        depth = len(self._open) + 1
        if depth == _ITEM:
            done = frame[0] if frame is not None else None
        elif depth == _SECTION and (name := _name(element)) in self._wanted[""].fields:
            done = Item("", _line(element), {name: element.text or ""})
        elif depth > _ITEM and frame is None and (around := self._frames[-1]) is not None:
            item, shape = around
            if (name := _name(element)) in shape.fields:
                item.fields[name] = element.text or ""
        if self._open and (passed := element.getprevious()) is not None:
            self._open[-1].remove(passed)
        return done

    def _within(self, around: tuple[Item, Shape], element: etree._Element) -> tuple[Item, Shape] | None:
        """What an element inside an item is: a part of it, a grouping, or neither."""
        item, shape = around
        name = _name(element)
        if name in shape.through:
            return around
        if name not in shape.parts:
            return None
        part = Item(name, _line(element))
        if name == LINK:
            self._count_link(element)
        else:
            self._count_part(element)
        item.parts.append(part)
        return part, shape.parts[name]

    def _count_link(self, element: etree._Element) -> None:
        self._links += 1
        if self._links > MAX_LINKS:
            message, hint = f"The file has more than {MAX_LINKS:,} links.", "Split the plan into several files."
            raise ImportRefused(RefusalCode.TOO_MANY_LINKS, message, _line(element), hint)

    def _count_part(self, element: etree._Element) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            what = f"has more than {MAX_PARTS:,} parts in one element of <{self._section}>"
            raise _too_large(what, _line(element))


def _check_root(element: etree._Element) -> None:
    if element.getroottree().docinfo.internalDTD is not None:  # a second look, should the prolog have been misread
        message = "The file has a document type declaration, which plan files do not need and attacks do."
        raise ImportRefused(RefusalCode.XML_ENTITIES_REFUSED, message, 1, "Remove the <!DOCTYPE …> declaration.")
    if _name(element) != "Project":
        begins = element.tag.rpartition("}")[2]  # no QName: it refuses some that the parser lets through
        raise ImportRefused(
            RefusalCode.NOT_MSPDI,
            f"The file is XML, but not a plan of Microsoft Project: it begins with <{begins}>.",
            _line(element),
            f'Its first element must be <Project xmlns="{NAMESPACE}">: choose "XML" when saving the plan.',
        )


def _name(element: etree._Element) -> str:
    """The element's name, empty when it belongs to another format."""
    namespace, _, name = element.tag.rpartition("}")
    return name if namespace == f"{{{NAMESPACE}" else ""


def _line(element: etree._Element) -> int:
    return cast("int", element.sourceline)  # set on everything that was parsed


def _unreadable(error: OSError) -> ImportRefused:
    message = f"The file cannot be read: {error.strerror or error}."
    return ImportRefused(RefusalCode.FILE_UNREADABLE, message, None, "Check the path and its permissions.")


def _too_large(what: str, line: int | None = None) -> ImportRefused:
    hint = "Leave out baselines and time-phased data when exporting, or split the plan into several files."
    return ImportRefused(RefusalCode.FILE_TOO_LARGE, f"The file {what}.", line, hint)
