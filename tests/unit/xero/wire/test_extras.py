"""What Xero tells of a document beside the document itself."""

import json
from datetime import UTC, datetime

import pytest

from counterfoil.xero.errors import AnswerNotUnderstood
from counterfoil.xero.wire.extras import Note, parse_history, parse_online_address


def test_a_history_is_read_with_the_newest_first_and_what_lacks_a_time_last() -> None:
    body = json.dumps({
        "Id": "x", "Status": "OK",
        "HistoryRecords": [
            {"Changes": "Created", "DateUTC": "/Date(1793523600000+0000)/", "User": "Robin Fielding",
             "Details": ""},
            {"Changes": "Note", "DateUTC": "/Date(1793527200000+0000)/", "User": None, "Details": "Rang"},
            {"Details": "of old"},
        ],
    }).encode()  # fmt: skip

    assert parse_history(body) == [
        Note("Note", "Rang", "", datetime(2026, 11, 1, 10, tzinfo=UTC)),
        Note("Created", "", "Robin Fielding", datetime(2026, 11, 1, 9, tzinfo=UTC)),
        Note("", "of old", "", None),
    ]


@pytest.mark.parametrize(
    ("body", "address"),
    [
        (b'{"OnlineInvoices":[{"OnlineInvoiceUrl":"https://in.xero.com/abc"}]}', "https://in.xero.com/abc"),
        (b'{"OnlineInvoices":[]}', ""),
        (b'{"OnlineInvoices":[{}]}', ""),
    ],
)
def test_the_online_address_is_read_when_there_is_one(body: bytes, address: str) -> None:
    assert parse_online_address(body) == address


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"OnlineInvoices":[{"OnlineInvoiceUrl":"javascript:alert(1)"}]}']
)
def test_an_online_address_that_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(AnswerNotUnderstood):
        parse_online_address(body)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"HistoryRecords":[{"DateUTC":"yesterday"}]}'])
def test_a_history_in_another_shape_is_refused(body: bytes) -> None:
    with pytest.raises(AnswerNotUnderstood):
        parse_history(body)
