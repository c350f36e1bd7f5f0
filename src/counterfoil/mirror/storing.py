"""
Stores many rows of a table at once: one COPY, one insert or update.

The rows lie in a temporary table on the way, because COPY is barred where row-level security holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection, models
from psycopg import sql


def store_rows(model: type[models.Model], rows: Sequence[models.Model]) -> None:
    """Store rows that are not here yet, and give each its primary key; call it inside a transaction."""
    if not rows:
        return
    statements = _statements(model)
    with connection.cursor() as cursor:
        cursor.execute(statements.reserve_keys, [len(rows)])
        for row, (key,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = key
        cursor.execute(statements.make_staging)
        with cursor.copy(statements.copy) as copy:
            for row in rows:
                copy.write_row([getattr(row, name) for name in statements.columns])
        cursor.execute(statements.insert)
        cursor.execute(statements.empty_staging)


def store_values(
    model: type[models.Model], columns: tuple[str, ...], rows: Sequence[Sequence[object]]
) -> None:
    """Store rows given by these columns, all but the primary key; call it inside a transaction."""
    if not rows:
        return
    statements = _statements(model, columns, "given")
    with connection.cursor() as cursor:
        cursor.execute(statements.make_staging)
        with cursor.copy(statements.copy) as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(statements.insert)
        cursor.execute(statements.empty_staging)


def overwrite_values(
    model: type[models.Model], columns: tuple[str, ...], rows: Sequence[Sequence[Any]]
) -> None:
    """Write these columns of rows that are here, each row with its primary key first; call it as above."""
    if not rows:
        return
    statements = _statements(model, ("id", *columns), "written")
    with connection.cursor() as cursor:
        cursor.execute(statements.make_staging)
        with cursor.copy(statements.copy) as copy:
            for row in rows:
                copy.write_row(row)
        keys = [row[0] for row in rows]
        # Rows that are written together mostly lie together: the database need not look through all.
        cursor.execute(statements.overwrite, [min(keys), max(keys)])
        cursor.execute(statements.empty_staging)


@dataclass(frozen=True)
class _Statements:
    columns: Sequence[str]
    reserve_keys: sql.Composed
    make_staging: sql.Composed
    copy: sql.Composed
    insert: sql.Composed
    overwrite: sql.Composed
    empty_staging: sql.Composed


@cache
def _statements(model: type[models.Model], chosen: tuple[str, ...] = (), prefix: str = "new") -> _Statements:
    """Compose the statements of one table, by our own names; `prefix` tells staging tables apart."""
    columns = chosen or [field.attname for field in model._meta.concrete_fields if not field.generated]
    table = sql.Identifier(model._meta.db_table)
    staging = sql.Identifier(f"{prefix}_{model._meta.db_table}")
    listed = sql.SQL(", ").join(sql.Identifier(name) for name in columns)
    assigned = sql.SQL(", ").join(
        sql.SQL("{name} = {staging}.{name}").format(name=sql.Identifier(name), staging=staging)
        for name in columns
        if name != "id"
    )
    sequence = sql.SQL("pg_get_serial_sequence({}, 'id')").format(sql.Literal(model._meta.db_table))
    return _Statements(
        columns=columns,
        reserve_keys=sql.SQL("select nextval({}) from generate_series(1, %s)").format(sequence),
        make_staging=sql.SQL(
            "create temporary table if not exists {} on commit delete rows as select {} from {} with no data"
        ).format(staging, listed, table),
        copy=sql.SQL("copy {} ({}) from stdin").format(staging, listed),
        insert=sql.SQL("insert into {} ({listed}) select {listed} from {}").format(
            table, staging, listed=listed
        ),
        overwrite=sql.SQL(
            "update {table} set {} from {staging} where {table}.id = {staging}.id"
            " and {table}.id between %s and %s"
        ).format(assigned, table=table, staging=staging),
        empty_staging=sql.SQL("truncate {}").format(staging),
    )
