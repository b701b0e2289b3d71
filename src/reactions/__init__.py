"""What follows from what happened: reactions to events and schedules, which issue commands or touch the outside."""

from .checkpoints import Progress
from .reaction import Act, Reaction, Schedule
from .reactor import Reactor

__all__ = ["Act", "Progress", "Reaction", "Reactor", "Schedule"]
