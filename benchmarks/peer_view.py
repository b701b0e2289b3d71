"""A read model of tasks with the `eventsourcing` library: a tracking recorder with a table, and its projection.

Written as the library's documentation shows it: the tracked position and the row change together, in one
transaction an event. Each event costs one statement on the row, prepared by its key. Neither outline nor WBS
codes are derived; our projection does that besides.
"""

from typing import Any
from uuid import UUID

from .peer import SQL, Application, PostgresDatastore, PostgresTrackingRecorder, Projection, Tracking
from .peer_events import TaskAdded, TaskDurationChanged, TaskMoved, TaskPlaced, TaskProgressRecorded, TaskUpdated

TABLE = "task_rows"
_CREATE = f"""
CREATE TABLE IF NOT EXISTS {TABLE} (
    id uuid PRIMARY KEY, project uuid NOT NULL, parent uuid, rank text NOT NULL, placed boolean NOT NULL,
    name text NOT NULL, notes text NOT NULL, duration_tenths bigint NOT NULL, duration_elapsed boolean NOT NULL,
    constraint_type text NOT NULL, constraint_date timestamp, percent_complete integer NOT NULL,
    actual_start timestamp, actual_finish timestamp, revision bigint NOT NULL, placement_revision bigint NOT NULL,
    created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL
)"""
_INDEX = f"CREATE INDEX IF NOT EXISTS {TABLE}_project ON {TABLE} (project)"
_ADD = f"""
INSERT INTO {TABLE} VALUES (%(task)s, %(project)s, NULL, '', false, %(name)s, %(notes)s, %(duration_tenths)s,
    %(duration_elapsed)s, %(constraint_type)s, %(constraint_date)s, 0, NULL, NULL, %(originator_version)s, 0,
    %(timestamp)s, %(timestamp)s)"""
_UPDATE = f"""
UPDATE {TABLE} SET name = coalesce(%(name)s, name), notes = coalesce(%(notes)s, notes),
    revision = %(originator_version)s, updated_at = %(timestamp)s WHERE id = %(task)s"""
_DURATION = f"""
UPDATE {TABLE} SET duration_tenths = %(duration_tenths)s, duration_elapsed = %(duration_elapsed)s,
    revision = %(originator_version)s, updated_at = %(timestamp)s WHERE id = %(task)s"""
_PROGRESS = f"""
UPDATE {TABLE} SET percent_complete = %(percent_complete)s, actual_start = %(actual_start)s,
    actual_finish = %(actual_finish)s, revision = %(originator_version)s, updated_at = %(timestamp)s
WHERE id = %(task)s"""
_PLACE = f"""
UPDATE {TABLE} SET placed = true, parent = %(parent)s, rank = %(rank)s,
    placement_revision = %(originator_version)s, updated_at = %(timestamp)s WHERE id = %(task)s"""

_STATEMENTS = {
    TaskAdded: _ADD,
    TaskUpdated: _UPDATE,
    TaskDurationChanged: _DURATION,
    TaskProgressRecorded: _PROGRESS,
    TaskPlaced: _PLACE,
    TaskMoved: _PLACE,
}


class Planning(Application[UUID]):
    """The application that the events belong to."""


class TasksView(PostgresTrackingRecorder):
    """The rows of tasks, and the position that they stand for."""

    def __init__(self, datastore: PostgresDatastore, **kwargs: Any) -> None:
        super().__init__(datastore, **kwargs)
        self.sql_create_statements += [SQL(_CREATE).format(), SQL(_INDEX).format()]
        self.reached = 0
        """The last position that is committed, so that who waits need not ask the database."""

    def write(self, statement: str, fields: dict[str, Any], tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(statement, fields, prepare=True)
        self.reached = tracking.notification_id


class TasksProjection(Projection[TasksView]):
    name = "tasks"

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        self.view.write(_STATEMENTS[type(domain_event)], vars(domain_event), tracking)
