"""A file, packed with gzip or not, as JSON values with the numbers of their lines, in bounded memory."""

import gzip
import stat
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, cast

import orjson

from ..limits import MAX_HISTORY_BYTES, MAX_LINE_BYTES
from ..plan_file import ImportRefused, RefusalCode

_GZIP = b"\x1f\x8b"
_MARK = b"\xef\xbb\xbf"
Progress = Callable[[int], None]


def json_values(path: Path, progress: Progress = lambda _bytes: None) -> Iterator[tuple[int, Any]]:
    """One JSON value a line, or one in the whole file, each with the line where it begins.

    `progress` is told how many bytes of the file were read. Raises ImportRefused.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would wait for ever
            raise ImportRefused(RefusalCode.FILE_UNREADABLE, "This is not a regular file.", None, "Give a file's path.")
        with path.open("rb") as raw:
            packed = raw.read(len(_GZIP)) == _GZIP
            raw.seek(0)
            source = cast("IO[bytes]", gzip.GzipFile(fileobj=raw)) if packed else raw
            yield from _values(_lines(source, lambda: progress(raw.tell())))
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        message = f"The file cannot be unpacked: {error}."
        raise ImportRefused(RefusalCode.TRUNCATED, message, None, "Copy it again: a part is missing.") from None
    except OSError as error:
        message = f"The file cannot be read: {error.strerror or error}."
        raise ImportRefused(RefusalCode.FILE_UNREADABLE, message, None, "Check the path and its permissions.") from None


def _lines(source: IO[bytes], read: Callable[[], None]) -> Iterator[tuple[int, bytes]]:
    total, number = 0, 0
    while line := source.readline(MAX_LINE_BYTES + 1):
        number += 1
        total += len(line)
        if len(line) > MAX_LINE_BYTES:
            raise _too_large(f"has a line of more than {MAX_LINE_BYTES // 1024**2} MiB", number)
        if total > MAX_HISTORY_BYTES:
            raise _too_large(f"holds more than {MAX_HISTORY_BYTES // 1024**2} MiB", number)
        read()
        yield number, line.removeprefix(_MARK) if number == 1 else line


def _values(lines: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, Any]]:
    first = True
    for number, line in lines:
        if not line.strip():
            continue
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            if not first:
                raise _broken(error, number) from None
            yield _whole(number, line, lines)
            return
        first = False
        yield number, value
    if first:
        raise ImportRefused(RefusalCode.NOT_JSON, "The file is empty.", None, "Export it again.")


def _whole(number: int, line: bytes, lines: Iterator[tuple[int, bytes]]) -> tuple[int, Any]:
    """The one value of a file in which it does not end with the first line."""
    text = bytearray(line)
    for last, each in lines:
        text += each
        if len(text) > MAX_LINE_BYTES:
            raise _too_large(f"is one JSON value of more than {MAX_LINE_BYTES // 1024**2} MiB", last)
    try:
        return number, orjson.loads(bytes(text))
    except orjson.JSONDecodeError as error:
        raise _broken(error, number + error.lineno - 1) from None


def _broken(error: orjson.JSONDecodeError, line: int) -> ImportRefused:
    message = f"This is not JSON: {error.msg}."
    return ImportRefused(RefusalCode.NOT_JSON, message, line, "Export it again, as JSON in UTF-8.")


def _too_large(what: str, line: int) -> ImportRefused:
    hint = "Export fewer issues at a time; one issue a line can be more."
    return ImportRefused(RefusalCode.FILE_TOO_LARGE, f"The file {what}.", line, hint)
