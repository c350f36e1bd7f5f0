"""Workspaces are kept apart by the database itself."""

import pytest
from django.apps import apps
from django.db import ProgrammingError, connection, transaction

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
