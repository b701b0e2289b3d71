"""Commands about the audit trail: verify it, give checkpoints to be kept elsewhere, write it to a file."""

import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console

from ..commands.authorise import Rights
from ..commands.permissions import Permission
from ..projections.audit import AuditResult
from ..queries.audit import AuditFilter
from ..queries.audit_export import ExportFormat, export_audit
from ..verifying import BadCheckpointError, KeptCheckpoint, NoCheckpointError, Verification, read_checkpoints
from ..verifying import checkpoint as last_checkpoint
from ..verifying import verify as verified
from ..whole_file import whole_file
from ..wiring import App
from .codes import CliCode
from .plans import AsUser, Json
from .session import Terminal, acting, context, fresh, progress_bar
from .session import run as opened

app = typer.Typer(help="The audit trail: whether it and the log are what they were.", no_args_is_help=True)


@app.command()
def verify(
    context_: typer.Context,
    checkpoint: Annotated[
        list[str] | None,
        typer.Option(help="A checkpoint that was kept elsewhere, POSITION:HASH, or a file of them; any number"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Recompute the hash chain from the log, and name what was changed in log or audit trail. Exit status 1 then."""
    terminal: Terminal = context_.obj
    terminal.as_json = as_json
    try:
        checkpoints = read_checkpoints(checkpoint or ())
    except BadCheckpointError as error:
        terminal.fail(CliCode.INVALID, str(error))

    async def work(app: App) -> Verification:
        with progress_bar(terminal) as bar:
            tracked = bar.add_task("Events", total=None)
            return await verified(
                app.log,
                app.witnesses,
                app.readers,
                checkpoints,
                lambda done, of: bar.update(tracked, completed=done, total=of),
            )

    found = opened(terminal, work)
    terminal.tell(_facts(found), lambda out: _show(found, out))
    if not found.sound:
        raise typer.Exit(1)


@app.command()
def checkpoint(context_: typer.Context, as_json: Json = False) -> None:
    """Print a checkpoint of the last audit row, POSITION:HASH: keep it where the database's superusers cannot write."""
    terminal: Terminal = context_.obj
    terminal.as_json = as_json

    async def work(app: App) -> KeptCheckpoint:
        await fresh(app)
        try:
            return await last_checkpoint(app.readers)
        except NoCheckpointError as error:
            terminal.fail(CliCode.AUDIT_BROKEN, str(error))

    found = opened(terminal, work)
    facts = {"position": found.position, "hash": found.hash.hex()}
    terminal.tell(facts, lambda out: out.print(str(found), highlight=False, soft_wrap=True))


@app.command()
def export(
    context_: typer.Context,
    format_: Annotated[ExportFormat, typer.Option("--format", help="JSON lines are exact; CSV is for spreadsheets")],
    output: Annotated[
        Path | None,
        typer.Option(help="Where to write, for you alone to read; what is there is replaced. Else the output"),
    ] = None,
    project: Annotated[UUID | None, typer.Option(help="Only in this project")] = None,
    by: Annotated[UUID | None, typer.Option(help="Only what this actor did")] = None,
    author: Annotated[UUID | None, typer.Option(help="Only what this person did elsewhere, and was imported")] = None,
    session: Annotated[UUID | None, typer.Option(help="Only what came by this session or API key")] = None,
    address: Annotated[
        str | None, typer.Option(help="Only from this address; all entries are revealed to tell")
    ] = None,
    command: Annotated[str | None, typer.Option(help="Only of commands of this name")] = None,
    command_id: Annotated[UUID | None, typer.Option(help="Only of this one command")] = None,
    correlation_id: Annotated[str | None, typer.Option(help="Only of this request")] = None,
    type_: Annotated[str | None, typer.Option("--type", help="Only events of this type")] = None,
    stream: Annotated[str | None, typer.Option(help="Only events of this stream")] = None,
    entity: Annotated[str | None, typer.Option(help="Only events about what has this id")] = None,
    result: Annotated[AuditResult | None, typer.Option(help="Only what came to this, such as refused")] = None,
    since: Annotated[datetime | None, typer.Option("--from", help="Recorded then or later, in UTC")] = None,
    until: Annotated[datetime | None, typer.Option("--to", help="Recorded before then, in UTC")] = None,
    as_user: AsUser = None,
    as_json: Json = False,
) -> None:
    """Write the audit trail to a file or the output, oldest first. That it was taken out is noted in it."""
    terminal: Terminal = context_.obj
    terminal.as_json = as_json
    wanted = AuditFilter(
        project=project,
        actor=by,
        author=author,
        session=session,
        address=address,
        command=command,
        command_id=command_id,
        correlation_id=correlation_id,
        type=type_,
        stream=stream,
        entity=entity,
        result=result,
        since=since and since.replace(tzinfo=UTC),
        until=until and until.replace(tzinfo=UTC),
    )

    async def work(app: App) -> int:
        circumstances = context(await acting(app, terminal, as_user))
        rights = await app.commands.rights(circumstances)
        failure = rights.refuse(Permission.READ_AUDIT) if isinstance(rights, Rights) else rights
        if failure is not None:
            await app.notices.refused(circumstances, "audit", failure.code)
            terminal.fail(failure.code, failure.message)
        await fresh(app)
        await app.notices.exported(circumstances, "audit")
        lines = export_audit(app.readers, app.log, app.keyring, format_, wanted)
        if output is not None:
            return await _write(output, lines, terminal)
        async for some in lines:
            sys.stdout.buffer.write(some)
        return 0

    size = opened(terminal, work)
    if output is not None:
        terminal.tell({"file": str(output), "bytes": size}, lambda out: out.print(f"{size} bytes in {output}"))


async def _write(file: Path, chunks: AsyncIterator[bytes], terminal: Terminal) -> int:
    """Writes the whole file, which only we may read, or leaves what was there."""
    size = 0
    try:
        with whole_file(file) as out:
            async for some in chunks:
                size += out.write(some)
    except OSError as error:
        terminal.fail(CliCode.FILE_NOT_WRITTEN, f"{file} cannot be written: {error.strerror or error}; choose another")
    return size


def _facts(found: Verification) -> dict[str, Any]:
    return {
        "sound": found.sound,
        "log": {"position": found.head},
        "audit": {
            "position": found.standing.position,
            "behind": max(found.head - found.standing.position, 0),
            "read": found.standing.reading,
            "paused": found.standing.paused,
            "error": found.standing.error,
        },
        "checkpoints": [str(each) for each in found.checkpoints],
        "findings": [
            {
                "what": each.what,
                "where": each.where,
                "position": each.position,
                "until": each.until,
                "stream": each.stream,
                "type": each.type,
                "columns": each.columns,
                "other": each.other,
                "why": each.why,
            }
            for each in found.findings
        ],
        "more": dict(found.more),
    }


def _show(found: Verification, out: Console) -> None:
    def line(text: str) -> None:
        out.print(text, markup=False, highlight=False, soft_wrap=True)

    standing = found.standing
    line(f"Log: {found.head} events. Audit trail: {_words(found)}.")
    if standing.error:
        line(f"The audit trail is stopped: {standing.error}")
    for each in found.findings:
        line(f"  {each.words()}")
    for what, count in found.more.items():
        line(f"  and {count} more that were {what}")
    if found.sound:
        kept = f"; {len(found.checkpoints)} checkpoints hold" if found.checkpoints else ""
        line(f"Nothing was changed{kept}." if found.checkpoints else f"Nothing was changed, as far as {_AS_FAR}.")


_AS_FAR = "log and audit trail tell by themselves: give a --checkpoint that was kept elsewhere"


def _words(found: Verification) -> str:
    standing = found.standing
    if standing.generation is None:
        return "none yet, it waits to be built; the log was verified alone"
    behind = max(found.head - standing.position, 0)
    state = "" if standing.reading else ", being built anew"
    state += ", paused" if standing.paused else ""
    if not behind:
        return f"level{state}"
    return f"{behind} events behind{state}; verified as far as it is, to position {standing.position}"
