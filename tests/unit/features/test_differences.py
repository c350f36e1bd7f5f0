"""What changed in a record, told in sentences (pains 3 and 20)."""

from decimal import Decimal
from typing import Any

import pytest

from counterfoil.features.history.differences import Sentence, tell_differences
from counterfoil.features.history.members import name_member, say_value

LINES = [
    {"LineItemID": "a", "Description": "Workshop", "Quantity": 1, "UnitAmount": Decimal(100),
     "LineAmount": Decimal(100), "Tracking": []},
    {"LineItemID": "b", "Description": "Design", "Quantity": 3, "UnitAmount": Decimal("620.5"),
     "LineAmount": Decimal("1861.5"), "Tracking": []},
]  # fmt: skip


def line(which: int, **members: Any) -> dict[str, Any]:
    return LINES[which] | members


def tell(before: dict[str, Any], after: dict[str, Any], stream: str = "Invoices") -> list[str]:
    return [sentence.text for sentence in tell_differences(before, after, stream=stream, currency="GBP")]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({"AmountDue": Decimal("1200")}, {"AmountDue": Decimal("700")},
         ["Amount due fell from 1,200.00 to 700.00 GBP"]),
        ({"Total": Decimal("1")}, {"Total": Decimal("2.5")}, ["Total rose from 1.00 to 2.50 GBP"]),
        ({}, {"AmountCredited": Decimal("2.5")}, ["Amount credited added: 2.50 GBP"]),
        ({"Status": "AUTHORISED"}, {"Status": "PAID"}, ["Status: Awaiting payment → Paid"]),
        ({"Status": "FROBNICATED"}, {"Status": "PAID"}, ["Status: FROBNICATED → Paid"]),
        ({"Reference": ""}, {"Reference": "PO 7"}, ["Reference added: PO 7"]),
        ({"Reference": "PO 7"}, {}, ["Reference removed: it was PO 7"]),
        ({"SentToContact": False}, {"SentToContact": True}, ["Sent to the contact: no → yes"]),
        ({"DueDate": "/Date(1745280000000+0000)/", "DueDateString": "2025-04-22T00:00:00"},
         {"DueDate": "/Date(1745366400000+0000)/", "DueDateString": "2025-04-23T00:00:00"},
         ["Due date: 22 Apr 2025 → 23 Apr 2025"]),
        ({"DueDateString": "2025-04-22T00:00:00"}, {"DueDateString": "2025-04-23T00:00:00"},
         ["Due date: 22 Apr 2025 → 23 Apr 2025"]),
        ({"XeroInventedThis": "a"}, {"XeroInventedThis": "b"}, ["XeroInventedThis: a → b"]),
        ({"XeroInventedThis": {"Deep": 1}}, {"XeroInventedThis": {"Deep": 2}},
         ["XeroInventedThis: Deep: 1 → 2"]),
        ({"Contact": {"ContactID": "1", "Name": "Ours"}}, {"Contact": {"ContactID": "2", "Name": "Theirs"}},
         ["Contact: Ours → Theirs"]),
        ({"Contact": {"ContactID": "1", "Name": "Ours"}}, {"Contact": {"ContactID": "1", "Name": "Ours Ltd"}},
         ["Contact: name: Ours → Ours Ltd"]),
        ({"CurrencyRate": Decimal("1.318206")}, {"CurrencyRate": Decimal("1.4")},
         ["Currency rate: 1.318206 → 1.4"]),
        ({"Amounts": [1, 2]}, {"Amounts": [1, 3]}, ["Amounts: [1, 2] → [1, 3]"]),
        ({"Schedule": {"Period": 1, "Unit": "MONTHLY"}}, {"Schedule": {"Period": 2, "Unit": "MONTHLY"}},
         ["Schedule: every: 1 → 2"]),
    ],
)  # fmt: skip
def test_a_member_is_told_in_words(before: dict[str, Any], after: dict[str, Any], said: list[str]) -> None:
    assert tell(before, after) == said


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (LINES, [LINES[0], line(1, Quantity=4)], ["Line 2: quantity: 3 → 4"]),
        (LINES, [line(1, Quantity=4), LINES[0]], ["Line 1: quantity: 3 → 4"]),
        (LINES, [LINES[1], LINES[0]], ["Line list: the same, in another order"]),
        (LINES, [LINES[0]], ["Line 2 removed: Design, 3 × 620.50 GBP, 1,861.50 GBP"]),
        ([LINES[0]], LINES, ["Line 2 added: Design, 3 × 620.50 GBP, 1,861.50 GBP"]),
        ([LINES[0]], [line(0, Tracking=[{"TrackingCategoryID": "t", "Name": "Region", "Option": "North"}])],
         ["Line 1: tracking added: Region: North"]),
    ],
)  # fmt: skip
def test_lines_are_matched_by_their_id_and_not_by_their_place(
    before: list[Any], after: list[Any], said: list[str]
) -> None:
    assert tell({"LineItems": before}, {"LineItems": after}) == said


@pytest.mark.parametrize(
    ("name", "before", "after", "said"),
    [
        ("Payments", [], [{"PaymentID": "p", "Amount": Decimal(500), "Date": "/Date(1745280000000+0000)/"}],
         ["Payment added: 500.00 GBP on 22 Apr 2025"]),
        ("Payments", [{"PaymentID": "p", "Amount": Decimal(500)}], [], ["Payment removed: 500.00 GBP"]),
        ("CreditNotes", [], [{"CreditNoteID": "c", "CreditNoteNumber": "CN-1", "AppliedAmount": Decimal(5)}],
         ["Credit note added: CN-1 5.00 GBP"]),
        ("Phones", [{"PhoneType": "FAX", "PhoneNumber": ""}, {"PhoneType": "MOBILE", "PhoneNumber": ""}],
         [{"PhoneType": "MOBILE", "PhoneAreaCode": "021", "PhoneNumber": "555"},
          {"PhoneType": "FAX", "PhoneNumber": ""}],
         ["Mobile phone added: 021 555"]),
        ("Addresses", [{"AddressType": "STREET", "City": "Bath"}],
         [{"AddressType": "STREET", "City": "Bristol", "PostalCode": "BS1"}],
         ["Street address: Bath → Bristol, BS1"]),
        ("ContactPersons", [{"FirstName": "Ann", "EmailAddress": "a@x.example"}],
         [{"FirstName": "Bo", "EmailAddress": "b@x.example"},
          {"FirstName": "Anne", "EmailAddress": "a@x.example"}],
         ["Person added: Bo, b@x.example", "Person: first name: Ann → Anne"]),
        ("ContactGroups", [], [{"ContactGroupID": "g", "Name": "VIP"}], ["Group added: VIP"]),
        ("Options", [{"TrackingOptionID": "1", "Name": "North"}], [{"TrackingOptionID": "1", "Name": "N"}],
         ["Option: name: North → N"]),
        ("JournalLines", [{"AccountCode": "1", "LineAmount": Decimal(5)}, {"AccountCode": "2"}],
         [{"AccountCode": "2"}, {"AccountCode": "1", "LineAmount": Decimal(6)}],
         ["Line 2: line amount rose from 5.00 to 6.00 GBP"]),
        ("Inventions", [{"InventionID": "1", "Level": 1}], [{"InventionID": "1", "Level": 2}],
         ["Inventions: Level: 1 → 2"]),
        ("Inventions", [{"Level": 1}], [{"Level": 1}, {"Level": 1}], ["Inventions added: Level 1"]),
    ],
)  # fmt: skip
def test_what_is_in_a_list_is_told_one_by_one(
    name: str, before: list[Any], after: list[Any], said: list[str]
) -> None:
    assert tell({name: before}, {name: after}) == said


def test_a_report_tells_each_figure_that_moved() -> None:
    def rows(sales: str) -> list[dict[str, Any]]:
        cells = [{"Value": "Sales"}, {"Value": sales}]
        return [{"RowType": "Section", "Title": "Income", "Rows": [{"RowType": "Row", "Cells": cells}]}]

    assert tell({"Rows": rows("10.00")}, {"Rows": rows("12.00")}) == ["Income, Sales: 10.00 → 12.00"]


def test_the_status_comes_first_and_values_are_kept_apart_from_the_sentence() -> None:
    before = {"AmountDue": Decimal(5), "Reference": "a", "Status": "AUTHORISED"}
    after = {"AmountDue": Decimal(0), "Reference": "b", "Status": "PAID"}

    told = tell_differences(before, after, stream="Invoices", currency="JPY")

    assert told == [
        Sentence("Status: Awaiting payment → Paid", "Status", "Awaiting payment", "Paid"),
        Sentence("Amount due fell from 5 to 0 JPY", "AmountDue", "5 JPY", "0 JPY"),
        Sentence("Reference: a → b", "Reference", "a", "b"),
    ]


def test_nothing_is_told_of_what_is_the_same() -> None:
    assert (
        tell({"Total": Decimal("1.0"), "LineItems": LINES}, {"Total": Decimal(1), "LineItems": LINES}) == []
    )


@pytest.mark.parametrize(
    ("member", "value", "said"),
    [
        ("Total", Decimal("-3"), "−3.00 GBP"),
        ("UnitAmount", Decimal("0.0375"), "0.0375 GBP"),
        ("Date", "/Date(-1234+0000)/", "31 Dec 1969"),
        ("Date", "/Date(nonsense)/", "/Date(nonsense)/"),
        ("UpdatedDateUTC", "/Date(1745280000000+0000)/", "22 Apr 2025, 00:00"),
        ("Quantity", Decimal("7.7500"), "7.75"),
        ("Anything", None, ""),
        ("PaymentType", "ACCRECPAYMENT", "Payment received"),
    ],
)
def test_a_value_is_written_for_a_person(member: str, value: object, said: str) -> None:
    assert say_value(member, value, currency="GBP") == said


def test_a_member_that_nobody_has_named_keeps_xeros_name() -> None:
    assert name_member("CISRate") == "CISRate"
