"""Records are read strictly, exactly and whole."""

from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec
import pytest

from counterfoil.xero.records import Contact, Currency, Invoice, Payment, TaxRate, Unreadable, read_record

INVOICE = {
    "InvoiceID": "i-1",
    "Type": "ACCREC",
    "Status": "AUTHORISED",
    "Contact": {"ContactID": "c-1", "Name": "Anders & Co"},
    "Date": "/Date(1763769600000+0000)/",
    "DueDate": "/Date(1765065600000+0000)/",
    "CurrencyCode": "GBP",
    "CurrencyRate": 1.1234567890,
    "SubTotal": 100.10,
    "TotalTax": 20.02,
    "Total": 120.12,
    "AmountDue": 120.12,
    "UpdatedDateUTC": "/Date(1763805600123+0000)/",
}


def encode(**changes: object) -> bytes:
    record = {name: value for name, value in (INVOICE | changes).items() if value is not None}
    return msgspec.json.encode(record)


def test_an_invoice_is_read_with_exact_amounts_days_and_moments() -> None:
    invoice = read_record(Invoice, encode())

    assert (invoice.total, invoice.sub_total, invoice.total_tax) == (
        Decimal("120.12"),
        Decimal("100.1"),
        Decimal("20.02"),
    )
    assert (invoice.date, invoice.due_date) == (date(2025, 11, 22), date(2025, 12, 7))
    assert invoice.updated_at == datetime(2025, 11, 22, 10, 0, 0, 123_000, tzinfo=UTC)
    assert (invoice.contact_id, invoice.contact_name) == ("c-1", "Anders & Co")


def test_an_amount_with_more_digits_than_a_float_holds_stays_exact() -> None:
    raw = encode().replace(b"1.123456789,", b"1.123456789012345678,")

    assert read_record(Invoice, raw).currency_rate == Decimal("1.123456789012345678")


def test_columns_are_the_promoted_fields_and_never_a_nested_object() -> None:
    assert "contact_stub" not in Invoice.columns()
    assert {"xero_id", "updated_at", "contact_id", "contact_name", "total"} <= set(Invoice.columns())


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"Status": "ODD"}, "Invalid enum value 'ODD' - at `$.Status`"),
        ({"InvoiceID": None}, "Object missing required field `InvoiceID`"),
        ({"Total": "a lot"}, "Invalid decimal string - at `$.Total`"),
        ({"Date": "yesterday"}, "not a date that Xero writes - at `$.Date`"),
        ({"Contact": None}, "Object missing required field `Contact`"),
    ],
)
def test_a_shape_that_we_have_not_seen_names_the_member(changes: dict[str, object], problem: str) -> None:
    with pytest.raises(Unreadable, match=r".") as unreadable:
        read_record(Invoice, encode(**changes))

    assert str(unreadable.value) == problem


def test_members_that_we_do_not_know_do_no_harm() -> None:
    assert read_record(Invoice, encode(NewMember={"a": 1})) == read_record(Invoice, encode())


def test_records_without_an_id_of_their_own_are_known_by_their_code() -> None:
    assert read_record(Currency, b'{"Code":"EUR","Description":"Euro"}').xero_id == "EUR"
    assert read_record(TaxRate, b'{"TaxType":"OUTPUT2","Name":"20%"}').xero_id == "OUTPUT2"


def test_a_merged_contact_says_where_it_went() -> None:
    contact = read_record(
        Contact,
        b'{"ContactID":"c-2","Name":"B","ContactStatus":"ARCHIVED","MergedToContactID":"c-1",'
        b'"UpdatedDateUTC":"/Date(1763805600123+0000)/"}',
    )

    assert (contact.status, contact.merged_to_id) == ("ARCHIVED", "c-1")


def test_a_payment_names_the_document_that_it_pays() -> None:
    payment = read_record(
        Payment,
        b'{"PaymentID":"p-1","PaymentType":"ACCRECPAYMENT","Status":"AUTHORISED",'
        b'"Date":"/Date(1763769600000+0000)/","Amount":12.5,"Invoice":{"InvoiceID":"i-1"},'
        b'"Account":{"AccountID":"a-1"},"UpdatedDateUTC":"/Date(1763805600123+0000)/"}',
    )

    assert (payment.invoice_id, payment.credit_note_id, payment.account_id) == ("i-1", "", "a-1")
