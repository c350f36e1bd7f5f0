"""Credit notes: adding, applying and voiding them (FACTS 7.3)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from xero_sandbox.books.contacts import find_or_add_contact
from xero_sandbox.books.documents import (
    CREDIT_KINDS,
    allocation,
    build_credit,
    contact_stub,
    credit_stub,
    read_day,
    settle_credit,
    settle_invoice,
)
from xero_sandbox.books.invoices import build_lines
from xero_sandbox.books.locks import check_open
from xero_sandbox.books.money import to_cents
from xero_sandbox.books.organisation import Organisation, RecordNotFound
from xero_sandbox.books.problems import ActRefused, CreditNumberTaken, WrongDocument
from xero_sandbox.books.rows import Record
from xero_sandbox.wire.datekit import parse_day

_SALES_CREDITS = ("ACCREC", "RECEIVE")


def add_credit_note(organisation: Organisation, fields: Mapping[str, Any]) -> Record:
    """Add a credit note with the fields of `add_invoice`; `Type` defaults to ACCRECCREDIT."""
    type_ = fields.get("Type", "ACCRECCREDIT")
    if type_ not in {"ACCRECCREDIT", "ACCPAYCREDIT"}:
        raise ActRefused(f"Type {type_} is not ACCRECCREDIT or ACCPAYCREDIT")
    contact = find_or_add_contact(organisation, fields)
    number = claim_credit_number(organisation, type_, fields.get("CreditNoteNumber"))
    today = organisation.clock.now().date()
    credit = build_credit(
        CREDIT_KINDS["CreditNotes"],
        credit_id=organisation.new_id(),
        type_=type_,
        contact=contact_stub(contact["ContactID"], contact["Name"]),
        lines=build_lines(organisation, fields, sales=type_ == "ACCRECCREDIT"),
        day=parse_day(fields["Date"]) if fields.get("Date") else today,
        status=fields.get("Status", "AUTHORISED"),
        currency=fields.get("CurrencyCode", organisation.profile["BaseCurrency"]),
        currency_rate=float(fields.get("CurrencyRate", 1.0)),
        amounts=fields.get("LineAmountTypes", "Exclusive"),
        number=number,
        reference=fields.get("Reference", ""),
    )
    return organisation.write("CreditNotes", credit)


def claim_credit_number(organisation: Organisation, type_: str, wanted: str | None, own_id: str = "") -> str:
    """Return the number of a new credit note, the next one unless given; raise NumberTaken."""
    table = organisation.tables["CreditNotes"]
    if type_ == "ACCPAYCREDIT":
        return wanted or ""
    if wanted:
        other = table.find(wanted)
        if other is not None and other.status != "DELETED" and other.id != own_id:
            raise CreditNumberTaken
        return wanted
    while True:
        number = f"CN-{organisation.next_credit_note_number:04d}"
        organisation.next_credit_note_number += 1
        if table.find(number) is None:
            return number


def allocate_credit(
    organisation: Organisation,
    endpoint: str,
    credit_id: str,
    *,
    invoice_id: str,
    amount: float | str | None = None,
    day: date | None = None,
    bumps_invoice: bool = True,
) -> Record:
    """Apply a credit to an invoice, as much as both allow or a given part. Raises ActRefused."""
    credit = organisation.read(endpoint, credit_id)
    invoice = organisation.read("Invoices", invoice_id)
    if credit["Status"] != "AUTHORISED" or invoice["Status"] != "AUTHORISED":
        raise ActRefused("Only approved documents with something outstanding can be allocated.")
    if credit["CurrencyCode"] != invoice["CurrencyCode"]:
        raise ActRefused("The credit and the invoice must be in the same currency.")
    left = min(to_cents(credit["RemainingCredit"]), to_cents(invoice["AmountDue"]))
    cents = left if amount is None else to_cents(amount)
    if cents <= 0 or cents > left:
        raise ActRefused("The amount to allocate exceeds what is outstanding.")
    if credit["Type"].startswith(_SALES_CREDITS) != (invoice["Type"] == "ACCREC"):
        raise WrongDocument
    # The effective date is the later of the two documents' dates (FACTS 7.3).
    own = [read_day(credit, "Date"), read_day(invoice, "Date")]
    day = max([item for item in own if item is not None], default=day or organisation.today())
    check_open(organisation, day)
    made = allocation(invoice, allocation_id=organisation.new_id(), cents=cents, day=day)
    credit["Allocations"].append(made)
    stub = credit_stub(CREDIT_KINDS[endpoint], credit, applied_cents=cents, day=day)
    invoice[endpoint].append(stub)
    settle_credit(credit)
    settle_invoice(invoice)
    organisation.write(endpoint, credit)
    organisation.write("Invoices", invoice, stamp=bumps_invoice)
    return credit


def remove_allocation(
    organisation: Organisation,
    endpoint: str,
    credit_id: str,
    allocation_id: str,
    *,
    bumps_invoice: bool = True,
) -> Record:
    """Take an allocation back and return it, marked as deleted. Raises ActRefused."""
    credit = organisation.read(endpoint, credit_id)
    found = [item for item in credit["Allocations"] if item["AllocationID"] == allocation_id]
    if not found:
        raise RecordNotFound(f"{endpoint}/{credit_id}/Allocations", allocation_id)
    taken: Record = found[0]
    check_open(organisation, read_day(taken, "Date"))
    credit["Allocations"].remove(taken)
    invoice = organisation.read("Invoices", taken["Invoice"]["InvoiceID"])
    id_field = CREDIT_KINDS[endpoint].id_field
    stub = next(
        item
        for item in invoice[endpoint]
        if item[id_field] == credit[id_field] and item["AppliedAmount"] == taken["Amount"]
    )
    invoice[endpoint].remove(stub)
    settle_credit(credit)
    settle_invoice(invoice)
    organisation.write(endpoint, credit)
    organisation.write("Invoices", invoice, stamp=bumps_invoice)
    return taken | {"IsDeleted": True}


def void_credit_note(organisation: Organisation, credit_id: str) -> Record:
    """Void a credit note of which nothing is used. Raises ActRefused."""
    credit = organisation.read("CreditNotes", credit_id)
    if credit["Status"] != "AUTHORISED" or credit["Allocations"] or credit["Payments"]:
        raise ActRefused("The credit note cannot be voided because it has been used.")
    check_open(organisation, read_day(credit, "Date"))
    credit["Status"] = "VOIDED"
    settle_credit(credit)
    return organisation.write("CreditNotes", credit)
