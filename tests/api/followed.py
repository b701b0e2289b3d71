"""A project that is followed, and what was heard of it."""

from tests.acting import Actor

from .following import Live, Message
from .world import World, make_world


async def made(live: Live) -> tuple[World, Actor]:
    """A project, and its owner as one who gives commands."""
    world = await make_world(live)
    return world, Actor(live.app.commands, world.owner.user)


def positions(messages: list[Message]) -> list[int]:
    """Where the events are in the log."""
    return [message.data["position"] for message in messages]
