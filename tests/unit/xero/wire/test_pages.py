"""A page is read whole or not at all."""

import json
from datetime import UTC, datetime

import msgspec
import pytest

from counterfoil.xero.errors import AnswerNotUnderstood
from counterfoil.xero.wire.pages import Page, Pagination, parse_page

PAGE = {
    "Id": "0a1b",
    "Status": "OK",
    "ProviderName": "Counterfoil",
    "DateTimeUTC": "/Date(1552326816230)/",
    "pagination": {"page": 2, "pageSize": 1000, "pageCount": 7, "itemCount": 6021},
    "Invoices": [{"InvoiceID": "a", "Total": 0.10}, {"InvoiceID": "b"}],
}
CUT_OFF = "Xero's answer could not be understood: the list of Invoices is cut off or garbled."
OTHER_SHAPE = "Xero's answer could not be understood: the list of Invoices is not in its usual envelope."


def read(page: Page) -> tuple[list[bytes], Pagination | None, datetime]:
    return [bytes(record) for record in page.records], page.pagination, page.server_time


def test_a_page_brings_its_records_untouched_its_place_and_the_clock_of_xero() -> None:
    body = json.dumps(PAGE).encode()

    assert read(parse_page(body, "Invoices")) == (
        [b'{"InvoiceID": "a", "Total": 0.1}', b'{"InvoiceID": "b"}'],
        Pagination(page=2, page_size=1000, page_count=7, item_count=6021),
        datetime(2019, 3, 11, 17, 53, 36, 230_000, tzinfo=UTC),
    )


def test_a_list_that_is_not_paged_has_no_place() -> None:
    body = b'{"Accounts":[],"DateTimeUTC":"/Date(0+0000)/"}'

    assert read(parse_page(body, "Accounts")) == ([], None, datetime(1970, 1, 1, tzinfo=UTC))


def test_digits_of_an_amount_are_kept_as_xero_wrote_them() -> None:
    body = b'{"DateTimeUTC":"/Date(0)/","Invoices":[{"Total":0.100000000000000000001}]}'

    page = parse_page(body, "Invoices")

    assert bytes(page.records[0]) == b'{"Total":0.100000000000000000001}'


@pytest.mark.parametrize("length", range(0, len(json.dumps(PAGE)), 7))
def test_a_page_cut_off_anywhere_is_never_a_shorter_page(length: int) -> None:
    with pytest.raises(AnswerNotUnderstood) as cut:
        parse_page(json.dumps(PAGE).encode()[:length], "Invoices")

    assert str(cut.value) == CUT_OFF


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"<html></html>", CUT_OFF),
        (b'{"DateTimeUTC":"/Date(0)/","Invoices":[]} trailing', CUT_OFF),
        (b'{"DateTimeUTC":"/Date(0)/","Invoices":[{"a":}]}', CUT_OFF),
        (b"null", OTHER_SHAPE),
        (b"[]", OTHER_SHAPE),
        (b'{"DateTimeUTC":"/Date(0)/"}', OTHER_SHAPE),
        (b'{"DateTimeUTC":"/Date(0)/","Contacts":[]}', OTHER_SHAPE),
        (b'{"DateTimeUTC":"/Date(0)/","Invoices":null}', OTHER_SHAPE),
        (b'{"Invoices":[]}', OTHER_SHAPE),
        (b'{"DateTimeUTC":"/Date(0)/","Invoices":[],"pagination":{"page":1}}', OTHER_SHAPE),
    ],
)
def test_anything_but_the_envelope_is_not_understood_and_not_quoted(body: bytes, sentence: str) -> None:
    with pytest.raises(AnswerNotUnderstood) as refused:
        parse_page(body, "Invoices", correlation_id="c1")

    assert (str(refused.value), refused.value.correlation_id) == (sentence, "c1")


def test_a_page_without_a_readable_clock_is_not_understood() -> None:
    with pytest.raises(AnswerNotUnderstood):
        parse_page(b'{"DateTimeUTC":"yesterday","Invoices":[]}', "Invoices")


def test_a_record_of_the_wrong_kind_is_left_to_the_reader_of_records() -> None:
    page = parse_page(b'{"DateTimeUTC":"/Date(0)/","Invoices":[null,7]}', "Invoices")

    assert [msgspec.json.decode(record) for record in page.records] == [None, 7]
