# These names and fields are the stored format: add, never change.
"""What happens to the roles that people define beside those of the system."""

from .event import Event


class RoleDefined(Event):
    role: str
    name: str
    permissions: tuple[str, ...]


class PermissionGranted(Event):
    role: str
    permission: str


class PermissionRevoked(Event):
    role: str
    permission: str


class RoleRetired(Event):
    role: str


RoleEvent = RoleDefined | PermissionGranted | PermissionRevoked | RoleRetired
