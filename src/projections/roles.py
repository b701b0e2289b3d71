"""The roles that were defined beside those of the system."""

from collections.abc import Iterable
from typing import assert_never, cast, get_args

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from ..events import RecordedEvent
from ..events.role import PermissionGranted, PermissionRevoked, RoleDefined, RoleEvent, RoleRetired
from .projection import Projection
from .read_model import ReadModel, Stamped
from .rows import Need, Rows


class RoleRow(Stamped, ReadModel):
    versioned = True
    __tablename__ = "roles"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    permissions: Mapped[list[str]] = mapped_column(JSON)
    retired: Mapped[bool]
    revision: Mapped[int]


def _needs(recorded: RecordedEvent) -> Iterable[Need]:
    event = cast("RoleEvent", recorded.event)
    if not isinstance(event, RoleDefined):
        yield RoleRow.code, event.role


def _apply(recorded: RecordedEvent, rows: Rows) -> None:
    event = cast("RoleEvent", recorded.event)
    stamp = {"revision": recorded.version, "updated_at": recorded.recorded_at}
    match event:
        case RoleDefined():
            row = {"code": event.role, "name": event.name, "permissions": list(event.permissions), "retired": False}
            rows.put(RoleRow, {**row, "created_at": recorded.recorded_at, **stamp})
        case PermissionGranted():
            permissions = sorted({*rows.get(RoleRow, event.role)["permissions"], event.permission})
            rows.change(RoleRow, event.role, permissions=permissions, **stamp)
        case PermissionRevoked():
            permissions = sorted({*rows.get(RoleRow, event.role)["permissions"]} - {event.permission})
            rows.change(RoleRow, event.role, permissions=permissions, **stamp)
        case RoleRetired():
            rows.change(RoleRow, event.role, retired=True, **stamp)
        case _:
            assert_never(event)


ROLES = Projection("roles", 2, (RoleRow,), get_args(RoleEvent), _needs, _apply)
