"""Workspaces are kept apart by the database itself."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, ProgrammingError, connection, transaction

from counterfoil.mirror.models import Organisation, Workspace
from counterfoil.mirror.scope import across_workspaces, in_workspace

# They say which workspaces a person has, and so which one the transaction may see.
READ_BEFORE_A_WORKSPACE_IS_KNOWN = {"workspaces_membership"}


def make_two_firms() -> tuple[Workspace, Workspace]:
    with across_workspaces():
        ours, theirs = (Workspace.objects.create(name=name) for name in ("Ours", "Theirs"))
        for firm in (ours, theirs):
            Organisation.objects.create(
                workspace=firm, tenant_id=f"tenant-{firm.name}", name=f"Org of {firm}"
            )
    return ours, theirs


@pytest.mark.django_db
def test_every_table_with_a_workspace_has_a_forced_policy() -> None:
    tables = {
        model._meta.db_table
        for model in apps.get_models()
        if any(field.attname == "workspace_id" for field in model._meta.fields)
    } - READ_BEFORE_A_WORKSPACE_IS_KNOWN

    with connection.cursor() as cursor:
        cursor.execute("select relname from pg_class where relrowsecurity and relforcerowsecurity")
        protected = {row[0] for row in cursor.fetchall()}

    assert tables
    assert tables == protected & tables


@pytest.mark.django_db
def test_a_workspace_sees_its_own_rows_and_no_others() -> None:
    ours, _ = make_two_firms()

    with in_workspace(ours.pk):
        seen = [organisation.name for organisation in Organisation.objects.all()]

    assert seen == ["Org of Ours"]


@pytest.mark.django_db
def test_no_row_is_visible_without_a_scope() -> None:
    make_two_firms()

    assert list(Organisation.objects.all()) == []


@pytest.mark.django_db
def test_a_row_of_another_workspace_cannot_be_written() -> None:
    ours, theirs = make_two_firms()

    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
        in_workspace(ours.pk),
    ):
        Organisation.objects.create(workspace=theirs, tenant_id="smuggled", name="Smuggled")


@pytest.mark.django_db
def test_an_inner_scope_gives_the_outer_one_back() -> None:
    ours, _ = make_two_firms()

    with in_workspace(ours.pk):
        with across_workspaces():
            assert Organisation.objects.count() == 2
        assert Organisation.objects.count() == 1


@pytest.mark.django_db
def test_no_row_of_any_table_is_read_or_written_by_another_firm() -> None:
    ours, theirs = make_two_firms()
    wrong: list[str] = []
    tables = 0
    for table in list_isolated_tables():
        tables += 1
        with transaction.atomic():
            wrong += [f"{table}: {what}" for what in try_as_another(table, ours.pk, theirs.pk)]
            transaction.set_rollback(True)
    assert tables > 80
    assert wrong == []


def try_as_another(table: str, ours: int, theirs: int) -> Iterator[str]:
    """Yield what one firm could do with a row of the other; nothing is right."""
    with across_workspaces(), connection.cursor() as cursor:
        drop_rules(cursor, table)
        if not fill(cursor, table, theirs):
            yield "could not be filled"
    with in_workspace(ours), connection.cursor() as cursor:
        for statement in (
            f"select 1 from {table}",
            f"update {table} set workspace_id = {ours}",
            f"delete from {table}",
        ):
            cursor.execute(f"{statement} where workspace_id = {theirs}")
            if cursor.rowcount:
                yield statement.split()[0]
        if fill(cursor, table, theirs):
            yield "insert"


def list_isolated_tables() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("select relname from pg_class where relrowsecurity and relforcerowsecurity order by 1")
        return [row[0] for row in cursor.fetchall()]


# A value of each type of column. References are looked at when a transaction ends, and none here does.
VALUES = {
    "bool": "false", "jsonb": "'{}'", "json": "'{}'", "uuid": "gen_random_uuid()", "date": "'2026-11-22'",
    "timestamptz": "'2026-11-22'", "time": "'09:00'", "interval": "'1 day'", "bytea": "''", "inet": "'::1'",
}  # fmt: skip
NUMBERS = {"int2", "int4", "int8", "numeric", "float8"}


def drop_rules(cursor: Any, table: str) -> None:
    """Let the table take any plain values until the transaction is taken back."""
    cursor.execute("set constraints all immediate")
    cursor.execute("set constraints all deferred")
    cursor.execute(
        "select conname from pg_constraint where conrelid = %s::regclass and contype = 'c'", [table]
    )
    for (name,) in cursor.fetchall():
        cursor.execute(f'alter table {table} drop constraint "{name}"')


def fill(cursor: Any, table: str, workspace_id: int) -> bool:
    """Put a row of this workspace into a table, of plain values; say whether the database took it."""
    cursor.execute(
        "select a.attname, t.typname, t.typcategory from pg_attribute a join pg_type t on t.oid = a.atttypid"
        " where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped and a.attnotnull"
        " and a.attgenerated = '' and a.attidentity = '' and not a.atthasdef",
        [table],
    )
    row = {
        name: "'{}'" if category == "A" else "1" if kind in NUMBERS else VALUES.get(kind, "'x'")
        for name, kind, category in cursor.fetchall()
    }
    row["workspace_id"] = str(workspace_id)
    names = ", ".join(f'"{name}"' for name in row)
    try:
        with transaction.atomic():
            cursor.execute(f"insert into {table} ({names}) values ({', '.join(row.values())})")
    except (ProgrammingError, IntegrityError) as refused:
        if "row-level security" not in str(refused):
            raise
        return False
    return True
