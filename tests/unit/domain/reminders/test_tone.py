"""A reminder neither threatens nor advertises, and leads nowhere but to Xero or to its sender's own pages."""

import pytest

from counterfoil.domain.reminders.templates import parse_template
from counterfoil.domain.reminders.tone import list_remarks, list_strange_links


def remarks(text: str) -> list[str]:
    """Return what each remark is about, and what it says of it."""
    return [" ".join(remark.split(maxsplit=8)[:5]) for remark in list_remarks(parse_template(text))]


@pytest.mark.parametrize(
    "text",
    [
        "Hi {first_name|there}, {invoice} over {amount} was due {due_date}. {business}. Reply STOP.",
        "Hello! Please come by, 12 Court Street, or call {phone|us}. Thank you!",
        "Bonjour, votre facture {invoice} est échue depuis le {due_date}. Répondez ARRET.",
        "Feel free to call us if you have paid already.",
    ],
)
def test_a_calm_text_is_left_alone(text: str) -> None:
    assert list_remarks(parse_template(text)) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Pay now or we take legal action.", "“legal action” reads as a"),
        ("Ihre letzte Mahnung vor dem Inkasso", "“letzte Mahnung” reads as a"),
        ("Dernier avertissement avant poursuites", "“Dernier avertissement” reads as a"),
        ("Thanks! Our special offers are here.", "“special offers” advertises: one such"),
        ("Pay today and get 10% off.", "“10% off” advertises: one such"),
        ("Pay {invoice} NOW!!", "“!!” shouts. A reminder is"),
        ("{first_name|final warning}, please pay", "“final warning” reads as a"),
    ],
)
def test_what_a_stranger_would_not_like_is_named(text: str, said: str) -> None:
    assert remarks(text) == [said]


def test_what_stands_in_xero_is_no_word_of_the_firm() -> None:
    filled = parse_template("{business}: {invoice}").fill({"business": "Bailiff & Sons", "invoice": "1"})

    assert "Bailiff" in filled
    assert remarks("{business}: {invoice}") == []


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("Pay at {pay_link}.", []),
        ("Pay at https://in.xero.com/abc or https://pay.harbour.example/x.", []),
        ("Pay at bit.ly/x1 or https://bit.ly/x2", ["bit.ly"]),
        ("Pay at {pay_link|tinyurl.com/abc}", ["tinyurl.com"]),
        ("See www.other.example, please.", ["other.example"]),
        ("See evilxero.com/pay", ["evilxero.com"]),
        ("Due yesterday.Please write to books@other.example", []),
    ],
)
def test_links_lead_to_xero_or_to_the_sender(text: str, hosts: list[str]) -> None:
    assert list_strange_links(parse_template(text), ours=["harbour.example", ""]) == hosts
