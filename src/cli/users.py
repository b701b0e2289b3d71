"""Commands about users: registering the first ones, and how they get in."""

import sys
from datetime import timedelta
from typing import Annotated
from uuid import UUID

import typer
from pydantic import SecretStr, TypeAdapter, ValidationError

from ..commands.command import SYSTEM
from ..commands.result import Failure
from ..commands.user import RegisterUser
from ..identity.passwords import SHORTEST, Password
from ..identity.tokens import mint
from ..wiring import App
from .codes import CliCode
from .plans import Json
from .session import OPERATOR, Terminal, acting, context, faults_of, holder_of
from .session import run as opened

_PASSWORD: TypeAdapter[SecretStr] = TypeAdapter(Password)


def add_user(
    context_: typer.Context,
    username: str,
    email: Annotated[str, typer.Option()],
    name: Annotated[str | None, typer.Option(help="The name to show; else the user name")] = None,
    role: Annotated[list[str] | None, typer.Option(help="planner, administrator …; may be repeated")] = None,
    as_json: Json = False,
) -> None:
    """Register a user."""
    terminal: Terminal = context_.obj
    terminal.as_json = as_json
    try:
        register = RegisterUser(
            username=username, email=email, name=name or username, roles=tuple(role or ("planner",))
        )
    except ValidationError as error:
        terminal.fail(CliCode.INVALID, "; ".join(faults_of(error)))

    async def work(app: App) -> str:
        answer = await app.commands.execute(register, context(SYSTEM))
        if isinstance(answer, Failure):
            terminal.fail(answer.code, answer.message)
        return answer.ids["user"]

    user = opened(terminal, work)
    terminal.tell({"user": user}, lambda out: out.print(f"{username} is registered as {user}"))


def token(
    context_: typer.Context,
    user: Annotated[str, typer.Argument(help="The user name")],
    hours: Annotated[float, typer.Option(min=0.01, max=24 * 365, help="How long it is good for")] = 24 * 30,
    as_json: Json = False,
) -> None:
    """Make a bearer token for a user."""
    terminal: Terminal = context_.obj
    terminal.as_json = as_json

    async def work(app: App) -> str:
        actor = await acting(app, terminal, None if user == OPERATOR else user)
        return await access_token(app, terminal, actor, timedelta(hours=hours))

    made = opened(terminal, work)
    terminal.tell({"token": made}, lambda out: out.print(made, soft_wrap=True, highlight=False))


def password(context_: typer.Context, user: Annotated[str, typer.Argument(help="The user name")]) -> None:
    """Set a user's password: asked for twice, or the first line of the input. All the user's sessions end."""
    terminal: Terminal = context_.obj
    if sys.stdin.isatty():
        given = typer.prompt("New password", hide_input=True, confirmation_prompt=True)
    else:
        given = sys.stdin.readline().rstrip("\n")
    try:
        new = _PASSWORD.validate_python(given)
    except ValidationError:
        terminal.fail(CliCode.INVALID, f"a password has {SHORTEST} characters or more")

    async def work(app: App) -> None:
        answer = await app.sign_in.set_password(await _of(app, terminal, user), new, context(SYSTEM))
        if isinstance(answer, Failure):
            terminal.fail(answer.code, answer.message)

    opened(terminal, work)
    terminal.out.print(f"{user} can sign in: POST /api/v1/sessions", markup=False, highlight=False)


def reset(
    context_: typer.Context, user: Annotated[str, typer.Argument(help="The user name")], as_json: Json = False
) -> None:
    """Make what lets a user set a password, once and within a day: POST /api/v1/password-resets."""
    terminal: Terminal = context_.obj
    terminal.as_json = as_json

    async def work(app: App) -> str:
        given = await app.sign_in.issue_reset(await _of(app, terminal, user), context(SYSTEM))
        if isinstance(given, Failure):
            terminal.fail(given.code, given.message)
        return given.text.get_secret_value()

    made = opened(terminal, work)
    terminal.tell({"reset": made}, lambda out: out.print(made, soft_wrap=True, highlight=False))


async def _of(app: App, terminal: Terminal, username: str) -> UUID:
    """The user of that name."""
    found = await holder_of(app, username)
    if found is None:
        terminal.fail(CliCode.USER_UNKNOWN, f"there is no user {username!r}; register one: projectory user add")
    return found


async def access_token(app: App, terminal: Terminal, user: UUID, lifetime: timedelta) -> str:
    """An access token of a session of its own, which can be ended like any other."""
    tokens = await app.sign_in.start(user, "command line", context(user), lifetime=lifetime)
    if isinstance(tokens, Failure):
        terminal.fail(tokens.code, tokens.message)
    return await mint(app.keyring, user, tokens.session, lifetime)
