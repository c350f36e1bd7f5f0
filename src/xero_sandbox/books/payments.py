"""Paying documents and taking payments back (FACTS 7.4)."""

from datetime import date

from xero_sandbox.books.documents import build_payment, payment_stub, settle_credit, settle_invoice
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
    if invoice["Status"] != "AUTHORISED":
        raise NotApproved
    due = to_cents(invoice["AmountDue"])
    cents = due if amount is None else to_cents(amount)
    if cents <= 0 or cents > due:
        raise AmountTooLarge
    payment = build_payment(
        payment_id=organisation.new_id(),
        holder="Invoice",
        document=invoice,
        account=_bank_account(organisation),
        cents=cents,
        day=day or organisation.clock.now().date(),
        reference=reference,
        reconciled=False,
    )
    organisation.write("Payments", payment)
    invoice["Payments"].append(payment_stub(payment))
    settle_invoice(invoice)
    organisation.write("Invoices", invoice, stamp=bumps_invoice)
    return payment


def delete_payment(organisation: Organisation, payment_id: str, *, bumps_invoice: bool = True) -> Record:
    """Take a payment back; its document opens again. Raises ActRefused."""
    payment = organisation.read("Payments", payment_id)
    if payment["Status"] == "DELETED":
        raise ActRefused("Payment has already been deleted.")
    if "BatchPaymentID" in payment:
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
