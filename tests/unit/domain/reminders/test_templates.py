"""Messages with gaps."""

from datetime import date
from decimal import Decimal

import pytest

from counterfoil.domain.money import Money
from counterfoil.domain.reminders.templates import (
    FIELDS,
    FieldMissing,
    Owed,
    Party,
    TemplateProblem,
    UnknownField,
    choose_version,
    list_values,
    parse_template,
)

TODAY = date(2026, 11, 22)
PARTY = Party("Kōwhai Builders", "", "Harbour Foods", "09 123 4567")


def owe(number: str, amount: str, currency: str, due_on: date) -> Owed:
    return Owed(number, Money(Decimal(amount), currency), due_on)


def test_a_message_names_the_debt_and_falls_back_where_a_field_is_empty() -> None:
    template = parse_template(
        "Hi {first name|there}, {invoice} over {amount} was due {due_date}. {business} {phone}"
    )
    values = list_values(
        PARTY, [owe("INV-7", "1250.5", "NZD", date(2026, 11, 20))], today=TODAY, language="en-NZ"
    )

    assert template.fill(values) == (
        "Hi there, INV-7 over NZD 1,250.50 was due 20 Nov 2026. Harbour Foods 09 123 4567"
    )


def test_several_invoices_are_one_message_and_currencies_are_not_added() -> None:
    owed = [
        owe("INV-1", "100", "NZD", date(2026, 11, 20)),
        owe("INV-2", "50", "NZD", date(2026, 11, 10)),
        owe("INV-3", "900", "JPY", date(2026, 12, 1)),
    ]

    values = list_values(PARTY, owed, today=TODAY, language="en")

    assert {key: values[key] for key in ("invoice", "amount", "due_date", "days_overdue", "count")} == {
        "invoice": "INV-1, INV-2, INV-3",
        "amount": "NZD 150.00 + JPY 900",
        "due_date": "10 Nov 2026",
        "days_overdue": "12",
        "count": "3",
    }


def test_amounts_and_days_are_said_as_the_language_says_them_in_plain_signs() -> None:
    values = list_values(PARTY, [owe("F-1", "1250", "EUR", TODAY)], today=TODAY, language="fr")

    assert (values["amount"], values["due_date"]) == ("EUR 1 250,00", "22 nov. 2026")


def test_an_empty_field_without_a_fallback_stops_the_message_and_is_named() -> None:
    with pytest.raises(FieldMissing, match="First name of the contact is empty") as problem:
        parse_template("Hi {first_name}").fill({"first_name": "  "})

    assert problem.value.field == "first_name"


def test_an_unknown_field_is_named_with_those_there_are() -> None:
    with pytest.raises(UnknownField, match=r"no field \{firstname\}") as problem:
        parse_template("Hi {firstname}")

    assert problem.value.field == "firstname"


@pytest.mark.parametrize("text", ["", "  ", "Hi {first_name", "Hi } there", "Hi {{first_name}}"])
def test_a_text_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(TemplateProblem):
        parse_template(text)


def test_what_fills_a_gap_is_never_read_as_a_gap() -> None:
    assert parse_template("For {contact}").fill({"contact": "{amount}\nLtd"}) == "For {amount} Ltd"


def test_every_field_has_a_value_and_every_value_a_field() -> None:
    values = list_values(PARTY, [owe("A", "1", "GBP", TODAY)], today=TODAY, language="en")

    assert set(values) == set(FIELDS)


@pytest.mark.parametrize(
    ("wanted", "chosen"), [("fr-CA", "fr"), ("pt-BR", "pt-BR"), ("de", "en"), ("", "en"), ("PT-br", "pt-BR")]
)
def test_a_reader_gets_the_version_in_their_language_or_the_default(wanted: str, chosen: str) -> None:
    assert choose_version(["en", "fr", "pt-BR"], wanted, "en") == chosen


def test_there_is_no_version_where_there_is_not_even_the_default() -> None:
    assert choose_version(["fr"], "de", "en") is None
