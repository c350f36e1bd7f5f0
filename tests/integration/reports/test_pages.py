"""The pages of the profit and loss: each figure opens documents that add up to it (X16)."""

import csv
import io
import re
from decimal import Decimal
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from counterfoil.mirror.models import Invoice, Organisation
from tests.factories.workbook import read_workbook
from tests.integration.reports.conftest import copy_organisation
from tests.integration.web.addresses import read_whole
from tests.integration.web.firms import Firm, make_firm, make_organisation
from tests.unit.xero_sandbox.conftest import Xero

COOLABAH = "Coolabah Trades Pty Ltd"

_CELL = re.compile(r'<a href="([^"]*/documents/\?[^"]*)">([^<]*)</a>')
_SUM = re.compile(r"together <strong>([^<]*) AUD</strong>")


def read_amount(text: str) -> Decimal:
    return Decimal(text.strip().replace(",", "").replace("−", "-"))


def list_cells(firm: Firm, address: str) -> list[tuple[str, Decimal]]:
    answer = firm.client.get(address)
    assert answer.status_code == 200
    return [(unescape(href), read_amount(text)) for href, text in _CELL.findall(answer.content.decode())]


@pytest.fixture
def books(db: None, demo: Xero) -> tuple[Firm, Organisation]:
    """A firm with a whole copy of the Australian demo organisation."""
    return copy_organisation(demo, COOLABAH)


def test_the_documents_behind_every_figure_add_up_to_it(books: tuple[Firm, Organisation]) -> None:
    firm, organisation = books
    page = f"/o/{organisation.pk}/reports/profit-and-loss/?until=2026-10&months=3"
    category = re.search(r'<option value="([^"]+)">Columns: ', firm.client.get(page).content.decode())
    assert category is not None

    for address in (page, f"{page}&basis=cash", f"{page}&category={category[1]}"):
        cells = list_cells(firm, address)
        assert len(cells) > 20
        for href, amount in cells[::7]:
            opened = _SUM.search(firm.client.get(href).content.decode())
            assert opened is not None, href
            assert read_amount(opened[1]) == amount, href


def test_a_page_asks_the_database_as_often_for_three_months_as_for_twelve(
    books: tuple[Firm, Organisation],
) -> None:
    firm, organisation = books
    counts = []
    for months in (3, 12):
        with CaptureQueriesContext(connection) as asked:
            firm.client.get(f"/o/{organisation.pk}/reports/profit-and-loss/?months={months}&until=2026-11")
        counts.append(len(asked))

    assert counts[0] == counts[1]


def test_the_file_has_what_the_page_shows(books: tuple[Firm, Organisation]) -> None:
    firm, organisation = books
    query = "until=2026-10&months=3"

    text = read_whole(firm.client.get(f"/o/{organisation.pk}/reports/profit-and-loss/export/?{query}"))

    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
    assert rows[0] == [
        "Part",
        "Code",
        "Account",
        "Aug 2026",
        "Sep 2026",
        "Oct 2026",
        "Total",
        "A year before",
    ]
    cells = list_cells(firm, f"/o/{organisation.pk}/reports/profit-and-loss/?{query}")
    shown = {amount for _, amount in cells}
    net = next(row for row in rows if row[2] == "Net profit")
    assert {Decimal(one) for one in net[3:7]} <= shown
    assert sum(Decimal(one) for one in net[3:6]) == Decimal(net[6])


def test_the_workbook_has_numbers_that_add_up_to_what_the_page_shows(
    books: tuple[Firm, Organisation],
) -> None:
    firm, organisation = books
    page = f"/o/{organisation.pk}/reports/profit-and-loss/"
    query = "until=2026-10&months=3"

    file = firm.client.get(f"{page}export/?{query}&form=xlsx")
    rows = read_workbook(file.getvalue())

    months = ["Aug 2026", "Sep 2026", "Oct 2026"]
    shown = {amount for _, amount in list_cells(firm, f"{page}?{query}")}
    totals = {str(row["Account"]): row for row in rows if str(row["Account"]).startswith("Total ")}
    for name, row in totals.items():
        part = [one for one in rows if one.get("Part") == row["Part"] and one["Account"] not in totals]
        for column in [*months, "Total", "A year before"]:
            amounts = [amount for one in part if isinstance(amount := one[column], Decimal)]
            assert len(amounts) == len(part), name
            assert sum(amounts, Decimal(0)) == row[column], (name, column)
        assert {row[month] for month in months} <= shown | {Decimal(0)}
    assert len(totals) == 3


def test_nothing_in_these_months_is_said_and_a_strange_address_asks_for_the_start(db: None) -> None:
    firm = make_firm()
    organisation = make_organisation(firm)

    page = f"/o/{organisation.pk}/reports/profit-and-loss/"
    for query in ("", "?months=0&until=99&basis=x&option=%00&category='", "documents/?account=%00&from=x"):
        answer = firm.client.get(page + query)
        assert answer.status_code == 200
        assert "Nothing" in answer.content.decode()


def test_a_document_that_cannot_be_read_is_named_on_the_page_and_in_the_file(
    books: tuple[Firm, Organisation],
) -> None:
    firm, organisation = books
    page = f"/o/{organisation.pk}/reports/profit-and-loss/"
    with firm.inside():
        damaged = Invoice.objects.filter(kind="ACCREC", status="PAID").exclude(number="").latest("date")
        whole = damaged.raw
        Invoice.objects.filter(pk=damaged.pk).update(raw='{"LineItems": "gone"}')

    shown = firm.client.get(page).content.decode()
    text = read_whole(firm.client.get(f"{page}export/"))

    assert "1 document is not in these figures" in shown
    assert f'/{damaged.xero_id}/"><bdi>{damaged.number}</bdi></a>' in shown
    assert f"Not in these figures,,{damaged.number} {damaged.contact_name}: " in text

    with firm.inside():
        Invoice.objects.filter(pk=damaged.pk).update(raw=whole)
    assert "not in these figures" not in firm.client.get(page).content.decode()
