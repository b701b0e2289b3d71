"""Who somebody is. Names are sealed in the read model; who may see them reveals them."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from ..events.keyring import Keyring
from ..projections.users import UserRow
from .reading import ReadSession, View

ERASED = "(deleted user)"


class UserView(View):
    id: UUID
    username: str
    name: str
    email: str | None
    roles: tuple[str, ...]
    active: bool
    revision: int


async def get_user(read: ReadSession, keyring: Keyring, user: UUID) -> UserView | None:
    users = read[UserRow]
    row = (await read.execute(select(users).where(users.c.id == user))).one_or_none()
    if row is None:
        return None
    username, email, name = await revealed(keyring, row, "username", "email", "name")
    return UserView(
        id=row.id,
        username=username or ERASED,
        name=name or ERASED,
        email=email,
        roles=tuple(row.roles),
        active=row.active,
        revision=row.revision,
    )


async def revealed(keyring: Keyring, row: Any, *fields: str) -> list[str | None]:
    """The personal values of a row; None where there is none, or none any more."""
    stored = {field: value for field in fields if (value := getattr(row, field)) is not None}
    plain = dict(zip(stored, await keyring.read(stored.items()), strict=True))
    return [plain.get(field) for field in fields]


async def names_of(read: ReadSession, keyring: Keyring, users: list[UUID]) -> dict[UUID, str]:
    """The names to show for users."""
    if not users:
        return {}
    table = read[UserRow]
    known = table.c.name.is_not(None) & table.c.id.in_(users)
    rows = (await read.execute(select(table.c.id, table.c.name).where(known))).all()
    names = await keyring.read([("name", row.name) for row in rows])
    return dict.fromkeys(users, ERASED) | {row.id: name or ERASED for row, name in zip(rows, names, strict=True)}
