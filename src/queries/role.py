"""The roles that can be assigned."""

from sqlalchemy import select

from ..projections.roles import RoleRow
from .reading import Page, ReadSession, View, key_of, page


class RoleView(View):
    """A role by its code. Those of the system have no revision: they stay as they are."""

    code: str
    name: str
    permissions: tuple[str, ...]
    retired: bool
    revision: int | None


async def list_roles(read: ReadSession, *, after: str | None = None, limit: int = 100) -> Page[RoleView]:
    """The roles that were defined, by code."""
    roles = read[RoleRow]
    wanted = select(roles).order_by(roles.c.code).limit(limit + 1)
    if after is not None:
        wanted = wanted.where(roles.c.code > key_of(after, str)[0])
    return page((await read.execute(wanted)).all(), limit, RoleView, "code")


async def get_role(read: ReadSession, code: str) -> RoleView | None:
    """The role that was defined under this code."""
    roles = read[RoleRow]
    row = (await read.execute(select(roles).where(roles.c.code == code))).one_or_none()
    return None if row is None else RoleView.model_validate(row)
