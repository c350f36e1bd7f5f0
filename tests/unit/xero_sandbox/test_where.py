"""The `where` language."""

from typing import Any

import pytest

from xero_sandbox.wire.where import QueryRefused, parse_where

FIELDS = ("InvoiceID", "Type", "Status", "Date", "AmountDue", "Reference", "Contact", "IsDiscounted")
RECORD: dict[str, Any] = {
    "InvoiceID": "11111111-2222-3333-4444-555555555555",
    "Type": "ACCREC",
    "Status": "AUTHORISED",
    "Date": "/Date(1769817600000+0000)/",
    "AmountDue": 120.5,
    "Reference": "PO 77",
    "Contact": {"ContactID": "aaaaaaaa-2222-3333-4444-555555555555", "Name": "Millford Toys"},
    "IsDiscounted": False,
}


def is_match(expression: str) -> bool:
    return parse_where(expression, type_name="Invoice", fields=FIELDS)(RECORD)


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ('Status=="AUTHORISED"', True),
        ('status = "authorised"', True),
        ('Status!="AUTHORISED"', False),
        ('Type=="ACCREC" AND AmountDue>100', True),
        ('Type=="ACCPAY" && AmountDue>100', False),
        ('Type=="ACCPAY" OR AmountDue<=120.5', True),
        ('(Type=="ACCPAY" || Type=="ACCREC") AND Status=="DRAFT"', False),
        ("Date>=DateTime(2026,01,31)", True),
        ("Date < DateTime(2026, 01, 31)", False),
        ('InvoiceID==Guid("11111111-2222-3333-4444-555555555555")', True),
        ('Contact.ContactID==GUID("AAAAAAAA-2222-3333-4444-555555555555")', True),
        ('Contact.Name.Contains("toys")', True),
        ('Reference!=null AND Reference.StartsWith("PO")', True),
        ('Contact.Name.ToLower().EndsWith("ford")', False),
        ('Reference.Contains("77")==true', True),
        ("IsDiscounted==false", True),
        ("Reference==null", False),
    ],
)
def test_where_selects_what_it_says(expression: str, wanted: bool) -> None:
    assert is_match(expression) is wanted


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        (
            'InvoiceID=="11111111-2222-3333-4444-555555555555"',
            "Operator '==' incompatible with operand types 'Guid' and 'String'",
        ),
        ("Foo==1", "No property or field 'Foo' exists in type 'Invoice'"),
        ("(Status==null", "')' expected"),
        ("Status==", "Expression expected"),
        ("Status=='AUTHORISED'", "Syntax error '''"),
        ("", "Expression expected"),
    ],
)
def test_where_is_refused_with_xeros_sentence(expression: str, sentence: str) -> None:
    with pytest.raises(QueryRefused) as refused:
        is_match(expression)

    assert str(refused.value) == sentence


def test_where_is_refused_when_a_method_meets_null() -> None:
    predicate = parse_where('Reference.Contains("x")', type_name="Invoice", fields=FIELDS)

    with pytest.raises(QueryRefused, match="Object reference not set"):
        predicate({"Reference": None})
