"""`counterfoil explain` and `counterfoil changes`: the same words and figures as the pages."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from counterfoil.cli import explaining
from counterfoil.cli.speech import Stopped
from counterfoil.mirror.models import Organisation
from counterfoil.sync.streams import STREAM_BY_NAME
from tests.integration.web.firms import NOW, Firm, make_firm, make_organisation
from tests.integration.web.test_as_at import watch_since
from tests.integration.web.test_record_page import INVOICE, PAID_IN_PART, write

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def books(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Organisation]:
    """An invoice of 1,200 GBP, first copied at 09:00, of which 500 was paid at 10:00; and a bill."""
    from contextlib import nullcontext

    monkeypatch.setattr(explaining, "open_database", nullcontext)
    firm: Firm = make_firm()
    organisation = make_organisation(firm)
    watch_since(firm, organisation, NOW)
    stream = STREAM_BY_NAME["Invoices"]
    bill = INVOICE | {"InvoiceID": "bill", "Type": "ACCPAY", "InvoiceNumber": "SI-1"}
    write(firm, organisation, stream, INVOICE, bill, is_first_copy=True)
    write(firm, organisation, stream, PAID_IN_PART, minutes=60)
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        yield organisation


def explain(what: str, name: str | None = None, *, as_at: str | None = None, as_json: bool = False) -> None:
    explaining.explain(what, name, org=None, as_at=as_at, as_json=as_json)


def test_an_invoice_is_explained_with_its_history(books: Organisation, capsys: Captured) -> None:
    explain("invoice", "INV-0042")

    said = capsys.readouterr().out
    assert "Invoice INV-0042, Kōwhai Builders: Awaiting payment" in said
    assert "Amount due: 700.00 GBP" in said
    assert "Amount due fell from 1,200.00 to 700.00 GBP" in said
    assert "First seen here: 22 Nov 2026 09:00" in said


@pytest.mark.parametrize(("as_at", "owed"), [(None, "700"), ("2026-11-22T09:30", "1200")])
def test_receivables_are_the_sum_of_their_documents_now_and_then(
    books: Organisation, capsys: Captured, as_at: str | None, owed: str
) -> None:
    explain("receivables", as_at=as_at, as_json=True)

    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert [(one["currency"], one["owed"], one["documents"]) for one in said["sums"]] == [
        ("GBP", f"{owed}.0000", 1)
    ]
    assert [(one["number"], one["owed"]) for one in said["documents"]] == [("INV-0042", f"{owed}.0000")]


def test_payables_count_bills_only(books: Organisation, capsys: Captured) -> None:
    explain("payables")

    said = capsys.readouterr().out
    assert "1,200.00 GBP payables in 1 documents" in said
    assert "INV-0042" not in said


@pytest.mark.parametrize(
    ("what", "name", "as_at", "code"),
    [
        ("invoice", "NO-SUCH", None, 1),
        ("invoice", None, None, 2),
        ("weather", None, None, 2),
        ("receivables", None, "2026-01-01", 1),
        ("receivables", None, "nonsense", 2),
    ],
)
def test_what_cannot_be_explained_is_said(
    books: Organisation, what: str, name: str | None, as_at: str | None, code: int
) -> None:
    with pytest.raises(Stopped) as stopped:
        explain(what, name, as_at=as_at)

    assert stopped.value.code == code


def changes(
    since: str, *, dated: tuple[str | None, str | None] = (None, None), as_json: bool = False
) -> None:
    explaining.list_changes(org=None, since=since, dated_from=dated[0], dated_to=dated[1], as_json=as_json)


def test_changes_since_a_moment_are_printed_in_words(books: Organisation, capsys: Captured) -> None:
    changes("2026-11-22T09:30")

    said = capsys.readouterr()
    assert said.out.startswith(
        "2026-11-22 10:00  Invoice INV-0042: Amount due fell from 1,200.00 to 700.00 GBP"
    )
    assert "1 changes in Harbour Foods Ltd" in said.err


def test_changes_of_documents_dated_in_a_period_carry_their_effect(
    books: Organisation, capsys: Captured
) -> None:
    changes("2026-11-22T09:30", dated=("2026-11-01", "2026-11-30"), as_json=True)

    said = json.loads(capsys.readouterr().out)
    assert said["effects"] == [{"kind": "Sales invoice", "currency": "GBP", "documents": 1, "amount": "0.0"}]
    assert said["documents"][0]["then"] == "1200.0"
    with pytest.raises(Stopped):
        changes("2026-01-01", dated=("2026-11-01", None))
