"""What is known: read models projected from the log, and the runner that keeps them."""

from .activity import ACTIVITY
from .assignments import ASSIGNMENTS
from .audit import AUDIT
from .calendars import CALENDARS
from .links import LINKS
from .moments import MOMENTS
from .progress import Progress
from .projection import Projection
from .projects import PROJECTS
from .resources import RESOURCES
from .roles import ROLES
from .runner import Runner
from .schedules import SCHEDULES
from .search import SEARCH
from .tasks import TASKS
from .users import USERS

PROJECTIONS = (
    USERS,
    ROLES,
    PROJECTS,
    TASKS,
    LINKS,
    RESOURCES,
    ASSIGNMENTS,
    CALENDARS,
    SCHEDULES,  # after all that it is derived from: they are switched in this order
    SEARCH,
    ACTIVITY,
    AUDIT,
    MOMENTS,
)
BY_NAME = {projection.name: projection for projection in PROJECTIONS}
BY_TABLE = {table: projection for projection in PROJECTIONS for table in projection.tables}

__all__ = ["BY_NAME", "BY_TABLE", "PROJECTIONS", "Progress", "Projection", "Runner"]
