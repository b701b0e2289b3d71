"""Writes the whole log into a file."""

from pathlib import Path

from ..config import Settings
from ..events.tables import EVENTS
from .copying import Chained, Copied
from .databases import reading
from .log_file import first_line, last_line, lines, new_file
from .rows import no_rows, pages
from .verifying import Progress, head_of, refuse_torn


async def export_log(source: Settings, file: Path, begin: Progress, progress: Progress) -> Copied:
    """Writes the log of the database, as it is at one moment, into the file; what is there is replaced.

    Raises what `reading` raises, DamagedLogError, and OSError where the file cannot be written.
    """
    rows = no_rows()
    with new_file(file) as out:
        async with reading(source) as tables:
            await refuse_torn(tables)
            head = await head_of(tables)
            begin(head)
            out.write(first_line(head))
            chained = Chained(pages(tables))
            async for table, page in chained.pages():
                out.write(lines(table, page))
                rows[table.name] += len(page)
                progress(rows[EVENTS.name])
            out.write(last_line(rows, chained.link))
    return Copied(rows, chained.link, checked=False)
