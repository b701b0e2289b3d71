"""Who somebody is. Names are sealed in the read model; who may see them reveals them."""

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
    roles: tuple[str, ...]
    revision: int


async def get_user(read: ReadSession, keyring: Keyring, user: UUID) -> UserView | None:
    users = read[UserRow]
    row = (await read.execute(select(users).where(users.c.id == user))).one_or_none()
    if row is None:
        return None
    username, name = await keyring.read([("username", row.username), ("name", row.name)])
    return UserView(
        id=row.id, username=username or ERASED, name=name or ERASED, roles=tuple(row.roles), revision=row.revision
    )


async def names_of(read: ReadSession, keyring: Keyring, users: list[UUID]) -> dict[UUID, str]:
    """The names to show for users."""
    if not users:
        return {}
    table = read[UserRow]
    rows = (await read.execute(select(table.c.id, table.c.name).where(table.c.id.in_(users)))).all()
    names = await keyring.read([("name", row.name) for row in rows])
    return {row.id: name or ERASED for row, name in zip(rows, names, strict=True)}
