"""Payments and batch payments through the API (FACTS 7.4)."""

from datetime import date
from typing import Any

from xero_sandbox.books.documents import read_day
from xero_sandbox.books.locks import check_open
from xero_sandbox.books.money import from_cents, to_cents
from xero_sandbox.books.organisation import Organisation
from xero_sandbox.books.payments import delete_payment, settle_document
from xero_sandbox.books.problems import ActRefused, WrongDocument
from xero_sandbox.books.rows import Record
from xero_sandbox.wire.datekit import render_day, render_day_string
from xero_sandbox.writing.shapes import DAY, FLAG, GUID, NUMBER, TEXT, Element, Shape
from xero_sandbox.writing.write import Write, find_account

_TARGETS: Shape = {
    "Invoice": {"InvoiceID": GUID, "InvoiceNumber": TEXT},
    "CreditNote": {"CreditNoteID": GUID, "CreditNoteNumber": TEXT},
    "Prepayment": {"PrepaymentID": GUID},
    "Overpayment": {"OverpaymentID": GUID},
}
_ACCOUNT: Shape = {"AccountID": GUID, "Code": TEXT}
PAYMENT: Shape = {
    "PaymentID": GUID,
    **_TARGETS,
    "InvoiceNumber": TEXT,
    "CreditNoteNumber": TEXT,
    "Account": _ACCOUNT,
    "Code": TEXT,
    "Date": DAY,
    "Amount": NUMBER,
    "CurrencyRate": NUMBER,
    "Reference": TEXT,
    "IsReconciled": FLAG,
    "Status": TEXT,
    "BankAccountNumber": TEXT,
    "Particulars": TEXT,
    "Details": TEXT,
}
BATCH_PAYMENT: Shape = {
    "BatchPaymentID": GUID,
    "Account": _ACCOUNT,
    "Date": DAY,
    "Reference": TEXT,
    "Particulars": TEXT,
    "Code": TEXT,
    "Details": TEXT,
    "Narrative": TEXT,
    "Status": TEXT,
    "Payments": [PAYMENT],
}
_ENDPOINTS = {
    "Invoice": "Invoices",
    "CreditNote": "CreditNotes",
    "Prepayment": "Prepayments",
    "Overpayment": "Overpayments",
}
EARLY = "The payment date is prior to the invoice date."


def save_payment(write: Write, element: Element) -> Record:
    """Pay a document, refund a credit, or delete the payment that is named. Raises ActRefused."""
    books = write.books
    wanted = write.record_id or (None if write.creating else element.get("PaymentID"))
    if wanted is not None:
        return _delete(write, wanted, element)
    holder, document = _find_target(books, element)
    account = _find_bank(books, element.get("Account") or {"Code": element.get("Code")})
    if "Amount" not in element:
        raise ActRefused("Payment Amount must be specified.")
    day: date = element.get("Date") or books.today()
    check_open(books, day)
    issued = read_day(document, "Date")
    if issued is not None and day < issued:
        write.warnings.append(EARLY)
    return settle_document(
        books,
        holder,
        document,
        account=account,
        cents=to_cents(element["Amount"]),
        day=day,
        reference=element.get("Reference", ""),
        reconciled=element.get("IsReconciled", False),
        bumps=write.bumps_invoice,
        rate=_read_rate(books, document, element),
    )


def _read_rate(books: Organisation, document: Record, element: Element) -> float | None:
    """Return the payment's own rate; a document in the base currency has none but its own."""
    given = float(element.get("CurrencyRate") or 0)
    is_foreign = document.get("CurrencyCode", books.profile["BaseCurrency"]) != books.profile["BaseCurrency"]
    return given if is_foreign and given > 0 else None


def _delete(write: Write, payment_id: str, element: Element) -> Record:
    books = write.books
    row = books.tables["Payments"].find(payment_id)
    if row is None:
        raise WrongDocument
    if str(element.get("Status", "")).upper() != "DELETED":
        raise ActRefused("Payments cannot be modified; the only allowed Status is DELETED.")
    payment = row.read()
    if payment["IsReconciled"]:
        raise ActRefused("Payment cannot be deleted because it is reconciled.")
    check_open(books, read_day(payment, "Date"))
    return delete_payment(books, payment_id, bumps_invoice=write.bumps_invoice)


def _find_target(books: Organisation, element: Element) -> tuple[str, Record]:
    named = [holder for holder in _ENDPOINTS if element.get(holder)]
    for holder in ("Invoice", "CreditNote"):
        if f"{holder}Number" in element and not named:
            named = [holder]
            element = element | {holder: {f"{holder}Number": element[f"{holder}Number"]}}
    if len(named) != 1:
        raise ActRefused(
            "A payment must be for exactly one of Invoice, CreditNote, Prepayment or Overpayment."
        )
    holder = named[0]
    given = element[holder]
    key = given.get(f"{holder}ID") or given.get(f"{holder}Number", "")
    row = books.tables[_ENDPOINTS[holder]].find(key)
    if row is None and holder == "Invoice" and "InvoiceID" not in given:
        raise ActRefused(f"Invoice with invoice number {key} does not exist for this organisation")
    if row is None:
        raise WrongDocument
    return holder, row.read()


def _find_bank(books: Organisation, given: Element) -> Record:
    account = find_account(books, given)
    if account is None:
        raise ActRefused("Account could not be found")
    if account["Status"] != "ACTIVE" or not (
        account["Type"] == "BANK" or account.get("EnablePaymentsToAccount")
    ):
        raise ActRefused("Account must be of type BANK or have payments to it enabled.")
    return account


def save_batch_payment(write: Write, element: Element) -> Record:
    """Pay several invoices of one kind at once, or delete a batch with its payments. Raises ActRefused."""
    books = write.books
    wanted = write.record_id or (None if write.creating else element.get("BatchPaymentID"))
    if wanted is not None:
        return _delete_batch(write, wanted, element)
    account = _find_bank(books, element.get("Account", {}))
    day: date = element.get("Date") or books.today()
    check_open(books, day)
    if not element.get("Payments"):
        raise ActRefused("One or more payments must be specified")
    targets = [_find_target(books, payment) for payment in element["Payments"]]
    kinds = {document["Type"] for _, document in targets}
    if any(holder != "Invoice" for holder, _ in targets) or len(kinds) != 1:
        raise ActRefused("All payments of a batch must be for invoices, or all for bills.")
    stub: Record = {
        "Account": {"AccountID": account["AccountID"]},
        "BatchPaymentID": books.new_id(),
        "Date": render_day(day),
        "Type": "PAYBATCH" if kinds == {"ACCPAY"} else "RECBATCH",
        "Status": "AUTHORISED",
        "TotalAmount": 0.0,
        "UpdatedDateUTC": "",
        "IsReconciled": False,
    }
    amounts = [
        to_cents(given["Amount"]) if "Amount" in given else to_cents(document["AmountDue"])
        for given, (_, document) in zip(element["Payments"], targets, strict=True)
    ]
    stub["TotalAmount"] = from_cents(sum(amounts))
    record = stub | {"Reference": element.get("Reference", ""), "DateString": render_day_string(day)}
    for name in ("Particulars", "Code", "Details", "Narrative"):
        if name in element:
            record[name] = element[name]
    record["Payments"] = []
    books.write("BatchPayments", record)
    stub["UpdatedDateUTC"] = record["UpdatedDateUTC"]
    for cents, given, (_, document) in zip(amounts, element["Payments"], targets, strict=True):
        payment = settle_document(
            books,
            "Invoice",
            books.read("Invoices", document["InvoiceID"]),
            account=account,
            cents=cents,
            day=day,
            reference=given.get("Reference", element.get("Reference", "")),
            batch=stub,
            bumps=write.bumps_invoice,
        )
        record["Payments"].append(_member(payment, document))
    return books.write("BatchPayments", record)


def _member(payment: Record, document: Record) -> dict[str, Any]:
    return {
        "Invoice": {"InvoiceID": document["InvoiceID"], "CurrencyCode": document["CurrencyCode"]},
        "PaymentID": payment["PaymentID"],
        "Amount": payment["Amount"],
        "BankAmount": payment["BankAmount"],
    }


def _delete_batch(write: Write, batch_id: str, element: Element) -> Record:
    books = write.books
    row = books.tables["BatchPayments"].find(batch_id)
    if row is None:
        raise WrongDocument
    batch = row.read()
    if str(element.get("Status", "")).upper() != "DELETED":
        raise ActRefused("Batch payments cannot be modified; the only allowed Status is DELETED.")
    if batch["Status"] == "DELETED":
        raise ActRefused("Batch payment has already been deleted.")
    if batch["IsReconciled"]:
        raise ActRefused("Batch payment cannot be deleted because it is reconciled.")
    check_open(books, read_day(batch, "Date"))
    for member in batch["Payments"]:
        delete_payment(books, member["PaymentID"], bumps_invoice=write.bumps_invoice, of_batch=True)
    return books.write("BatchPayments", batch | {"Status": "DELETED"})
