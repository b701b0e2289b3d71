"""Where some bytes are: in a dump and every column of PostgreSQL, in every file of SQLite."""

import asyncio
import base64
from collections.abc import Iterable

from src.config import Settings
from tests.databases import postgresql
from tests.servers import binaries


def forms_of(text: str) -> list[bytes]:
    """The text as it is, and as it looks in base64, wherever it begins there, and in hex."""
    plain = text.encode()
    shifted = [base64.b64encode(b"\0" * shift + plain)[4:-4] for shift in range(3)]
    return [plain, plain.hex().encode(), *shifted]


async def holding(settings: Settings, texts: Iterable[str]) -> list[str]:
    """Which of the texts are anywhere, in any of their forms and any case, with where they are."""
    content = {name: content.lower() for name, content in (await _everything(settings)).items()}
    return [
        f"{text} in {name}"
        for text in texts
        for name, found in content.items()
        if any(form.lower() in found for form in forms_of(text))
    ]


async def _everything(settings: Settings) -> dict[str, bytes]:
    if settings.embedded:
        return {file.name: file.read_bytes() for file in settings.log_file.parent.iterdir() if file.is_file()}
    program = binaries.postgresql() / "pg_dump"
    async with postgresql(settings) as connection:
        tables = await connection.fetch("SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND oid > 16384")
        rows = {name: await connection.fetch(f"SELECT t::text FROM {name} t") for (name,) in tables}
    content = {name: "\n".join(row[0] for row in found).encode() for name, found in rows.items()}
    dump = await asyncio.create_subprocess_exec(
        program, "--inserts", settings.database_url, stdout=asyncio.subprocess.PIPE, cwd="/"
    )
    content["pg_dump"], _ = await dump.communicate()
    assert dump.returncode == 0
    return content
