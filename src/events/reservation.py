# These names and fields are the stored format: add, never change.
"""Uniqueness: a value is held by one holder at a time, under a name that does not show it."""

from uuid import UUID

from .event import Event


class NameReserved(Event):
    holder: UUID


class NameReleased(Event):
    holder: UUID


ReservationEvent = NameReserved | NameReleased
