"""What the browser brings back is believed only when it belongs to this browser's question."""

from collections.abc import Mapping

import pytest

from counterfoil.xero.callback import (
    ConsentCancelled,
    ConsentFailed,
    ConsentNotGiven,
    StateMismatch,
    parse_callback,
)


def test_a_code_with_the_right_state_is_taken() -> None:
    query = {"code": "abc", "scope": "openid", "state": "s1", "session_state": "x"}

    assert parse_callback(query, "s1") == "abc"


@pytest.mark.parametrize(
    "query",
    [
        {"code": "abc"},
        {"code": "abc", "state": ""},
        {"code": "abc", "state": "s2"},
        {"code": "abc", "state": "é"},
        {"error": "access_denied", "state": "s2"},
        {},
    ],
)
def test_an_answer_to_another_question_is_refused_before_anything_else(query: Mapping[str, str]) -> None:
    with pytest.raises(StateMismatch) as refused:
        parse_callback(query, "s1")

    assert refused.value.sentence == (
        "The answer from Xero does not belong to this sign-in: it is old, or was started elsewhere."
    )


def test_no_state_is_never_the_right_one_when_none_was_kept() -> None:
    with pytest.raises(StateMismatch):
        parse_callback({"code": "abc", "state": ""}, "")


@pytest.mark.parametrize("query", [{"error": "access_denied", "state": "s1"}, {"error": "access_denied"}])
def test_cancelling_in_xero_changes_nothing(query: Mapping[str, str]) -> None:
    with pytest.raises(ConsentCancelled) as cancelled:
        parse_callback(query, "s1")

    assert cancelled.value.sentence == "Access was not given: the request was cancelled in Xero."
    assert cancelled.value.next_step == "Press “Connect to Xero” to try again. Nothing was changed."


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"error": "server_error"}, "Access was not given. Xero says: “server_error”."),
        ({"error": "<script>alert(1)</script>"}, "Access was not given. Xero gives no reason."),
        ({"error": "server_error", "code": "abc"}, "Access was not given. Xero says: “server_error”."),
        ({"code": ""}, "Access was not given. Xero gives no reason."),
        ({}, "Access was not given. Xero gives no reason."),
    ],
)
def test_anything_else_is_a_failed_consent(query: Mapping[str, str], sentence: str) -> None:
    with pytest.raises(ConsentFailed) as failed:
        parse_callback({**query, "state": "s1"}, "s1")

    assert failed.value.sentence == sentence
    assert isinstance(failed.value, ConsentNotGiven)
