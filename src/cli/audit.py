"""Commands about the audit trail: verify it, and give checkpoints to be kept elsewhere."""

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ..verifying import BadCheckpointError, KeptCheckpoint, NoCheckpointError, Verification, read_checkpoints
from ..verifying import checkpoint as last_checkpoint
from ..verifying import verify as verified
from ..wiring import App
from .codes import CliCode
from .plans import Json
from .session import Terminal
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
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=terminal.err, transient=True, disable=terminal.as_json) as bar:
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
        try:
            return await last_checkpoint(app.readers)
        except NoCheckpointError as error:
            terminal.fail(CliCode.AUDIT_BROKEN, str(error))

    found = opened(terminal, work)
    facts = {"position": found.position, "hash": found.hash.hex()}
    terminal.tell(facts, lambda out: out.print(str(found), highlight=False, soft_wrap=True))


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
