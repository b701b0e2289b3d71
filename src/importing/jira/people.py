"""The persons of a file become users: those who have an account here, and accounts that nobody uses for the others."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID, uuid5

from pydantic import TypeAdapter, ValidationError
from uuid_utils.compat import uuid7

from ...commands.command import Command, Context
from ...commands.loop import CommandLoop
from ...commands.person import RecordPerson
from ...commands.result import Failure
from ...commands.session import Session
from ...commands.user import RESERVATION, USER, RegisterUser, Username
from ..differences import CommandRefusedError
from ..plan_file import ImportRefused, RefusalCode
from .values import Person

_NAMESPACE = UUID("6f0d6f8e-7a0c-5c39-9a53-1d0b6c3c6a44")
_BATCH = 200
_LONGEST = 512
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")
_USERNAME: TypeAdapter[str] = TypeAdapter(Username)


@dataclass(frozen=True, slots=True)
class Known:
    """The users that the persons are, by their ids in Jira; how many had an account, and how many got one."""

    users: Mapping[str, UUID]
    matched: int
    recorded: int


async def known_people(
    people: Sequence[Person], commands: CommandLoop, context: Context, named: Mapping[str, str] | None = None
) -> Known:
    """Finds each person by e-mail address or user name, and records those who have no account.

    `named` gives the user name or e-mail address here for names in Jira. Raises CommandRefusedError.
    """
    session = commands.session(context, fresh=True)
    users: dict[str, UUID] = {}
    wanted: list[RecordPerson] = []
    found = {person.id: await _names(person, named or {}, session) for person in people}
    names = sorted({name for each in found.values() for name in each})
    holders = await _holders(names, session)
    matched = 0
    for person in people:
        holder = next((held for name in found[person.id] if (held := holders[name]) is not None), None)
        if holder is not None:
            matched += 1
            users[person.id] = holder
            continue
        command = await _recorded(person, session)
        users[person.id] = command.user
        if not (await session.load(USER.at(command.user))).deleted:  # who was deleted here stays so
            wanted.append(command)
    for start in range(0, len(wanted), _BATCH):
        batch: list[Command] = list(wanted[start : start + _BATCH])
        answer = await commands.execute_all(batch, replace(context, command_id=uuid7(), new_id=uuid7()))
        if isinstance(answer, Failure):
            raise CommandRefusedError(batch[0], answer, "the persons of the file")
    return Known(users, matched, len(wanted))


async def _names(person: Person, named: Mapping[str, str], session: Session) -> list[str]:
    """The reservations of the names that the person may have here, the surest first."""
    said = named.get(person.login.casefold()) or named.get(person.id.casefold())
    if said is not None:
        return [await session.reservation(kind, said) for kind in ("username", "email")]
    own = [await session.reservation("email", person.email)] if person.email else []
    return [*own, await session.reservation("username", await _username(person, session))]


async def _holders(names: Sequence[str], session: Session) -> dict[str, UUID | None]:
    states = await session.load_all([RESERVATION.at(name) for name in names])
    return {name: state.holder for name, state in zip(names, states, strict=True)}


async def _recorded(person: Person, session: Session) -> RecordPerson:
    username = await _username(person, session)
    command = RecordPerson(
        user=await _id(person, session),
        username=username,
        name=" ".join((person.name or person.login).split())[:_LONGEST] or username,
    )
    try:
        with_email = RegisterUser(username=username, email=person.email or "", name=command.name)
    except ValidationError:  # it has none, or one that is none
        return command
    return command.model_copy(update={"email": with_email.email})


async def _id(person: Person, session: Session) -> UUID:
    """The same at every import, so that who was deleted is not made again; a keyed digest, so that it tells nothing."""
    return uuid5(_NAMESPACE, await session.reservation("jira-person", person.id))


async def _username(person: Person, session: Session) -> str:
    """The name that they sign in with in Jira, if it can be one here; else one that is like it, and nobody else's."""
    try:
        return _USERNAME.validate_python(person.login)
    except ValidationError:
        like = _NOT_IN_NAMES.sub("-", person.login).strip("._-")[:40] or "jira"
        return f"{like}-{(await session.reservation('jira-person', person.id))[-8:]}"


def people_of(path: Path) -> dict[str, str]:
    """A table of names in Jira and user names or e-mail addresses here, as CSV. Raises ImportRefused."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [(number, row) for number, row in enumerate(csv.reader(file), 1) if any(map(str.strip, row))]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        message = f"The table of people cannot be read: {error}."
        raise ImportRefused(RefusalCode.FILE_UNREADABLE, message, None, "Give a CSV file in UTF-8.") from None
    for number, row in rows:
        if len(row) != 2 or not all(map(str.strip, row)):  # noqa: PLR2004 - two columns
            message = "A line of the table of people has a name in Jira, a comma, and a user name or e-mail address."
            raise ImportRefused(RefusalCode.BAD_VALUE, message, number, "Correct the line.")
    return {row[0].strip().casefold(): row[1].strip() for _, row in rows}
