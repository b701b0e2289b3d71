"""What is known: read models projected from the log, and the runner that keeps them."""

from .audit import AUDIT
from .checkpoints import Progress
from .links import LINKS
from .projection import Projection
from .projects import PROJECTS
from .rows import ReadModel
from .runner import Runner
from .tasks import TASKS
from .users import USERS

PROJECTIONS = (USERS, PROJECTS, TASKS, LINKS, AUDIT)
BY_NAME = {projection.name: projection for projection in PROJECTIONS}
READ_TABLES = ReadModel.metadata

__all__ = ["BY_NAME", "PROJECTIONS", "READ_TABLES", "Progress", "Projection", "Runner"]
