"""One command, decided on what a session has loaded: whether it may be, what it comes to, and when."""

from .authorise import authorise
from .codes import Code
from .command import Command, Context
from .registry import BY_COMMAND
from .result import Failure, Result
from .session import Session


async def decide(command: Command, session: Session, context: Context) -> Result:
    """What the command comes to; nothing is folded or appended."""
    refusal = await authorise(command, session, context)
    result = refusal or await BY_COMMAND[type(command)].handle(command, session, context)
    if isinstance(result, Failure) or command.dated or context.effective_at is None:
        return result
    latest = session.backwards(result, context.effective_at)
    if latest is None:
        return result
    return Failure(
        Code.EFFECTIVE_TIME_BACKWARDS,
        f"this happened at {context.effective_at.isoformat()}, but what it changes was changed at {latest.isoformat()}",
        {"latest": latest.isoformat()},
    )
