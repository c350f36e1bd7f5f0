"""Makes the views in the database, and lets their readers in."""

from hashlib import sha256

import structlog
from django.db import DatabaseError, connection, transaction
from psycopg import errors, sql

from counterfoil.features.publishing.models import Reader
from counterfoil.features.publishing.shapes import Column, View
from counterfoil.features.publishing.views import VIEWS
from counterfoil.mirror.scope import across_workspaces

SCHEMA = "reporting"

log = structlog.get_logger(__name__)

# By this a schema is known for ours: one of the same name that somebody else made is left alone.
_OURS = "Counterfoil’s views, edition "

# Whoever sets the workspace of a session to another one sees no rows: the role decides as well.
_IS_READER = (
    "r.workspace_id = (select reader.workspace_id from publishing_reader reader"
    " where reader.role_name = current_user::text)"
)


def drop_views() -> None:
    """Take the views away; what they show stays. They stay where somebody built upon them."""
    if not (_read_comment() or "").startswith(_OURS):
        return
    names = sql.SQL(", ").join(sql.Identifier(SCHEMA, name) for name in _list_views())
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            if _list_views():
                cursor.execute(sql.SQL("drop view {}").format(names))
    except DatabaseError as refused:
        if not isinstance(refused.__cause__, errors.DependentObjectsStillExist):
            raise
        log.warning("views kept, because others depend on them", schema=SCHEMA)


def build_views() -> None:
    """Make the views unless they are there as this version has them, and let every reader read them."""
    statements = [_write_view(view) for view in VIEWS]
    edition = _OURS + sha256("\n".join(statements).encode()).hexdigest()[:16]
    comment = _read_comment()
    if comment == edition and set(_list_views()) >= {view.name for view in VIEWS}:
        return
    if comment is not None and not comment.startswith(_OURS):
        log.warning("views not made: the schema is somebody else's", schema=SCHEMA)
        return
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"create schema if not exists {SCHEMA}")
            for view, statement in zip(VIEWS, statements, strict=True):
                cursor.execute(statement)
                _describe(view)
            cursor.execute(
                sql.SQL("comment on schema {} is {}").format(sql.Identifier(SCHEMA), sql.Literal(edition))
            )
    except DatabaseError as refused:
        if not isinstance(refused.__cause__, errors.InsufficientPrivilege):
            raise
        log.warning("views not made: the database does not let us make a schema", schema=SCHEMA)
        return
    _let_readers_in()


def are_there() -> bool:
    """Say whether there are views to read."""
    return set(_list_views()) >= {view.name for view in VIEWS}


def write_grants(role: str) -> list[sql.Composed]:
    """Return the statements that let a role read the views, and nothing else."""
    schema, reader = sql.Identifier(SCHEMA), sql.Identifier(role)
    return [
        sql.SQL("grant usage on schema {} to {}").format(schema, reader),
        sql.SQL("grant select on all tables in schema {} to {}").format(schema, reader),
    ]


def _let_readers_in() -> None:
    """A role of a restored backup that this server does not know is left out."""
    with across_workspaces():
        readers = list(Reader.objects.values_list("role_name", flat=True))
    with connection.cursor() as cursor:
        cursor.execute("select rolname from pg_roles where rolname = any(%s)", [readers])
        for (role,) in cursor.fetchall():
            for statement in write_grants(role):
                cursor.execute(statement)


def _write_view(view: View) -> str:
    columns = ",\n  ".join(f"{_cast(column)} as {column.name}" for column in view.columns)
    return (
        f"create or replace view {SCHEMA}.{view.name} with (security_barrier) as\n"
        f"select\n  {columns}\n{view.source} and {_IS_READER}"
    )


def _cast(column: Column) -> str:
    return f"({column.source})::{column.type}"


def _describe(view: View) -> None:
    said = [(sql.SQL("view"), sql.Identifier(SCHEMA, view.name), view.row)]
    said += [
        (sql.SQL("column"), sql.Identifier(SCHEMA, view.name, column.name), column.meaning)
        for column in view.columns
    ]
    statement = sql.SQL("; ").join(
        sql.SQL("comment on {} {} is {}").format(kind, name, sql.Literal(words)) for kind, name, words in said
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _list_views() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("select viewname from pg_views where schemaname = %s order by 1", [SCHEMA])
        return [str(name) for (name,) in cursor.fetchall()]


def _read_comment() -> str | None:
    """Return what the schema says of itself: None where there is no such schema."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select coalesce(obj_description(oid, 'pg_namespace'), '') from pg_namespace where nspname = %s",
            [SCHEMA],
        )
        row = cursor.fetchone()
    return str(row[0]) if row else None
