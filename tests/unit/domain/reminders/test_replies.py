"""What people who answer mean. Whoever may want no more messages gets none."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.domain.reminders.replies import Meaning, read_reply
from counterfoil.domain.reminders.reply_words import STOP_ALONE

SUNDAY = date(2026, 11, 22)


def read(text: str) -> Meaning:
    return read_reply(text, today=SUNDAY).meaning


@pytest.mark.parametrize(
    "text",
    [
        *(
            "STOP",
            "Stop.",
            " stop ",
            "“Stop!”",
            "s t o p",
            "S.T.O.P",
            "stoooop",
            "ＳＴＯＰ",
            "STOP ALL",
            "Opt-Out",
        ),
        *(
            "Unsubscribe",
            "CANCEL",
            "end",
            "Quit!",
            "REVOKE",
            "arrêt",
            "ARRÊTEZ!",
            "🛑",
            "✋🏽",
            "退订",
            "توقف",
            "बंद",
        ),
        *("стоп", "Stopp", "Abmelden", "baja", "sair", "afmelden", "durdur", "停止"),
    ],
)
def test_a_plain_stop_is_certain_in_any_language(text: str) -> None:
    reading = read_reply(text, today=SUNDAY)

    assert (reading.meaning, reading.is_certain) == (Meaning.STOP, True)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "please stop texting me",
            "Do not contact me again",
            "don’t text this number",
            "STPO",
            "remove me from your list",
        ),
        *(
            "please leave me alone!!",
            "no more messages pls",
            "I want to opt out of this",
            "wrong number",
            "I paid, now stop",
        ),
        *(
            "take me off this list",
            "Never message me again",
            "This is harassment",
            "Ne m'envoyez plus rien",
            "fuck off",
        ),
        *(
            "Plus de SMS svp",
            "no me escriban más",
            "Keine SMS mehr!",
            "Hör auf",
            "geen sms meer",
            "Não enviem mais",
        ),
        *("cancel these reminders", "I withdraw my consent", "I will stop by tomorrow", "请停止发送短信"),
    ],
)
def test_a_likely_stop_counts_at_once_and_is_looked_at_by_a_person(text: str) -> None:
    reading = read_reply(text, today=SUNDAY)

    assert (reading.meaning, reading.is_certain) == (Meaning.STOP, False)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("I paid yesterday", Meaning.PAID),
        ("Payment has been made", Meaning.PAID),
        ("Déjà payé", Meaning.PAID),
        ("schon bezahlt", Meaning.PAID),
        ("已付", Meaning.PAID),
        ("I have not paid yet", Meaning.OTHER),
        ("I haven't paid", Meaning.OTHER),
        ("I'll pay on Friday", Meaning.PROMISE),
        ("Will be paid next week", Meaning.PROMISE),
        ("can I pay in instalments?", Meaning.PROMISE),
        ("The amount is wrong", Meaning.DISPUTE),
        ("I never received this order", Meaning.DISPUTE),
        ("Je conteste cette facture", Meaning.DISPUTE),
        ("HELP", Meaning.HELP),
        ("Who is this?", Meaning.HELP),
        ("START", Meaning.START),
        ("unstop", Meaning.START),
        ("ok thanks", Meaning.OTHER),
        ("When does the project end?", Meaning.OTHER),
        ("spot on", Meaning.OTHER),
        ("", Meaning.OTHER),
    ],
)
def test_a_reply_is_read_as_a_proposal(text: str, meaning: Meaning) -> None:
    assert read(text) is meaning


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("will pay tomorrow", date(2026, 11, 23)),
        ("I'll pay it on friday", date(2026, 11, 27)),
        ("can pay Sunday", date(2026, 11, 29)),
        ("will pay today", SUNDAY),
        ("I will pay soon", None),
    ],
)
def test_a_promise_names_its_day(text: str, day: date | None) -> None:
    assert read_reply(text, today=SUNDAY).promised_on == day


def test_starting_again_takes_the_plain_word_alone() -> None:
    assert read("Do not START") is not Meaning.START
    assert read("start paying? no") is not Meaning.START


@given(st.sampled_from(STOP_ALONE), st.sampled_from(["", " ", "!", "...", "\n", " 🙏", "?!"]), st.booleans())
def test_every_word_of_the_list_stops_however_it_is_typed(word: str, end: str, is_loud: bool) -> None:
    assert read((word.upper() if is_loud else word.capitalize()) + end) is Meaning.STOP


@given(st.text(max_size=60))
def test_any_text_is_read_and_the_word_stop_in_it_always_stops(text: str) -> None:
    read(text)

    assert read(f"{text} stop {text}") is Meaning.STOP
