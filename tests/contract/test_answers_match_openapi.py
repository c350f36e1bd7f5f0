"""Every JSON answer of the Accounting endpoints has the shape that Xero publishes."""

from collections.abc import Iterator

import pytest

from tests.contract import openapi
from tests.contract.answers import SpecViolated, check_answer
from tests.unit.xero_sandbox.conftest import SMALL, Xero
from xero_sandbox.books.catalogue import RESOURCES

pytestmark = pytest.mark.skipif(not openapi.is_here(), reason=openapi.MISSING)


@pytest.fixture(scope="module")
def xero() -> Iterator[Xero]:
    made = Xero(SMALL)
    made.connect()
    yield made
    made.client.close()


def check(xero: Xero, path: str) -> None:
    answer = xero.get(path)

    assert answer.status_code == 200, answer.text
    assert check_answer("GET", answer.request.url.path, 200, answer.headers["content-type"], answer.content)


@pytest.mark.parametrize("query", ["", "?page=1&pageSize=1000&includeArchived=true", "?summaryOnly=true"])
@pytest.mark.parametrize("name", list(RESOURCES))
def test_every_list_matches(xero: Xero, name: str, query: str) -> None:
    check(xero, name + query)


@pytest.mark.parametrize("name", [name for name in RESOURCES if name not in {"Organisation", "Currencies"}])
def test_every_single_record_matches(xero: Xero, name: str) -> None:
    for row in list(xero.books.tables[name])[:25]:
        check(xero, f"{name}/{row.id}")


@pytest.mark.parametrize("name", ["ProfitAndLoss", "BalanceSheet", "TrialBalance"])
def test_every_report_matches(xero: Xero, name: str) -> None:
    check(xero, f"Reports/{name}")


def test_the_rest_matches(xero: Xero) -> None:
    (endpoint, record_id), _ = next(iter(xero.books.attachments.items()))

    check(xero, "Organisation/Actions")
    check(xero, f"{endpoint}/{record_id}/Attachments")
    check(xero, f"{endpoint}/{record_id}/History")


def test_a_misspelt_member_would_be_seen() -> None:
    body = b'{"Invoices":[{"InvoiceId":"x","Total":"12"}]}'

    with pytest.raises(SpecViolated) as caught:
        check_answer("GET", "/api.xro/2.0/Invoices", 200, "application/json", body)

    assert "InvoiceId" in str(caught.value)
    assert "12" in str(caught.value)
