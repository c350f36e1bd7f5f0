"""Each bad answer that Xero is known to give becomes one error, with one sentence."""

import json
from collections.abc import Mapping
from datetime import timedelta

import pytest

from counterfoil.xero.errors import (
    AnswerNotUnderstood,
    ConsentLost,
    Limit,
    LostReason,
    NotFound,
    TokenRejected,
    XeroBroken,
    XeroBusy,
    XeroError,
    XeroRefused,
)
from counterfoil.xero.wire.answers import check_answer

CORRELATION = "5d1f9a6e-0000-4c0e-9b6f-1f2a3b4c5d6e"
HTML = b"<!DOCTYPE html><html><body>Access denied for jane@example.com</body></html>"


def problem(status: int, detail: str, title: str = "Unauthorized") -> bytes:
    sent: dict[str, object] = {
        "Type": None,
        "Title": title,
        "Status": status,
        "Detail": detail,
        "Instance": CORRELATION,
        "Extensions": {},
    }
    return json.dumps(sent).encode()


def meet(
    status: int, body: bytes = b"", *, path: str = "Invoices", headers: Mapping[str, str] | None = None
) -> XeroError:
    with pytest.raises(XeroError) as met:
        check_answer(status, {"Xero-Correlation-Id": CORRELATION, **(headers or {})}, body, path=path)
    assert met.value.correlation_id == CORRELATION
    return met.value


@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_good_answer_passes(status: int) -> None:
    check_answer(status, {"content-type": "application/json; charset=utf-8"}, b'{"Invoices":[]}')


def test_a_web_page_with_status_200_is_not_taken_for_data() -> None:
    error = meet(200, HTML)

    assert type(error) is AnswerNotUnderstood
    assert error.sentence == "Xero's answer could not be understood: a web page came instead of data."


@pytest.mark.parametrize(
    ("body", "challenge"),
    [
        (problem(401, "TokenExpired: token expired at 03/11/2026 17:53:36"), "Bearer error=invalid_token"),
        (problem(401, "AuthenticationUnsuccessful"), "Bearer error=invalid_token"),
        (problem(401, "AuthenticationUnsuccessful"), None),
        (b"", "Bearer"),
    ],
)
def test_401_about_the_token_asks_for_a_new_one(body: bytes, challenge: str | None) -> None:
    error = meet(401, body, headers={} if challenge is None else {"WWW-Authenticate": challenge})

    assert type(error) is TokenRejected
    assert error.sentence == "Xero renewed Counterfoil's access and then did not accept it (status 401)."


@pytest.mark.parametrize(
    ("body", "challenge"),
    [
        (problem(401, "AuthorizationUnsuccessful"), 'Bearer error="insufficent_scope"'),
        (problem(401, "AuthorizationUnsuccessful"), 'Bearer error="insufficient_scope"'),
        (problem(401, "AuthorizationUnsuccessful"), None),
        (b"", "Bearer error=insufficent_scope"),
        (problem(401, "AuthenticationUnsuccessful"), "Bearer error=invalid_token, error=insufficent_scope"),
    ],
)
def test_401_about_a_scope_needs_a_person_and_never_a_refresh(body: bytes, challenge: str | None) -> None:
    error = meet(401, body, headers={} if challenge is None else {"www-authenticate": challenge})

    assert isinstance(error, ConsentLost)
    assert error.reason is LostReason.MISSING_SCOPE
    assert error.sentence == "The permission given in Xero does not cover this kind of record."


def test_403_means_that_the_organisation_was_disconnected() -> None:
    error = meet(403, problem(403, "AuthenticationUnsuccessful", "Forbidden"))

    assert isinstance(error, ConsentLost)
    assert error.reason is LostReason.ORGANISATION_DISCONNECTED
    assert error.sentence == (
        "Xero no longer gives access to this organisation: it was disconnected in Xero, or the person who "
        "connected it has left it."
    )
    assert error.next_step == (
        "Press “Reconnect Xero” and choose this organisation. Everything read so far is kept."
    )


@pytest.mark.parametrize("path", ["Reports/ProfitAndLoss", "ManualJournals", "journals"])
def test_403_on_what_depends_on_the_role_is_about_the_role(path: str) -> None:
    error = meet(403, problem(403, "AuthenticationUnsuccessful", "Forbidden"), path=path)

    assert isinstance(error, ConsentLost)
    assert error.reason is LostReason.ROLE_LACKS_RIGHT


@pytest.mark.parametrize(("status", "body"), [(403, HTML), (403, b""), (403, b"{}"), (401, HTML)])
def test_a_firewall_in_front_of_xero_is_no_lost_consent(status: int, body: bytes) -> None:
    error = meet(status, body)

    assert type(error) is XeroBroken
    assert error.sentence == f"Xero has a fault of its own (status {status})."


@pytest.mark.parametrize("body", [b"The resource you're looking for cannot be found", HTML, b""])
def test_404_is_not_found_whatever_its_body(body: bytes) -> None:
    error = meet(404, body)

    assert type(error) is NotFound
    assert error.sentence == "Xero has no record with this number or id in this organisation."


def test_429_with_an_empty_body_is_read_from_its_headers() -> None:
    error = meet(429, headers={"retry-after": "22", "x-rate-limit-problem": "minute", "content-length": "0"})

    assert isinstance(error, XeroBusy)
    assert (error.limit, error.retry_after) == (Limit.MINUTE, timedelta(seconds=22))
    assert error.sentence == "Xero's calls for this minute are used up for this organisation."
    assert error.next_step == "Nothing is lost. Counterfoil goes on in 22 seconds, by itself."


def test_429_for_the_day_says_how_many_hours() -> None:
    error = meet(429, headers={"retry-after": "35999", "x-rate-limit-problem": "day"})

    assert isinstance(error, XeroBusy)
    assert error.sentence == "Xero's calls for today are used up for this organisation."
    assert error.next_step == "Nothing is lost. Counterfoil goes on in 10 hours, by itself."


def test_429_without_any_headers_is_taken_for_too_many_at_once() -> None:
    error = meet(429)

    assert isinstance(error, XeroBusy)
    assert (error.limit, error.retry_after) == (Limit.CONCURRENT, None)
    assert error.next_step == "Nothing is lost. Counterfoil goes on shortly, by itself."


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (
            b"The Organisation is offline",
            "Xero has a fault of its own (status 503). Xero says: “The Organisation is offline”.",
        ),
        (
            b"The Xero API is currently offline for maintenance.",
            "Xero has a fault of its own (status 503). "
            "Xero says: “The Xero API is currently offline for maintenance”.",
        ),
        (b"upstream connect error for jane@example.com", "Xero has a fault of its own (status 503)."),
        (HTML, "Xero has a fault of its own (status 503)."),
        (b"\xff\xfe", "Xero has a fault of its own (status 503)."),
    ],
)
def test_503_repeats_only_words_that_are_known_to_be_xeros(body: bytes, sentence: str) -> None:
    error = meet(503, body)

    assert type(error) is XeroBroken
    assert error.sentence == sentence


@pytest.mark.parametrize("body", [b"", HTML, b'{"ErrorNumber":500,"Type":"InternalException"}', b"{"])
@pytest.mark.parametrize("status", [500, 502, 504])
def test_any_other_fault_is_xeros_own(status: int, body: bytes) -> None:
    assert meet(status, body).sentence == f"Xero has a fault of its own (status {status})."


def test_a_validation_error_quotes_every_problem_once_and_in_order() -> None:
    sent = {
        "ErrorNumber": 10,
        "Type": "ValidationException",
        "Message": "A validation exception occurred",
        "Elements": [
            {
                "InvoiceID": "00000000-0000-0000-0000-000000000000",
                "Contact": {
                    "Name": "Jane Doe",
                    "ValidationErrors": [{"Message": "Email address must be valid."}],
                },
                "ValidationErrors": [{"Message": "Invoice # must be unique."}],
            },
            {
                "ValidationErrors": [
                    {"Description": "A Contact must be specified"},
                    {"Message": "Invoice # must be unique."},
                ]
            },
        ],
    }

    error = meet(400, json.dumps(sent).encode())

    assert type(error) is XeroRefused
    assert (error.error_number, error.message) == (10, "A validation exception occurred")
    assert error.sentence == (
        "Xero refused the request (Xero's error 10). Xero says: “Email address must be valid.” "
        "“Invoice # must be unique.” “A Contact must be specified”"
    )
    assert str(error) == "Xero refused the request (Xero's error 10)."


def test_a_wrong_filter_quotes_what_xero_says_about_it() -> None:
    says = "Operator '==' incompatible with operand types 'Guid' and 'String'"
    sent = {"ErrorNumber": 16, "Type": "QueryParseException", "Message": says}

    error = meet(400, json.dumps(sent).encode())

    assert type(error) is XeroRefused
    assert error.sentence == f"Xero refused the request (Xero's error 16). Xero says: “{says}”"


def test_asking_for_too_much_at_once_says_to_ask_for_less() -> None:
    error = meet(400, b'{"ErrorNumber":51,"Type":"HighVolumeException","Message":"Too many records"}')

    assert isinstance(error, XeroRefused)
    assert error.error_number == 51
    assert error.next_step == "Ask for less at once: a shorter period or fewer records."


@pytest.mark.parametrize("body", [b"", HTML, b"[]", b"{", b"\xff", b'{"ErrorNumber":"ten"}'])
def test_a_refusal_that_cannot_be_read_is_still_a_refusal(body: bytes) -> None:
    error = meet(400, body)

    assert type(error) is XeroRefused
    assert error.sentence == "Xero refused the request. Xero gives no reason."


@pytest.mark.parametrize("status", [405, 501])
def test_a_method_that_xero_does_not_offer_is_refused_and_not_retried(status: int) -> None:
    body = (
        b'{"ErrorNumber":20,"Type":"ApiMethodNotImplementedException",'
        b'"Message":"The Api Method called is not implemented"}'
    )

    error = meet(status, body)

    assert type(error) is XeroRefused
    assert error.sentence == (
        "Xero refused the request (Xero's error 20). Xero says: “The Api Method called is not implemented”"
    )


@pytest.mark.parametrize("status", [301, 302, 304, 418])
def test_a_status_that_xero_does_not_document_is_not_understood(status: int) -> None:
    error = meet(status, HTML)

    assert type(error) is AnswerNotUnderstood
    assert error.sentence == (
        f"Xero's answer could not be understood: status {status} is not one that Xero documents."
    )


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 429, 500, 503, 304])
def test_no_error_shows_a_body_to_the_log(status: int) -> None:
    secret = "jane@example.com"
    body = f'<html>{{"Detail":"{secret}","Message":"{secret}"}}'.encode()

    error = meet(status, body)

    assert [secret in text for text in (str(error), repr(error), repr(error.args))] == [False, False, False]


def test_a_refusal_keeps_personal_data_out_of_the_log_and_in_the_sentence() -> None:
    says = "The contact name Jane Doe is already assigned to another contact."
    sent = {"ErrorNumber": 10, "Message": "x", "Elements": [{"ValidationErrors": [{"Message": says}]}]}

    error = meet(400, json.dumps(sent).encode())

    assert error.sentence == f"Xero refused the request (Xero's error 10). Xero says: “{says}”"
    assert ["Jane" in text for text in (str(error), repr(error), repr(error.args))] == [False, False, False]
