"""A webhook is believed only when Xero signed its very bytes; its events are read as they come."""

import json
from datetime import UTC, datetime

import pytest

from counterfoil.xero.errors import AnswerNotUnderstood
from counterfoil.xero.webhooks import Event, is_signed, parse_parcel, sign

KEY = "A5YgX3Tf6bO3MVTk9zq1oYw/3f0rj0Lm2wB8cXkQ9zq1oYw/3f0rj0Lm2wB8cXkQZ0h0Yc1d2e3f4g5h6i7j8k=="

# The test post as it was captured, with its uneven spaces (XeroAPI/XeroWebhooksReceiver#1).
INTENT = b'{"events":[],"firstEventSequence": 0,"lastEventSequence": 0, "entropy": "LUWDSUDGSWNZVALZXBEV"}'
EVENT = {
    "resourceUrl": "https://api.xero.com/api.xro/2.0/Invoices/5FC3DB6C-2A5D-4E9C-8F17-0B4B6A1F9B52",
    "resourceId": "5FC3DB6C-2A5D-4E9C-8F17-0B4B6A1F9B52",
    "eventDateUtc": "2024-06-21T01:15:39.902",
    "eventType": "Update",
    "eventCategory": "Invoice",
    "tenantId": "C2CC9B6E-9458-4C7D-93CC-F02B81B0594F",
    "tenantType": "ORGANISATION",
}


def test_a_signature_covers_the_raw_bytes_with_the_key_as_text() -> None:
    signature = sign(INTENT, KEY)

    assert signature == "dm54PUTX7f1SNhJNZxE22gcr9XwJ7nDf6Hfdv0pBUqM="
    assert is_signed(INTENT, signature, KEY)
    assert not is_signed(json.dumps(json.loads(INTENT)).encode(), signature, KEY)


@pytest.mark.parametrize("place", [0, 20, 42])
def test_a_signature_that_is_wrong_in_one_character_is_refused(place: int) -> None:
    right = sign(INTENT, KEY)
    wrong = right[:place] + ("a" if right[place] != "a" else "b") + right[place + 1 :]

    assert not is_signed(INTENT, wrong, KEY)


@pytest.mark.parametrize("signature", ["", "é", "\udcff", sign(INTENT, "")])
def test_nothing_is_signed_without_a_key_or_a_signature(signature: str) -> None:
    assert not is_signed(INTENT, signature, "")
    assert not is_signed(INTENT, signature, KEY)


def test_the_test_post_holds_no_event() -> None:
    parcel = parse_parcel(INTENT)

    assert (parcel.events, parcel.unreadable, parcel.first_sequence) == ([], 0, 0)


def test_an_event_is_read_whatever_the_case_of_its_words_and_its_further_members() -> None:
    body = json.dumps({"events": [EVENT | {"data": {"Type": "x"}}], "lastEventSequence": 7}).encode()

    parcel = parse_parcel(body)

    assert parcel.events == [
        Event(
            tenant_id="c2cc9b6e-9458-4c7d-93cc-f02b81b0594f",
            category="INVOICE",
            resource_id="5fc3db6c-2a5d-4e9c-8f17-0b4b6a1f9b52",
            said_at=datetime(2024, 6, 21, 1, 15, 39, 902000, tzinfo=UTC),
        )
    ]
    assert (parcel.first_sequence, parcel.last_sequence) == (None, 7)


def test_an_event_of_another_shape_is_counted_and_spoils_no_other() -> None:
    odd = {name: value for name, value in EVENT.items() if name != "resourceId"}
    undated = EVENT | {"eventDateUtc": "soon"}
    body = json.dumps({"events": [odd, 5, undated]}).encode()

    parcel = parse_parcel(body)

    assert parcel.unreadable == 2
    assert [(event.category, event.said_at) for event in parcel.events] == [("INVOICE", None)]


@pytest.mark.parametrize("body", [b"", b"[]", b'{"events": 1}', b'{"events": [', b"\xff"])
def test_a_delivery_that_is_no_delivery_is_not_understood(body: bytes) -> None:
    with pytest.raises(AnswerNotUnderstood, match="a webhook that is not in its usual envelope"):
        parse_parcel(body)
