"""What is known: read models projected from the log, and the runner that keeps them."""

from .audit import AUDIT
from .links import LINKS
from .progress import Progress
from .projection import Projection
from .projects import PROJECTS
from .roles import ROLES
from .runner import Runner
from .tasks import TASKS
from .users import USERS

PROJECTIONS = (USERS, ROLES, PROJECTS, TASKS, LINKS, AUDIT)
BY_NAME = {projection.name: projection for projection in PROJECTIONS}
BY_TABLE = {table: projection for projection in PROJECTIONS for table in projection.tables}

__all__ = ["BY_NAME", "BY_TABLE", "PROJECTIONS", "Progress", "Projection", "Runner"]
