"""What a role that reads one firm sees through the views, and what it does not."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from counterfoil.features.clients.models import Client
from counterfoil.features.publishing.building import build_views, drop_views
from counterfoil.features.publishing.models import Reader
from counterfoil.features.publishing.page import render_page
from counterfoil.features.publishing.roles import Made, NameTaken, end_reader, make_reader
from counterfoil.features.publishing.views import VIEWS
from counterfoil.features.workspaces.models import AuditEntry
from tests.integration.web.firms import NOW, Firm, make_firm, make_invoice, make_organisation

LINES = """{"LineItems": [{"LineItemID": "line-1", "Description": "Care", "Quantity": 3.0,
"UnitAmount": 19.9901, "LineAmount": 59.97, "TaxAmount": 11.99, "AccountCode": "200"}]}"""


@contextmanager
def reading(made: Made) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(f"{made.where} password={made.password}") as reader:
        yield reader


@pytest.fixture
def two_firms(transactional_db: None) -> Iterator[tuple[Firm, Made, Firm, Made]]:
    """Two firms with one invoice each, and a role for each."""
    build_views()
    made: list[tuple[Firm, Made]] = []
    for name in ("ours", "theirs"):
        firm = make_firm(f"The firm {name}")
        organisation = make_organisation(firm, f"Books {name}")
        with firm.inside():
            make_invoice(firm, organisation, number=f"INV-{name}", total=Decimal("1234.5"), raw=LINES)
            Client.objects.create(workspace=firm.workspace, name=f"Client {name}", created_at=NOW)
            role = make_reader(workspace=firm.workspace, name=f"reader_{name}", now=NOW)
        made.append((firm, role))
    yield (*made[0], *made[1])
    for firm, role in made:
        with firm.inside():
            end_reader(workspace=firm.workspace, name=role.name, now=NOW)


def test_a_role_sees_its_own_firm_in_every_view_and_no_other(
    two_firms: tuple[Firm, Made, Firm, Made],
) -> None:
    _, ours, _, theirs = two_firms

    with reading(ours) as mine, reading(theirs) as others:
        for view in VIEWS:
            mine.execute(f"select * from {view.name}").fetchall()  # each can be read

        assert mine.execute("select number from invoices").fetchall() == [("INV-ours",)]
        assert mine.execute("select name from clients").fetchall() == [("Client ours",)]
        assert others.execute("select number from invoices").fetchall() == [("INV-theirs",)]

        invoice = mine.execute("select total, currency, date from invoices").fetchone()
        lines = mine.execute(
            "select quantity, unit_amount, line_amount, tax_amount, currency from invoice_lines"
        )
    assert invoice == (Decimal("1234.5000"), "GBP", date(2026, 11, 1))
    assert lines.fetchall() == [
        (Decimal("3.0"), Decimal("19.9901"), Decimal("59.97"), Decimal("11.99"), "GBP")
    ]


def test_a_role_that_asks_for_another_firm_sees_no_more(two_firms: tuple[Firm, Made, Firm, Made]) -> None:
    _, ours, firm, _ = two_firms

    with reading(ours) as reader:
        seen = []
        for wanted in ("*", str(firm.workspace.pk), ""):
            reader.execute("select set_config('counterfoil.workspace', %s, false)", [wanted])
            seen.append(reader.execute("select number from invoices").fetchall())

    assert seen == [[("INV-ours",)], [], []]


def test_a_role_reads_nothing_but_the_views_and_writes_nothing(
    two_firms: tuple[Firm, Made, Firm, Made],
) -> None:
    forbidden = [
        "select * from public.mirror_invoice",
        "select access_token from public.mirror_grant",
        "select * from public.publishing_reader",
        "select password from public.workspaces_user",
        "set role counterfoil",
        "delete from reporting.clients",
        "create table reporting.mine (id int)",
    ]

    with reading(two_firms[1]) as reader:
        reader.autocommit = True
        assert reader.execute("show default_transaction_read_only").fetchone() == ("on",)
        reader.execute("set default_transaction_read_only = off")
        for statement in forbidden:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(statement)


def test_a_role_keeps_reading_with_a_new_password_and_after_a_migration_and_is_nobody_elses(
    two_firms: tuple[Firm, Made, Firm, Made],
) -> None:
    firm, ours, _, theirs = two_firms

    with firm.inside():
        again = make_reader(workspace=firm.workspace, name=ours.name, now=NOW)
        acts = list(AuditEntry.objects.filter(what=ours.name).values_list("act", flat=True))

    assert acts == ["reader.made"]
    with reading(again) as reader:
        assert reader.execute("select count(*) from invoices").fetchone() == (1,)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"), reading(ours):
        pass
    for taken in (theirs.name, "postgres"):
        with firm.inside(), pytest.raises(NameTaken):
            make_reader(workspace=firm.workspace, name=taken, now=NOW)

    drop_views()  # as a migration does
    build_views()

    with reading(again) as reader:
        assert reader.execute("select number from invoices").fetchall() == [("INV-ours",)]


@pytest.mark.django_db
def test_views_have_the_columns_and_types_that_are_promised() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select table_name, column_name, data_type from information_schema.columns"
            " where table_schema = 'reporting' order by table_name, ordinal_position"
        )
        found = cursor.fetchall()

    promised = [(view.name, one.name, one.type) for view in VIEWS for one in view.columns]
    assert found == sorted(promised, key=lambda row: row[0])


@pytest.mark.django_db
def test_a_schema_of_the_same_name_that_is_somebody_elses_is_left_alone() -> None:
    with connection.cursor() as cursor:
        cursor.execute("drop schema reporting cascade")
        cursor.execute("create schema reporting create table sales (id int)")

        build_views()
        drop_views()

        cursor.execute("select tablename from pg_tables where schemaname = 'reporting'")
        assert cursor.fetchall() == [("sales",)]
        assert not Reader.objects.exists()


def test_the_page_says_what_the_views_are() -> None:
    page = (Path(__file__).parents[3] / "docs" / "sql-views.md").read_text()

    assert page == render_page()
