"""Writes a log into an empty database: from another one, or from a file. All of it or nothing."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..config import Settings
from ..events import chain
from ..events.key_store import Wrapped
from ..events.keyring import check_wrapped
from ..events.tables import EVENTS, KEYS, STREAMS
from ..key_file import MasterKeys, found_keys
from .databases import reading, writing
from .errors import DamagedLogError, NotEmptyError
from .log_file import FileReader
from .rows import COPIED, Pages, Row, Target, no_rows, pages, recorded
from .verifying import Progress, head_of, refuse_torn, verify

_HEADS = "INSERT INTO streams (stream, version) SELECT stream, max(version) FROM events GROUP BY stream"


@dataclass(frozen=True, slots=True)
class Copied:
    """What was written. `checked` tells whether the keys were tried with a master key."""

    rows: Mapping[str, int]
    link: bytes
    checked: bool


class Chained:
    """Pages as they pass by, and the link of the last event that did."""

    def __init__(self, source: Pages) -> None:
        self._source = source
        self.link = chain.START

    async def pages(self) -> Pages:
        async for table, page in self._source:
            if table is EVENTS:
                for row in page:
                    self.link = _linked(self.link, row)
            yield table, page


async def copy_log(source: Settings, target: Settings, begin: Progress, progress: Progress) -> Copied:
    """Copies the log of one database into another.

    `begin` is told how many events there are, `progress` how many have been copied.
    Raises what `writing` raises, NotEmptyError, WrongMasterKeyError where a master key of the target is found, and
    DamagedLogError where the source is no sound log.
    """
    # Whoever changes the master key in a file would leave the copy with the one before.
    with found_keys(source.model_copy(update={"master_key": None})):
        async with reading(source) as tables:
            await refuse_torn(tables)
            begin(await head_of(tables))
            chained = Chained(pages(tables))
            return await _write(target, chained.pages(), lambda: chained.link, progress)


async def import_log(file: Path, target: Settings, begin: Progress, progress: Progress) -> Copied:
    """Writes the log of the file into the database. Raises LogFileError besides."""
    with FileReader(file) as read:
        begin(read.head)

        async def pages_() -> Pages:
            for table, page in read.pages():
                yield table, page

        return await _write(target, pages_(), lambda: read.link, progress)


async def _write(target: Settings, source: Pages, link: Callable[[], bytes], progress: Progress) -> Copied:
    with found_keys(target) as masters:
        async with writing(target) as tables:
            await _refuse_unless_empty(tables)
            rows = await _fill(tables, source, masters, progress)
            found = await verify(tables, decoding=False)
            if found.problems:
                raise DamagedLogError("this is no sound log", [str(each) for each in found.problems[:10]])
            if found.link != link():
                raise DamagedLogError(
                    f"what was written is not what was read: the chain ends with {found.link.hex()} "
                    f"instead of {link().hex()}"
                )
    return Copied(rows, found.link, masters is not None)


async def _fill(tables: Target, source: Pages, masters: MasterKeys | None, progress: Progress) -> Mapping[str, int]:
    rows = no_rows()
    async for table, page in source:
        if table is KEYS and masters is not None:
            try:
                check_wrapped(_wrapped(page), masters)
            except UnicodeEncodeError as error:
                raise DamagedLogError(f"a row of {table.name} does not fit: {error}") from error
        await tables.write(table, page)
        rows[table.name] += len(page)
        progress(rows[EVENTS.name])
    await tables.run(_HEADS)
    return rows


def _wrapped(page: Sequence[Row]) -> Iterable[Wrapped]:
    """The keys that there are: tombstones hold none."""
    return [Wrapped(str(id_), box) for id_, box, _, destroyed_at in page if isinstance(box, bytes) and not destroyed_at]


async def _refuse_unless_empty(tables: Target) -> None:
    full = [
        table.name
        for table in (STREAMS, *COPIED)
        if await tables.ask(f'SELECT 1 FROM "{table.name}" LIMIT 1')  # noqa: S608 - our own names
    ]
    if full:
        raise NotEmptyError(
            f"the database holds something already, in {', '.join(full)}: a log is copied only into a database that "
            "nobody has used; make a new one, and on PostgreSQL run 'projectory migrate' on it and nothing else"
        )
    if position := await tables.reset_read_models():
        raise NotEmptyError(
            f"the database has read models of another log, at position {position}: "
            "make a new one; with SQLite delete the file of the read models, which grows again"
        )


def _linked(previous: bytes, row: Row) -> bytes:
    try:
        return chain.link(previous, recorded(row))
    except (ValueError, TypeError, OverflowError, AttributeError) as error:
        raise DamagedLogError(
            f"the columns of the event at position {row[0]!r} hold what they cannot ({error}): "
            "run 'projectory log verify'"
        ) from error
