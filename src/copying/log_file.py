"""A log in a file: a line that says what it is, a line for each row, and a line that closes it.

Lines are JSON. The first tells the format, the schema, the columns of the tables and the last position; each row is
an array of the table's name and the values of the columns, bytes in base64; the last tells how many rows there are
and the link of the last event (events/chain.py). The same log always gives the same file.
"""

import base64
import gzip
import os
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self
from uuid import UUID

import orjson
from sqlalchemy import Column, Integer, Table

from ..events import chain
from ..events.tables import EVENTS
from ..migrate import LOG
from .errors import CutOffError, LogFileError
from .rows import COPIED, PAGE, Kind, Row, kind_of, no_rows

FORMAT, VERSION = "projectory-log", 1
_BY_NAME = {table.name: table for table in COPIED}
_COLUMNS = {str(table.name): [str(column.name) for column in table.columns] for table in COPIED}
_LONGEST = 64 * 1024 * 1024
"""Of a line, in bytes."""
_GZIP = b"\x1f\x8b"
_LEVEL = 6


def first_line(head: int) -> bytes:
    facts = {"format": FORMAT, "version": VERSION, "schema": LOG.head(), "tables": _COLUMNS, "head": head}
    return orjson.dumps(facts) + b"\n"


def last_line(rows: Mapping[str, int], link: bytes) -> bytes:
    return orjson.dumps({"end": rows, "link": link.hex()}) + b"\n"


def lines(table: Table, rows: Sequence[Row]) -> bytes:
    """The rows as they stand in the file."""
    name = str(table.name)
    return b"".join(orjson.dumps((name, *row), default=_base64) + b"\n" for row in rows)


def _base64(value: object) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(type(value).__name__)


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """A file that only we may read, compressed if its name ends in .gz; what was there stays until it is whole."""
    beside = path.with_name(f".{path.name}.part")
    beside.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as raw:
            if path.suffix == ".gz":
                with gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as packed:
                    yield packed  # type: ignore[misc]
            else:
                yield raw
            raw.flush()
            os.fsync(raw.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class FileReader:
    """Reads such a file, and refuses what is none: LogFileError, CutOffError."""

    def __init__(self, path: Path) -> None:
        self._held = ExitStack()
        self._line = 0
        self.link = chain.START
        """That of the last event, once all pages were read."""
        with self._told(), ExitStack() as opening:
            raw = opening.enter_context(path.open("rb"))
            packed = raw.read(2) == _GZIP
            raw.seek(0)
            self._file: Any = opening.enter_context(gzip.GzipFile("", "rb", fileobj=raw)) if packed else raw
            self.head = self._begin()
            self._held = opening.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()

    def pages(self) -> Iterator[tuple[Table, Sequence[Row]]]:
        """All rows, table by table."""
        with self._told():
            counted = no_rows()
            page: list[Row] = []
            order = iter(COPIED)
            table, check = next(order), _checker(EVENTS)
            while isinstance(values := self._next(), list):
                if not values or values[0] != table.name:
                    if page:
                        yield table, page
                        page = []
                    table = self._next_table(order, values)
                    check = _checker(table)
                name = str(table.name)
                try:
                    row = check(values[1:])
                except ValueError as error:
                    raise self._wrong(f"this is no row of {name}: {error}") from error
                counted[name] += 1
                if table is EVENTS and row[0] != counted[name]:
                    raise self._wrong(f"position {row[0]!r} stands where position {counted[name]} should")
                page.append(row)
                if len(page) == PAGE:
                    yield table, page
                    page = []
            if page:
                yield table, page
            self._end(values, counted)

    def _next_table(self, order: Iterator[Table], values: list[Any]) -> Table:
        for table in order:
            if values and values[0] == table.name:
                return table
        raise self._wrong(f"{str(values)[:40]} is no row that comes here")

    def _begin(self) -> int:
        facts = self._next()
        if not isinstance(facts, dict) or facts.get("format") != FORMAT:
            raise self._wrong("this is no file of 'projectory log export'")
        if facts.get("version") != VERSION or facts.get("schema") != LOG.head() or facts.get("tables") != _COLUMNS:
            raise self._wrong(
                f"the file has format {facts.get('version')} and schema {facts.get('schema')}, and this version reads "
                f"format {VERSION} and schema {LOG.head()}: import with the version that wrote it, and migrate then"
            )
        head = facts.get("head")
        if not isinstance(head, int):
            raise self._wrong("it does not say how many events there are")
        return head

    def _end(self, facts: Any, counted: Counter[str]) -> None:
        if not isinstance(facts, dict) or "end" not in facts:
            raise self._wrong("this is neither a row nor the end")
        if facts["end"] != counted or self.head != counted[EVENTS.name]:
            raise self._wrong(f"the file says that it has {facts['end']}, and has {dict(counted)}: lines are missing")
        try:
            self.link = bytes.fromhex(facts["link"])
        except (KeyError, ValueError, TypeError):
            raise self._wrong("it has no link of the last event") from None
        if self._file.readline(1):
            self._line += 1
            raise self._wrong("something follows the end")

    def _next(self) -> Any:
        line = self._file.readline(_LONGEST)
        self._line += 1
        if not line:
            raise CutOffError("the file ends before its last line: it was cut off", self._line)
        if not line.endswith(b"\n"):
            if len(line) == _LONGEST:
                raise self._wrong(f"it is longer than {_LONGEST} bytes")
            raise CutOffError("the file ends in the middle of it: it was cut off", self._line)
        try:
            return orjson.loads(line)
        except ValueError as error:
            raise self._wrong(f"it is no JSON: {error}") from error

    def _wrong(self, why: str) -> LogFileError:
        return LogFileError(why, self._line)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except EOFError as error:
            raise CutOffError("the compressed file ends early: it was cut off", self._line + 1) from error
        except (zlib.error, gzip.BadGzipFile) as error:
            raise LogFileError(f"the compressed file is damaged: {error}", self._line + 1) from error
        except OSError as error:
            raise LogFileError(f"the file cannot be read: {error.strerror or error}") from error


def _checker(table: Table) -> Callable[[list[Any]], Row]:
    """What makes a row of the values in a line; ValueError."""
    columns = [(n, column, _value(column), column.nullable) for n, column in enumerate(table.columns)]

    def check(values: list[Any]) -> Row:
        if len(values) != len(columns):
            raise ValueError(f"it has {len(values)} values instead of {len(columns)}")
        for n, column, value, nullable in columns:
            found = values[n]
            if found is None and nullable:
                continue
            try:
                values[n] = value(found)
            except (ValueError, TypeError, AttributeError):
                raise ValueError(f"{column.name} cannot be {str(found)[:80]!r}") from None
        return tuple(values)

    return check


def _value(column: Column[Any]) -> Callable[[Any], Any]:
    match kind_of(column):
        case Kind.TEXT:
            return _text
        case Kind.BYTES:
            return lambda text: base64.b64decode(text, validate=True)
        case Kind.ID:
            return _id
        case Kind.INSTANT:
            return _number(1 << 61)
        case Kind.NUMBER:
            return _number(1 << 31 if type(column.type) is Integer else 1 << 63)


def _text(value: Any) -> str:
    if type(value) is not str or "\0" in value:
        raise ValueError
    return value


def _id(value: Any) -> str:
    if str(UUID(value)) != value:
        raise ValueError
    return str(value)


def _number(end: int) -> Callable[[Any], int]:
    def number(value: Any) -> int:
        if type(value) is not int or not -end <= value < end:
            raise ValueError
        return value

    return number
