"""Whatever is sent, the answer is one of Xero's: never a traceback, always a published shape."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.factories.sandbox import WRITE_SCOPES
from tests.unit.xero_sandbox.conftest import SMALL, Xero
from xero_sandbox.books.catalogue import RESOURCES
from xero_sandbox.writing import shapes
from xero_sandbox.writing.endpoint import NOUNS

TOLD = frozenset({200, 204, 400, 401, 404, 413, 501})
JUNK: SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
WORDS = st.sampled_from(
    (
        *("ACCREC", "ACCPAY", "ACCRECCREDIT", "ACCPAYCREDIT", "SPEND", "RECEIVE", "SPEND-OVERPAYMENT"),
        *("DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED", "POSTED", "ACTIVE", "ARCHIVED"),
        *(
            "Exclusive",
            "Inclusive",
            "NoTax",
            "GBP",
            "EUR",
            "JPY",
            "BANK",
            "SALES",
            "OUTPUT2",
            "INPUT2",
            "NONE",
        ),
        *("200", "429", "090", "610", "INV-0001", "INV-0002", "CN-0001", "a@b.example", "Acme", ""),
    )
)


class Fuzzed:
    """A stand-in whose books are the same before every example, so that a failure can be replayed."""

    def __init__(self, xero: Xero) -> None:
        tables = xero.books.tables
        self.xero = xero
        self.keys = {name: list(tables[name].rows) for name in RESOURCES}
        self.ids = [key for name in RESOURCES if name != "Currencies" for key in self.keys[name][-6:]]
        for row in list(tables["Invoices"])[-6:]:
            self.ids += [line["LineItemID"] for line in row.read()["LineItems"]]

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """Take back whatever is done inside."""
        with suppress(_TakeBack), self.xero.books.attempt():
            yield
            raise _TakeBack


class _TakeBack(Exception):
    pass


@pytest.fixture(scope="module")
def fuzzed() -> Iterator[Fuzzed]:
    made = Xero(SMALL)
    made.connect(scope=WRITE_SCOPES)
    yield Fuzzed(made)
    made.client.close()


def of_shape(shape: Any, known: SearchStrategy[str]) -> SearchStrategy[Any]:
    """Return values that mostly fit a shape, so that the rules behind it are reached."""
    if isinstance(shape, Mapping):
        return st.fixed_dictionaries(
            {}, optional={name: of_shape(kind, known) for name, kind in shape.items()}
        )
    if isinstance(shape, list):
        return st.lists(of_shape(shape[0], known), max_size=3)
    amounts = st.decimals(-1000, 1000, places=3).map(float) | st.integers(-5, 10**12) | st.floats()
    fitting: dict[Any, SearchStrategy[Any]] = {
        shapes.TEXT: WORDS | WORDS | st.text(max_size=300),
        shapes.NUMBER: amounts,
        shapes.WHOLE: st.integers(-5, 40) | amounts,
        shapes.FLAG: st.booleans(),
        shapes.DAY: st.dates().map(str) | st.sampled_from(["/Date(0)/", "/Date(-99999999999999999)/", "x"]),
        shapes.GUID: known,
    }
    return fitting[shape]


def send(xero: Xero, method: str, path: str, body: Any) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body, default=str).encode()
    answer = xero.client.request(method, f"/api.xro/2.0/{path}", headers=xero.headers, content=content)

    assert answer.status_code in TOLD, answer.text
    if answer.status_code == 400:
        assert {"ErrorNumber", "Type", "Message"} <= set(answer.json())


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_documents_of_every_kind_are_saved_or_refused(fuzzed: Fuzzed, data: st.DataObject) -> None:
    noun = NOUNS[data.draw(st.sampled_from(sorted(NOUNS)))]
    known = st.sampled_from(fuzzed.ids) | st.uuids().map(str)
    with fuzzed.unchanged():
        for _ in range(data.draw(st.integers(1, 3))):
            elements = data.draw(st.lists(of_shape(noun.shape, known), min_size=1, max_size=2))
            query = data.draw(st.sampled_from(["", "?summarizeErrors=false", "?unitdp=4"]))
            own = fuzzed.keys[noun.name][-8:]
            target = data.draw(st.sampled_from(["", "", *(f"/{quote(key)}" for key in own)]))
            method = data.draw(st.sampled_from(["PUT", "POST", "DELETE"]))

            send(fuzzed.xero, method, f"{noun.name}{target}{query}", {noun.name: elements})


@settings(deadline=None, max_examples=80)
@given(data=st.data())
def test_addresses_and_bodies_of_every_kind_are_answered(fuzzed: Fuzzed, data: st.DataObject) -> None:
    part = st.sampled_from(
        ["History", "Attachments", "Allocations", "Contacts", "Options", "Email", "OnlineInvoice", "pdf"]
    )
    resource = data.draw(st.sampled_from(sorted(RESOURCES)))
    row = data.draw(st.sampled_from(fuzzed.keys[resource]))
    pieces = [resource, quote(row), data.draw(part), quote(data.draw(st.text(max_size=8)), safe="")]
    depth = data.draw(st.integers(1, 4))
    method = data.draw(st.sampled_from(["GET", "PUT", "POST", "DELETE", "PATCH"]))
    body = data.draw(JUNK | st.binary(max_size=40) | st.just({"Amount": 1, "Invoice": {"InvoiceID": row}}))

    with fuzzed.unchanged():
        send(fuzzed.xero, method, "/".join(pieces[:depth]), body)


@settings(deadline=None, max_examples=80)
@given(data=st.data())
def test_queries_of_every_kind_are_answered(fuzzed: Fuzzed, data: st.DataObject) -> None:
    names = [
        "where",
        "order",
        "page",
        "pageSize",
        "IDs",
        "Statuses",
        "searchTerm",
        "summaryOnly",
        "ContactIDs",
    ]
    values = st.text(max_size=20) | st.sampled_from(
        [
            'Status=="DRAFT"',
            "Total>5 AND Date>=DateTime(2026,1,1)",
            "DateTime(0,0,0)",
            "Contact.Name.Contains(",
            "-1",
        ]
    )
    query = data.draw(st.dictionaries(st.sampled_from(names), values, max_size=4))
    resource = data.draw(
        st.sampled_from([*sorted(RESOURCES), "Reports/TrialBalance", "Reports/ProfitAndLoss"])
    )
    since = data.draw(
        st.sampled_from(["", "2026-01-01", "x", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59"])
    )
    headers = fuzzed.xero.headers | ({"if-modified-since": since} if since else {})

    answer = fuzzed.xero.client.get(f"/api.xro/2.0/{resource}", params=query, headers=headers)

    assert answer.status_code in TOLD, answer.text


@pytest.mark.parametrize("page", ["²", "-1", "0", "9" * 5000, "1.5", "٣"])
def test_a_page_that_is_no_number_is_answered(fuzzed: Fuzzed, page: str) -> None:
    path = f"Invoices?page={quote(page)}&pageSize={quote(page)}"

    assert fuzzed.xero.get(path).status_code == 200
