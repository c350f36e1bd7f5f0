"""The mirror, out: every format holds the same records, exactly."""

import csv
import io
import json
import zipfile
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

from counterfoil.mirror.models import Contact, Invoice
from counterfoil.mirror.scope import across_workspaces
from tests.integration.cli.conftest import Said, Shell

ORGANISATION = "Brightwater Studio Ltd"
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def totals_here() -> dict[str, Decimal]:
    with across_workspaces():
        return {row.xero_id: row.total for row in Invoice.objects.all()}


def read_csv(said: Said) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(said.text, newline="")))


def test_csv_holds_every_record_with_its_exact_amount(synced: Shell) -> None:
    said = synced.run("export", "invoices")

    expected = totals_here()
    assert said.code == 0
    assert {row["xero_id"]: Decimal(row["total"]) for row in read_csv(said)} == expected
    assert said.err.splitlines()[-1] == f"{len(expected)} invoices of {ORGANISATION}"


def test_ndjson_holds_amounts_as_strings(synced: Shell) -> None:
    said = synced.run("export", "invoices", "--format", "ndjson")

    records = [json.loads(line) for line in said.text.splitlines()]
    assert {record["xero_id"]: Decimal(record["total"]) for record in records} == totals_here()
    assert {type(record["total"]) for record in records} == {str}


def test_xlsx_holds_amounts_as_numbers(synced: Shell, tmp_path: Path) -> None:
    file = tmp_path / "invoices.xlsx"

    said = synced.run("export", "invoices", "--format", "xlsx", "--output", str(file))

    expected = totals_here()
    rows = read_xlsx(file)
    total = rows[0].index("total")
    assert (said.code, said.text) == (0, "")
    assert said.err.splitlines()[-1] == f"{len(expected)} invoices of {ORGANISATION} in {file}"
    assert {str(row[0]): Decimal(str(row[total])) for row in rows[1:]} == expected


def test_no_cell_is_run_as_a_formula(synced: Shell, tmp_path: Path) -> None:
    with across_workspaces():
        victim = Contact.objects.order_by("xero_id").first()
        assert victim is not None
        Contact.objects.filter(pk=victim.pk).update(name='=HYPERLINK("http://evil.example","pay")')
    file = tmp_path / "contacts.xlsx"

    cells = {row["xero_id"]: row["name"] for row in read_csv(synced.run("export", "contacts"))}
    synced.run("export", "contacts", "--format", "xlsx", "--output", str(file))

    assert cells[victim.xero_id] == '\'=HYPERLINK("http://evil.example","pay")'
    with zipfile.ZipFile(file) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")


def test_an_unknown_kind_lists_the_known_ones(connected: Shell) -> None:
    said = connected.run("export", "invoces")

    assert (said.code, said.text) == (2, "")
    assert said.err.startswith("There is no kind 'invoces'. Kinds are: organisation, users, ")


def test_a_file_that_cannot_be_written_is_said_in_a_sentence(connected: Shell) -> None:
    said = connected.run("export", "invoices", "--output", "/nowhere/invoices.csv")

    assert said == Said(
        2, b"", "/nowhere/invoices.csv cannot be written; name a file in a folder that exists.\n"
    )


def read_xlsx(file: Path) -> list[list[object]]:
    """Return the cells of the first sheet, read as the file format says."""
    with zipfile.ZipFile(file) as book:
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))
    rows: list[list[object]] = []
    for row in sheet.iter(f"{SHEET}row"):
        cells: dict[str, object] = {}
        for cell in row.iter(f"{SHEET}c"):
            column = (cell.get("r") or "").rstrip("0123456789")
            text = cell.findtext(f"{SHEET}is/{SHEET}t")
            value = cell.findtext(f"{SHEET}v")
            cells[column] = text if text is not None else Decimal(value or "0")
        if not rows:
            columns = list(cells)
        rows.append([cells.get(column) for column in columns])
    return rows
