"""A plan file as a stream of small items, in memory that does not grow with the file."""

import re
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from lxml import etree

from .limits import MAX_BYTES, MAX_ELEMENTS, MAX_LINKS, PROLOG_BYTES
from .plan_file import ImportRefused, RefusalCode
from .prolog import check_prolog

NAMESPACE = "http://schemas.microsoft.com/project"
LINK = "PredecessorLink"
_SECTION, _ITEM, _FIELD, _LINK_FIELD = 2, 3, 4, 5  # depths of Tasks, Task, PredecessorLink, PredecessorUID
_TAIL_BYTES = 256
_ROOT_END = re.compile(rb"</(?:[^<>:]*:)?Project\s*>\s*\Z")
_NONE: frozenset[str] = frozenset()

Progress = Callable[[int], None]

_TOO_MANY_BYTES = f"is larger than {MAX_BYTES // 1024**2} MiB"


@dataclass(frozen=True, slots=True)
class Item:
    """One element of a section, such as a task: the fields that were asked for, and its links.

    A field of the project itself comes as an item of the section "" that holds nothing else.
    """

    section: str
    line: int
    fields: dict[str, str] = field(default_factory=dict)
    links: list["Item"] = field(default_factory=list)


def stream_items(path: Path, wanted: Mapping[str, frozenset[str]], progress: Progress | None = None) -> Iterator[Item]:
    """Yield the file's items in document order, of the wanted sections and with the wanted fields.

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


def _items(source: _BoundedFile, wanted: Mapping[str, frozenset[str]]) -> Iterator[Item]:
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
    """Where the parser is, and the item that it is in. Whatever has passed is cut off the tree at once."""

    def __init__(self, wanted: Mapping[str, frozenset[str]]) -> None:
        self._wanted = wanted
        self._open: list[etree._Element] = []
        self._section = ""
        self._item: Item | None = None
        self._link: Item | None = None
        self._fields = _NONE
        self._elements = 0
        self._links = 0

    @property
    def inside(self) -> bool:
        return bool(self._open)

    def opened(self, element: etree._Element) -> None:
        self._open.append(element)
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            raise _too_large(f"has more than {MAX_ELEMENTS:,} elements", _line(element))
        depth = len(self._open)
        if depth == _SECTION:
            self._section = _name(element)
        elif depth == _ITEM:
            known = self._section in self._wanted and self._section == f"{_name(element)}s"
            self._item = Item(self._section, _line(element)) if known else None
            self._fields = self._wanted[self._section] if known else _NONE
        elif depth == _FIELD and LINK in self._fields and self._item is not None and _name(element) == LINK:
            self._link = self._new_link(element)
            self._item.links.append(self._link)
        elif depth < _SECTION:
            _check_root(element)

    def closed(self, element: etree._Element) -> Item | None:
        depth = len(self._open)
        done = None
        if depth == _FIELD:
            self._link = None
            if self._fields and self._item is not None and (name := _name(element)) in self._fields:
                self._item.fields[name] = element.text or ""
        elif depth == _LINK_FIELD and self._link is not None:
            if (name := _name(element)) in self._wanted[LINK]:
                self._link.fields[name] = element.text or ""
        elif depth == _ITEM:
            done, self._item = self._item, None
        elif depth == _SECTION and (name := _name(element)) in self._wanted[""]:
            done = Item("", _line(element), {name: element.text or ""})
        self._open.pop()
        if self._open and (passed := element.getprevious()) is not None:
            self._open[-1].remove(passed)
        return done

    def _new_link(self, element: etree._Element) -> Item:
        self._links += 1
        if self._links > MAX_LINKS:
            message, hint = f"The file has more than {MAX_LINKS:,} links.", "Split the plan into several files."
            raise ImportRefused(RefusalCode.TOO_MANY_LINKS, message, _line(element), hint)
        return Item(LINK, _line(element))


def _check_root(element: etree._Element) -> None:
    if element.getroottree().docinfo.internalDTD is not None:  # a second look, should the prolog have been misread
        message = "The file has a document type declaration, which plan files do not need and attacks do."
        raise ImportRefused(RefusalCode.XML_ENTITIES_REFUSED, message, 1, "Remove the <!DOCTYPE …> declaration.")
    if _name(element) != "Project":
        raise ImportRefused(
            RefusalCode.NOT_MSPDI,
            f"The file is XML, but not a plan of Microsoft Project: it begins with <{etree.QName(element).localname}>.",
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
