"""A log in a file: a line that says what it is, a line for each row, and a line that closes it.

Lines are JSON. The first tells the format, the schema, the columns of the tables and the last position; each row is
an array of the table's name and the values of the columns, bytes in base64; the last tells how many rows there are
and the link of the last event (events/chain.py). The same log always gives the same file.
"""

import base64
import gzip
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
from ..whole_file import whole_file
from .errors import CutOffError, DamagedLogError, LogFileError
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
    """The rows as they stand in the file. DamagedLogError where one has what no line can hold."""
    name = str(table.name)
    return b"".join(_line(name, row) for row in rows)


def _line(name: str, row: Row) -> bytes:
    try:
        return orjson.dumps((name, *row), default=_base64) + b"\n"
    except TypeError as error:  # SQLite keeps texts that are none
        raise DamagedLogError(f"the row of {name} that begins with {row[0]!r} holds what it cannot: {error}") from error


def _base64(value: object) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(type(value).__name__)


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """A file that only we may read, compressed if its name ends in .gz; what was there stays until it is whole."""
    with whole_file(path) as raw:
        if path.suffix == ".gz":
            with gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as packed:
                yield packed  # type: ignore[misc]
        else:
            yield raw


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
            self._checks: dict[str, Callable[[list[Any]], Row]] = {}
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
            table = next(order)
            while isinstance(values := self._next(), list):
                if not values or values[0] != table.name:
                    if page:
                        yield table, page
                        page = []
                    table = self._next_table(order, values)
                name = str(table.name)
                try:
                    row = self._checks[name](values[1:])
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
            if values and values[0] == table.name and table.name in self._checks:
                return table
        raise self._wrong(f"{str(values)[:40]} is no row that comes here")

    def _begin(self) -> int:
        facts = self._next()
        if not isinstance(facts, dict) or facts.get("format") != FORMAT:
            raise self._wrong("this is no file of 'projectory log export'")
        try:
            self._checks = _checkers(facts)
        except (LookupError, ValueError, TypeError, AttributeError) as error:
            wanted = f"the schema there is {facts.get('schema')}, and {LOG.head()} here"
            raise self._wrong(
                f"{error.args[0]}; {wanted}; import it with the version that wrote it, and migrate"
            ) from error
        return int(facts["head"])

    def _end(self, facts: Any, counted: Counter[str]) -> None:
        if not isinstance(facts, dict) or "end" not in facts:
            raise self._wrong("this is neither a row nor the end")
        there = {name: counted[name] for name in self._checks}
        if facts["end"] != there or self.head != counted[EVENTS.name]:
            raise self._wrong(f"the file says that it has {facts['end']}, and has {there}: lines are missing")
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


def _checkers(facts: dict[str, Any]) -> dict[str, Callable[[list[Any]], Row]]:
    """What makes the rows of each table, by the first line of the file. ValueError, TypeError, LookupError."""
    if facts["version"] != VERSION:
        raise ValueError(f"the format is number {facts['version']} and this version reads {VERSION}")
    if type(facts["head"]) is not int:
        raise TypeError("it does not say how many events there are")
    found = {name: _checker(name, columns) for name, columns in facts["tables"].items()}
    if EVENTS.name not in found:
        raise LookupError("it has no events")
    return found


def _checker(name: str, names: Sequence[str]) -> Callable[[list[Any]], Row]:
    """What makes a row of the values in a line, which are of these columns; ValueError.

    A file of an earlier version may lack columns that can be empty; one of a later version has more: LookupError.
    """
    if name not in _BY_NAME:
        raise LookupError(f"the table {name} is not known here")
    table = _BY_NAME[name]
    if more := set(names) - set(table.columns.keys()):
        raise LookupError(f"the table {name} has the column {min(more)}, which is not known here")
    columns = [(_place(column, names), column, _value(column), column.nullable) for column in table.columns]

    def check(values: list[Any]) -> Row:
        if len(values) != len(names):
            raise ValueError(f"it has {len(values)} values instead of {len(names)}")
        row: list[Any] = []
        for place, column, value, nullable in columns:
            found = None if place is None else values[place]
            try:
                row.append(None if found is None and nullable else value(found))
            except (ValueError, TypeError, AttributeError):
                raise ValueError(f"{column.name} cannot be {str(found)[:80]!r}") from None
        return tuple(row)

    return check


def _place(column: Column[Any], names: Sequence[str]) -> int | None:
    if column.name in names:
        return names.index(column.name)
    if not column.nullable:
        raise LookupError(f"the table {column.table.name} lacks the column {column.name}")
    return None


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
