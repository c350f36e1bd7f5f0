"""The shapes of bank transactions and manual journals."""

from collections.abc import Sequence
from datetime import date

from xero_sandbox.books.documents import set_day, set_totals
from xero_sandbox.books.money import LineAmountTypes, from_cents
from xero_sandbox.books.rows import Record
from xero_sandbox.wire.datekit import render_day


def build_bank_transaction(
    *,
    transaction_id: str,
    type_: str,
    contact: Record,
    account: Record,
    lines: Sequence[Record],
    day: date,
    currency: str,
    currency_rate: float = 1.0,
    reconciled: bool = False,
    amounts: LineAmountTypes = "Exclusive",
) -> Record:
    """Return money spent or received."""
    record: Record = {
        "BankTransactionID": transaction_id,
        "BankAccount": {key: account[key] for key in ("AccountID", "Code", "Name")},
        "Type": type_,
        "Reference": "",
        "IsReconciled": reconciled,
        "HasAttachments": False,
        "Contact": contact,
    }
    set_day(record, "Date", day)
    record |= {
        "Status": "AUTHORISED",
        "LineAmountTypes": amounts,
        "LineItems": list(lines),
        "CurrencyCode": currency,
    }
    if currency_rate != 1:
        record["CurrencyRate"] = currency_rate
    set_totals(record)
    return record


def build_manual_journal(
    *,
    journal_id: str,
    narration: str,
    day: date,
    entries: Sequence[tuple[Record, int]],
    status: str = "POSTED",
) -> Record:
    """Return a journal of (account, cents) entries, debits positive, which must sum to zero."""
    return {
        "Date": render_day(day),
        "Status": status,
        "LineAmountTypes": "NoTax",
        "UpdatedDateUTC": "",
        "ManualJournalID": journal_id,
        "Narration": narration,
        "JournalLines": [
            {
                "LineAmount": from_cents(cents),
                "AccountCode": account["Code"],
                "AccountID": account["AccountID"],
                "Description": narration,
                "TaxType": "NONE",
                "TaxAmount": 0.0,
                "Tracking": [],
                "IsBlank": False,
            }
            for account, cents in entries
        ],
        "ShowOnCashBasisReports": True,
        "HasAttachments": False,
    }
