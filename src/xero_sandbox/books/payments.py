"""Paying documents and taking payments back (FACTS 7.4)."""

from datetime import date

from xero_sandbox.books.documents import build_payment, payment_stub, settle_credit, settle_invoice
from xero_sandbox.books.locks import check_open
from xero_sandbox.books.money import to_cents
from xero_sandbox.books.organisation import Organisation
from xero_sandbox.books.problems import ActRefused, AmountTooLarge, NotApproved
from xero_sandbox.books.rows import Record

_HOLDERS = {"Invoice": "Invoices", "CreditNote": "CreditNotes", "Prepayment": "Prepayments"}
_HOLDERS["Overpayment"] = "Overpayments"


def pay_invoice(
    organisation: Organisation,
    invoice_id: str,
    *,
    amount: float | str | None = None,
    day: date | None = None,
    reference: str = "",
    bumps_invoice: bool = True,
) -> Record:
    """Pay what is due on an invoice, or a part of it; return the payment. Raises ActRefused."""
    invoice = organisation.read("Invoices", invoice_id)
    day = day or organisation.clock.now().date()
    check_open(organisation, day)
    return settle_document(
        organisation,
        "Invoice",
        invoice,
        account=_bank_account(organisation),
        cents=to_cents(invoice["AmountDue"]) if amount is None else to_cents(amount),
        day=day,
        reference=reference,
        bumps=bumps_invoice,
    )


def settle_document(
    organisation: Organisation,
    holder: str,
    document: Record,
    *,
    account: Record,
    cents: int,
    day: date,
    reference: str = "",
    reconciled: bool = False,
    batch: Record | None = None,
    bumps: bool = True,
    rate: float | None = None,
) -> Record:
    """
    Pay an invoice or refund a credit; `holder` is the payment's member for it. Raises ActRefused.

    At another `rate` than the document's, the difference is a realised currency gain.
    """
    if document["Status"] != "AUTHORISED":
        raise NotApproved
    left = to_cents(document["AmountDue" if holder == "Invoice" else "RemainingCredit"])
    if cents <= 0:
        raise ActRefused("Payment amount must be greater than zero.")
    if cents > left:
        raise AmountTooLarge
    payment = build_payment(
        payment_id=organisation.new_id(),
        holder=holder,
        document=document,
        account=account,
        cents=cents,
        day=day,
        reference=reference,
        reconciled=reconciled,
        batch=batch,
        rate=rate,
    )
    organisation.write("Payments", payment)
    document["Payments"].append(payment_stub(payment))
    (settle_invoice if holder == "Invoice" else settle_credit)(document)
    organisation.write(_HOLDERS[holder], document, stamp=bumps)
    return payment


def delete_payment(
    organisation: Organisation, payment_id: str, *, bumps_invoice: bool = True, of_batch: bool = False
) -> Record:
    """Take a payment back; its document opens again. Raises ActRefused."""
    payment = organisation.read("Payments", payment_id)
    if payment["Status"] == "DELETED":
        raise ActRefused("Payment has already been deleted.")
    if "BatchPaymentID" in payment and not of_batch:
        raise ActRefused("This payment is part of a batch payment; delete the batch payment instead.")
    payment["Status"] = "DELETED"
    payment["IsReconciled"] = False
    organisation.write("Payments", payment)
    for holder, endpoint in _HOLDERS.items():
        if holder in payment:
            document = organisation.read(endpoint, payment[holder][f"{holder}ID"])
            document["Payments"] = [
                stub for stub in document["Payments"] if stub["PaymentID"] != payment["PaymentID"]
            ]
            (settle_invoice if holder == "Invoice" else settle_credit)(document)
            organisation.write(endpoint, document, stamp=bumps_invoice)
    return payment


def _bank_account(organisation: Organisation) -> Record:
    for row in organisation.tables["Accounts"]:
        if row.kind == "BANK" and row.status == "ACTIVE":
            return row.read()
    raise ActRefused("There is no bank account to pay from or into.")
