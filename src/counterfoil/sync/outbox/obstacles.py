"""
What Xero would not allow by now, said before anything is sent: with the way round.

It is judged by the mirror, just before sending: a document that was paid, voided or archived while its
change waited is not tried. What the mirror does not know, Xero says itself.
Source: Xero developer guide, the pages of invoices, credit notes, payments, contacts and attachments.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import msgspec

from counterfoil.mirror.models import Invoice
from counterfoil.sync.outbox.comparing import is_as_wished
from counterfoil.sync.outbox.facts import Facts
from counterfoil.xero import wishes
from counterfoil.xero.wishes import Wish

_SETTLED = "It has a payment or a credit, and Xero keeps the amounts of such a document as they are."
_CREDIT_INSTEAD = (
    "Give a credit note for the difference; or take the payments and credits off first, and then change it."
)

# What stays editable once something was paid or credited, for the document and for its lines.
_STILL_EDITABLE = frozenset(
    {
        *("InvoiceID", "Reference", "DueDate", "InvoiceNumber", "BrandingThemeID", "Contact", "Status"),
        "ExpectedPaymentDate",
    }
)
_STILL_EDITABLE_ON_LINES = frozenset({"LineItemID", "Description", "AccountCode", "Tracking"})


@dataclass(frozen=True)
class Obstacle:
    """Why something cannot be done, and how to come to the same end; equal keys have one cause."""

    key: str
    sentence: str
    way_round: str


def find_obstacle(wish: Wish, facts: Facts) -> Obstacle | None:
    """Return what stands in the way of a wish, as far as the mirror knows, or None."""
    match wish:
        case wishes.NewInvoice() | wishes.NewCreditNote():
            return _check_contact(wish.contact.contact_id, facts) or (
                _find_lock(facts, wish.date) if wish.status == "AUTHORISED" else None
            )
        case wishes.EditContact() if wish.was is not None:
            return _check_contact_as_it_was(wish, facts)
        case wishes.EditInvoice():
            return _check_edit(wish, facts)
        case wishes.ApproveInvoice() | wishes.VoidInvoice() | wishes.DeleteInvoice():
            return _check_move(wish, facts)
        case wishes.NewPayment():
            return _check_payment(wish, facts) or _find_lock(facts, wish.date)
        case wishes.DeletePayment():
            return _check_payment_goes(wish, facts)
        case wishes.NewAllocation():
            return _check_allocation(wish, facts)
        case wishes.VoidCreditNote():
            return _check_credit_goes(wish, facts)
        case wishes.AttachFile():
            return _check_file(wish, facts)
        case wishes.NewLink() | wishes.EditLink():
            return _check_link(wish, facts)
        case wishes.AddNote() if not 0 < len(wish.details.strip()) <= wishes.LONGEST_NOTE:
            return Obstacle(
                "note",
                f"A note has 1 to {wishes.LONGEST_NOTE:,} characters; this one has {len(wish.details):,}.",
                "Make it shorter.",
            )
        case _:
            return None


def _find_lock(facts: Facts, day: date | None) -> Obstacle | None:
    """Say whether the day lies in a closed year; one in a locked period an adviser may still book."""
    closed = facts.find_closed_year(day)
    if closed is None:
        return None
    return Obstacle(
        "lock_date",
        f"The date lies in a year that was closed in Xero on {closed:%-d %B %Y}.",
        "Change the date, or let an adviser move the end of year lock date in Xero.",
    )


def _check_contact_as_it_was(wish: wishes.EditContact, facts: Facts) -> Obstacle | None:
    contact = facts.contact(wish.contact_id)
    if contact is None or is_as_wished(wish.was or {}, msgspec.json.decode(contact.raw)):
        return None
    return Obstacle(
        f"contact-changed:{wish.contact_id}",
        "The same was changed in Xero meanwhile. Nothing was sent, so that nothing there is overwritten.",
        "Decide between the two under Activity, Conflicts.",
    )


def _check_contact(contact_id: str, facts: Facts) -> Obstacle | None:
    contact = facts.contact(contact_id)
    if contact is None or contact.status == "ACTIVE":
        return None
    return Obstacle(
        f"contact-archived:{contact_id}",
        "The contact is archived in Xero, and only active ones can be on a document.",
        "Restore the contact in Xero, or choose another one.",
    )


def _gone(what: str, status: str) -> Obstacle:
    return Obstacle(
        "closed", f"The {what} was {status.lower()} in Xero, and stays so.", f"Raise a new {what} instead."
    )


def _is_settled(invoice: Invoice) -> bool:
    return bool(invoice.amount_paid or invoice.amount_credited)


def _check_edit(wish: wishes.EditInvoice, facts: Facts) -> Obstacle | None:
    invoice = facts.invoice(wish.invoice_id)
    if invoice is None:
        return None
    if invoice.status in {"VOIDED", "DELETED"}:
        return _gone("invoice", invoice.status)
    if wish.contact is not None and wish.contact.contact_id != invoice.contact_id:
        unusable = _check_contact(wish.contact.contact_id, facts)
        if unusable:
            return unusable
    if invoice.status in {"AUTHORISED", "PAID"} and (locked := _find_lock(facts, invoice.date)):
        return locked
    if not _is_settled(invoice) or _is_harmless(wish, invoice):
        return None
    return Obstacle("settled", _SETTLED, _CREDIT_INSTEAD)


def _is_harmless(wish: wishes.EditInvoice, invoice: Invoice) -> bool:
    """Say whether an edit of a settled invoice changes only what Xero still lets change."""
    record = msgspec.json.decode(invoice.raw)
    wished = wish.list_members()
    lines = wished.pop("LineItems", None)
    fixed = {name: value for name, value in wished.items() if name not in _STILL_EDITABLE}
    if not is_as_wished(fixed, record):
        return False
    if lines is None:
        return True
    held = {line.get("LineItemID"): line for line in record.get("LineItems", [])}
    if {line.get("LineItemID") for line in lines} != set(held):
        return False
    return all(
        is_as_wished(
            {name: value for name, value in line.items() if name not in _STILL_EDITABLE_ON_LINES},
            held[line["LineItemID"]],
        )
        for line in lines
    )


def _check_move(
    wish: wishes.ApproveInvoice | wishes.VoidInvoice | wishes.DeleteInvoice, facts: Facts
) -> Obstacle | None:
    invoice = facts.invoice(wish.invoice_id)
    if invoice is None or invoice.status == wish.status:
        return None
    is_draft = invoice.status in {"DRAFT", "SUBMITTED"}
    match wish:
        case wishes.ApproveInvoice():
            if is_draft:
                return _check_contact(invoice.contact_id, facts) or _find_lock(facts, invoice.date)
            if invoice.status == "PAID":
                return Obstacle(
                    "approved", "The invoice is approved and paid already.", "Nothing is left to do."
                )
            return _gone("invoice", invoice.status)
        case wishes.VoidInvoice():
            if is_draft:
                return Obstacle(
                    "draft",
                    "A draft cannot be voided: it counts for nothing yet.",
                    "Delete the draft instead.",
                )
            if _is_settled(invoice):
                return Obstacle(
                    "settled",
                    "The invoice has a payment or a credit, and Xero does not void such an invoice.",
                    "Take the payments and credits off first; or give a credit note over the whole amount.",
                )
            return None if invoice.status == "AUTHORISED" else _find_lock(facts, invoice.date)
        case _:
            if is_draft:
                return None
            return Obstacle(
                "approved",
                "The invoice is approved, and only drafts can be deleted.",
                "Void it instead: it then counts for nothing and keeps its number.",
            )


def _check_payment(wish: wishes.NewPayment, facts: Facts) -> Obstacle | None:
    return _check_owed(wish.invoice.invoice_id, wish.amount, facts)


def _check_owed(invoice_id: str, amount: Decimal, facts: Facts) -> Obstacle | None:
    invoice = facts.invoice(invoice_id)
    if invoice is None:
        return None
    if invoice.status in {"DRAFT", "SUBMITTED"}:
        return Obstacle(
            "not_approved",
            "The invoice is not approved in Xero yet, and only an approved one can be paid.",
            "Approve the invoice, and send this again.",
        )
    if invoice.status == "PAID" or invoice.amount_due == 0:
        return Obstacle(
            "paid",
            "The invoice is paid already, so that nothing can be set against it.",
            "Keep a credit for another invoice, or pay it back in Xero; a payment may be there already.",
        )
    if invoice.status in {"VOIDED", "DELETED"}:
        return _gone("invoice", invoice.status)
    if amount > invoice.amount_due:
        return Obstacle(
            "exceeds",
            f"Only {invoice.amount_due:,.2f} {invoice.currency} is still owed on the invoice.",
            "Change the amount; book the rest as an overpayment in Xero.",
        )
    return None


def _check_payment_goes(wish: wishes.DeletePayment, facts: Facts) -> Obstacle | None:
    payment = facts.payment(wish.payment_id)
    if payment is None or payment.status == "DELETED":
        return None
    if payment.is_reconciled:
        return Obstacle(
            "reconciled",
            "The payment is reconciled with a line of the bank in Xero.",
            "Undo the reconciliation in Xero, where the bank is, and then delete the payment.",
        )
    if payment.batch_payment_id:
        return Obstacle(
            "batch",
            "The payment crossed the bank as part of a batch, and goes only together with it.",
            "Delete the batch payment in Xero.",
        )
    return _find_lock(facts, payment.date)


def _check_allocation(wish: wishes.NewAllocation, facts: Facts) -> Obstacle | None:
    note = facts.credit_note(wish.credit_note_id)
    if note is not None:
        if note.status in {"DRAFT", "SUBMITTED"}:
            return Obstacle(
                "credit_not_approved",
                "The credit note is not approved in Xero yet.",
                "Approve the credit note, and send this again.",
            )
        if note.status in {"VOIDED", "DELETED"}:
            return _gone("credit note", note.status)
        if wish.amount > note.remaining_credit:
            return Obstacle(
                "credit_used",
                f"Only {note.remaining_credit:,.2f} {note.currency} is left on the credit note.",
                "Change the amount.",
            )
    return _check_owed(wish.invoice.invoice_id, wish.amount, facts)


def _check_credit_goes(wish: wishes.VoidCreditNote, facts: Facts) -> Obstacle | None:
    note = facts.credit_note(wish.credit_note_id)
    if note is None or note.status == wish.status:
        return None
    is_draft = note.status in {"DRAFT", "SUBMITTED"}
    if wish.status == "DELETED" and not is_draft:
        return Obstacle(
            "approved", "The credit note is approved; only drafts can be deleted.", "Void it instead."
        )
    if wish.status == "VOIDED" and is_draft:
        return Obstacle("draft", "A draft cannot be voided.", "Delete the draft instead.")
    if wish.status == "VOIDED" and note.remaining_credit != note.total:
        return Obstacle(
            "settled",
            "The credit note is set against invoices, and Xero does not void it while it is.",
            "Take the credit back from the invoices first.",
        )
    return None


def _check_file(wish: wishes.AttachFile, facts: Facts) -> Obstacle | None:
    if wishes.clean_file_name(wish.file_name) != wish.file_name:
        return Obstacle(
            "file_name",
            "Xero does not take this name for a file.",
            f"Call it {wishes.clean_file_name(wish.file_name)}.",
        )
    invoice = facts.invoice(wish.document_id) if wish.endpoint == "Invoices" else None
    if wish.include_online and invoice is not None and invoice.kind != "ACCREC":
        return Obstacle(
            "file_online",
            "Only files on sales invoices and sales credit notes are shown to customers.",
            "Attach it without showing it online.",
        )
    return None


def _check_link(wish: wishes.NewLink | wishes.EditLink, facts: Facts) -> Obstacle | None:
    """Source: Xero developer guide, "Linked Transactions", and the sentences of its refusals."""
    if isinstance(wish, wishes.NewLink) and (blocked := _check_source(wish, facts)):
        return blocked
    if wish.contact_id and (unusable := _check_contact(wish.contact_id, facts)):
        return unusable
    if not wish.target_id:
        return None
    target = facts.invoice(wish.target_id)
    if target is None:
        return None
    if target.kind != "ACCREC":
        return Obstacle(
            "link_target", "Only a sales invoice bills what was bought.", "Choose a sales invoice."
        )
    if target.status in {"VOIDED", "DELETED"}:
        return _gone("invoice", target.status)
    if wish.contact_id and target.contact_id != wish.contact_id:
        return Obstacle(
            "link_contact",
            "The invoice is to another contact than the one that the bought line is passed on to.",
            "Nothing is billed wrongly by this. Link the line in Xero, or leave it without a link.",
        )
    if not wish.target_line_id:
        return Obstacle(
            "link_line",
            "The line that bills it is not on the invoice any more, or its words were changed.",
            "Nothing is billed wrongly by this. Link the line in Xero, or leave it without a link.",
        )
    return None


def _check_source(wish: wishes.NewLink, facts: Facts) -> Obstacle | None:
    bill, spent = facts.invoice(wish.source_id), facts.bank_transaction(wish.source_id)
    source = bill or spent
    if source is None:
        return None
    if source.kind not in {"ACCPAY", "SPEND"}:
        return Obstacle(
            "link_source",
            "Xero links only lines of bills and of money spent.",
            "It is billed all the same, without a link in Xero.",
        )
    if source.status in {"VOIDED", "DELETED"}:
        return _gone("bill" if bill else "payment", source.status)
    lines = msgspec.json.decode(source.raw).get("LineItems") or []
    if wish.source_line_id in {line.get("LineItemID") for line in lines}:
        return None
    return Obstacle(
        "link_source_line",
        "The bought line is not on its document any more: somebody changed it in Xero.",
        "Nothing is billed wrongly by this. Look at the document, and link the line in Xero.",
    )
