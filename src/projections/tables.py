"""The tables of a generation: those of the models, under names that end in its number.

A rebuild fills the tables of a new generation beside those that are read, so nothing is ever renamed and no
reader meets a table that is half full. They are made from the models, so a read model that changes its shape
needs no migration: it takes a new version, and that fills a generation of its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, ForeignKeyConstraint, MetaData, Table, text
from sqlalchemy.sql.elements import conv

from .read_model import ReadModel
from .versions import version_table

APPLICATION_ROLE = "projectory_app"


@cache
def tables(generation: int) -> Mapping[type[ReadModel], Table]:
    """Every model's table in that generation; its constraints and indexes carry the number as well."""
    metadata = MetaData()
    templates = ReadModel.metadata.sorted_tables
    copies = [template.to_metadata(metadata) for template in templates]
    for copy in copies:
        for constraint in copy.constraints:
            if isinstance(constraint, ForeignKeyConstraint):
                _ = [element.column for element in constraint.elements]  # found now, while the names are the old ones
    for copy in copies:
        name = f"{copy.name}_{generation}"
        parts: list[Any] = [*copy.constraints, *copy.indexes]
        for part in parts:
            if part.name is not None:
                part.name = conv(part.name.replace(f"_{copy.name}", f"_{name}", 1))
        copy.name = copy.fullname = name
    models = {mapper.class_.__tablename__: mapper.class_ for mapper in ReadModel.registry.mappers}
    return {models[template.name]: copy for template, copy in zip(templates, copies, strict=True)}


@cache
def versions(generation: int) -> Mapping[type[ReadModel], Table]:
    """The tables of the versions of rows in that generation, of the models that keep them."""
    metadata = MetaData()
    return {
        model: version_table(model, f"{model.__tablename__}_versions_{generation}", metadata)
        for model in tables(generation)
        if model.versioned
    }


def make(connection: Connection, models: Iterable[type[ReadModel]], generation: int) -> list[str]:
    """Makes the tables of these models, as the role that owns the schema; the application may write them.

    The names of all that was made come back, those first that others refer to.
    """
    wanted = {model: table for model, table in tables(generation).items() if model in set(models)}
    kept = {model: table for model, table in versions(generation).items() if model in wanted}
    for table in (*wanted.values(), *kept.values()):
        table.create(connection)
    for model, table in (*wanted.items(), *kept.items()):
        if connection.dialect.name == "postgresql":
            rights = "SELECT, INSERT" if model.append_only else "SELECT, INSERT, UPDATE, DELETE"
            connection.execute(text(f"GRANT {rights} ON {table.name} TO {APPLICATION_ROLE}"))
        if model.append_only:
            _refuse_changes(connection, table)
    further = [name for model, table in wanted.items() for name in model.complete(connection, table)]
    return [*(table.name for table in (*wanted.values(), *kept.values())), *further]


def drop(connection: Connection, names: Sequence[str]) -> None:
    """Removes tables, those last that others refer to. Waits for nobody: raises when one is in use."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL lock_timeout = '1s'"))
    for name in reversed(names):
        connection.execute(text(f"DROP TABLE {name}"))


def _refuse_changes(connection: Connection, table: Table) -> None:
    name = table.name
    if connection.dialect.name == "postgresql":
        connection.execute(
            text(
                f"CREATE TRIGGER {name}_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {name} "
                "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
            )
        )
        return
    same = " AND ".join(f"{column.name} = NEW.{column.name}" for column in table.primary_key)
    there = f"EXISTS (SELECT 1 FROM {name} WHERE {same})"  # noqa: S608 - our own names
    connection.execute(
        text(
            f"CREATE TRIGGER {name}_refuse_replace BEFORE INSERT ON {name} WHEN {there} "
            f"BEGIN SELECT RAISE(ABORT, 'rows of {name} are immutable'); END"
        )
    )
    for action in ("UPDATE", "DELETE"):
        connection.execute(
            text(
                f"CREATE TRIGGER {name}_refuse_{action.lower()} BEFORE {action} ON {name} "
                f"BEGIN SELECT RAISE(ABORT, 'rows of {name} are immutable'); END"
            )
        )
