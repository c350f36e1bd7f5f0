"""Every list goes out as CSV, as an Excel workbook and as ndjson, in one way."""

import csv
import json
import re
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from django.urls import reverse

import counterfoil.web
from counterfoil.features.clients.models import Client
from counterfoil.mirror.models import Organisation
from counterfoil.web.downloads import FORMS
from tests.factories.workbook import read_workbook
from tests.integration.web.firms import NOW, Firm, make_firm, make_invoice, make_organisation

TEMPLATES = Path(counterfoil.web.__file__).parent / "templates"
OF_FIRM = ("export_clients", "export_agreements", "export_time", "export_expenses", "export_units", "audit")
OF_ORGANISATION = (
    "export_invoices", "export_contacts", "export_profit_and_loss", "export_receivables",
    "export_profitability", "export_recharge_report", "export_wishes", "changes", "closed",
)  # fmt: skip
FORMULA = "=HYPERLINK(1)"


@pytest.fixture
def firm(db: None) -> Firm:
    """A firm with an organisation, an invoice, and a client whose name a spreadsheet would run."""
    made = make_firm()
    make_invoice(made, make_organisation(made), number="INV-1")
    with made.inside():
        Client.objects.create(workspace=made.workspace, name=FORMULA, created_at=NOW)
    return made


def fetch(firm: Firm, path: str, form: str) -> bytes:
    answer: Any = firm.client.get(path, {"form": form})
    assert answer.status_code == 200
    assert f".{form}" in answer.headers["Content-Disposition"]
    return b"".join(answer.streaming_content)


@pytest.mark.parametrize("name", [*OF_FIRM, *OF_ORGANISATION])
def test_a_list_goes_out_in_every_form_with_the_same_columns(firm: Firm, name: str) -> None:
    with firm.inside():
        organisation = Organisation.objects.get().pk
    path = reverse(name, args=[organisation] if name in OF_ORGANISATION else [])

    as_csv, as_book, as_lines = (fetch(firm, path, form) for form in ("csv", "xlsx", "ndjson"))

    rows = list(csv.reader(StringIO(as_csv.decode("utf-8-sig"))))
    sheet = read_workbook(as_book)
    lines = [json.loads(line) for line in as_lines.decode().splitlines()]
    assert len(lines) == len(rows) - 1 == len(sheet)
    assert {title for row in sheet for title in row} <= set(rows[0])  # an empty cell is not written
    assert all(list(line) == rows[0] for line in lines)


def test_no_spreadsheet_runs_what_somebody_wrote(firm: Firm) -> None:
    path = reverse("export_clients")

    as_csv, as_book, as_lines = (fetch(firm, path, form) for form in ("csv", "xlsx", "ndjson"))

    assert f"'{FORMULA}" in as_csv.decode("utf-8-sig")
    assert [row["Name"] for row in read_workbook(as_book)] == [FORMULA]
    with ZipFile(BytesIO(as_book)) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
    assert json.loads(as_lines)["Name"] == FORMULA


def test_no_page_offers_files_in_another_way() -> None:
    own_ways = [
        path.name
        for path in TEMPLATES.rglob("*.html")
        if re.search(r"form(at)?=.?(csv|xlsx|ndjson)", path.read_text()) or "As CSV" in path.read_text()
    ]

    assert own_ways == []


def test_what_is_asked_of_a_list_is_asked_of_its_file(firm: Firm) -> None:
    page = firm.client.get(reverse("clients"), {"q": "a&b"}).content.decode()

    assert [f"q=a%26b&amp;form={form}" in page for form in FORMS] == [True] * len(FORMS)
