"""Every error tells a bookkeeper what happened and what to do, in words that may be shown."""

from datetime import timedelta

import pytest

from counterfoil.xero.errors import (
    AnswerNotUnderstood,
    AppRefused,
    ConsentLost,
    Limit,
    LostReason,
    NotFound,
    Silence,
    TokenRejected,
    XeroBroken,
    XeroBusy,
    XeroError,
    XeroRefused,
    XeroUnreachable,
)

EVERY_ERROR = [
    *(XeroUnreachable(silence) for silence in Silence),
    *(XeroBusy(limit) for limit in Limit),
    XeroBroken(500),
    TokenRejected(),
    *(ConsentLost(reason) for reason in LostReason),
    XeroRefused(),
    NotFound(),
    *(
        AppRefused(code)
        for code in ("invalid_client", "unauthorized_client", "invalid_scope", "invalid_request")
    ),
    AnswerNotUnderstood("a part"),
]


@pytest.mark.parametrize("error", EVERY_ERROR, ids=str)
def test_every_error_has_a_sentence_and_a_next_step(error: XeroError) -> None:
    for text in (error.sentence, error.next_step):
        assert text[0].isupper()
        assert text[-1] in ".”"
        assert "  " not in text
    assert str(error) == error.happened
    assert error.args == (error.happened,)


@pytest.mark.parametrize(
    ("silence", "sentence"),
    [
        (Silence.NO_CONNECTION, "Xero did not answer: no connection could be made."),
        (Silence.TIMED_OUT, "Xero did not answer: it took too long."),
        (Silence.CUT_SHORT, "Xero did not answer: the answer broke off half-way."),
    ],
)
def test_silence_says_how(silence: Silence, sentence: str) -> None:
    assert XeroUnreachable(silence, detail="ReadError").sentence == sentence


@pytest.mark.parametrize(
    ("wait", "said"),
    [
        (timedelta(milliseconds=10), "1 second"),
        (timedelta(seconds=22), "22 seconds"),
        (timedelta(seconds=119), "119 seconds"),
        (timedelta(minutes=2), "2 minutes"),
        (timedelta(minutes=59, seconds=1), "1 hour"),
        (timedelta(hours=1, minutes=0, seconds=1), "1 hour and 1 minute"),
        (timedelta(hours=10, minutes=15), "10 hours and 15 minutes"),
    ],
)
def test_a_wait_is_said_in_words_and_never_too_short(wait: timedelta, said: str) -> None:
    assert XeroBusy(Limit.DAY, retry_after=wait).next_step == (
        f"Nothing is lost. Counterfoil goes on in {said}, by itself."
    )


def test_a_wrong_secret_sends_the_operator_to_the_page_that_shows_it() -> None:
    error = AppRefused("invalid_client")

    assert error.sentence == (
        "Xero does not know this app's Client ID and Client Secret. Xero says: “invalid_client”."
    )
    assert error.next_step == (
        "Whoever looks after Counterfoil copies both again from developer.xero.com (My Apps, Configuration); "
        "the secret is shown there only once, so make a new one if it is lost."
    )


def test_a_dead_grant_promises_that_everything_is_kept() -> None:
    error = ConsentLost(LostReason.GRANT_ENDED)

    assert error.sentence == (
        "Xero no longer accepts the permission that was given: it was withdrawn, or not used for 60 days."
    )
    assert error.next_step == (
        "Press “Reconnect Xero” and allow access again. Everything read so far is kept."
    )


def test_errors_are_sorted_by_who_must_act() -> None:
    assert {type(error).__name__: type(error).__bases__[0].__name__ for error in EVERY_ERROR} == {
        "XeroUnreachable": "XeroError",
        "XeroBusy": "XeroError",
        "XeroBroken": "XeroError",
        "TokenRejected": "XeroBroken",
        "ConsentLost": "XeroError",
        "XeroRefused": "XeroError",
        "NotFound": "XeroRefused",
        "AppRefused": "XeroRefused",
        "AnswerNotUnderstood": "XeroError",
    }
