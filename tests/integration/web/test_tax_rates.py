"""A tax rate that an organisation lacks is asked for on a page, and added in Xero."""

import html
import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from counterfoil.mirror.models import Connection, Operation
from tests.integration.web.addresses import read_whole
from tests.integration.writing_firms import WritingFirm, make_writing_firm
from tests.unit.xero_sandbox.conftest import SMALL, Xero

SAID = {"name": "15% Hospitality", "percent": "15", "reported": "OUTPUT"}


@pytest.fixture(scope="module")
def books() -> Iterator[Xero]:
    made = Xero(SMALL)
    made.connect()
    yield made
    made.client.close()


@pytest.fixture
def firm(db: None, books: Xero) -> WritingFirm:
    made = make_writing_firm(books, client="Kōwhai Builders")
    with made.firm.inside():
        Connection.objects.update(writes=["tax_rates"])
    return made


def ask(firm: WritingFirm, **said: str) -> tuple[int, str]:
    """Fill the form in and press its button; return the answer's status and its words."""
    path = f"/o/{firm.organisation.pk}/settings/tax-rates/new/"
    answer = firm.firm.client.post(path, {"asked": str(uuid4())} | SAID | said)
    return answer.status_code, html.unescape(read_whole(answer)) if answer.status_code != 302 else ""


def list_asked(firm: WritingFirm) -> list[tuple[str, Any]]:
    with firm.firm.inside():
        return [(one.kind, json.loads(one.payload)) for one in Operation.objects.order_by("pk")]


def test_a_tax_rate_goes_into_the_outbox_once_however_often_the_button_is_pressed(firm: WritingFirm) -> None:
    """P1: taxes are pushed as well; PAIN 6: the press is what is stored once."""
    asked = str(uuid4())

    assert [ask(firm, asked=asked)[0] for _ in range(2)] == [302, 302]

    component = {"Name": "15% Hospitality", "Rate": 15}
    wished = {"Name": "15% Hospitality", "TaxComponents": [component], "ReportTaxType": "OUTPUT"}
    assert list_asked(firm) == [("tax_rate_new", wished)]


def test_what_xero_would_refuse_is_said_and_nothing_is_asked_for(firm: WritingFirm) -> None:
    """PAIN 9: a name that is taken, a rate that is none, a place in the return that was not chosen."""
    answers = [
        ask(firm, name="20% (vat on income)"),
        ask(firm, percent="-1"),
        ask(firm, percent="101"),
        ask(firm, reported=""),
        ask(firm, reported="INVENTED"),
        ask(firm, name=""),
    ]

    assert [status for status, _ in answers] == [422] * 6
    assert "Xero has a tax rate called “20% (vat on income)”" in answers[0][1]
    assert list_asked(firm) == []


def test_without_the_right_to_add_tax_rates_the_page_says_so(firm: WritingFirm) -> None:
    """K24: each thing that may be written is allowed by itself."""
    with firm.firm.inside():
        Connection.objects.update(writes=["invoices"])

    status, words = ask(firm)

    assert status == 422
    assert "Add the tax rate in Xero" not in words
    assert "To Settings, Account" in words
    assert list_asked(firm) == []
