"""
The mirrored documents that ask for money or give it back, with the indexes that their lists and searches use.

The columns are those of the struct of the same record in `counterfoil.xero.records`; a test holds
the two together.
"""

from django.db import models

from counterfoil.mirror.models.mirrored import Mirrored, money, rate, text, xero_id
from counterfoil.mirror.models.searchable import amount_key, text_key, text_tail


class _Document(Mirrored):
    contact_id = xero_id()
    contact_name = text()
    date = models.DateField(null=True)
    reference = text()
    currency = text()
    currency_rate = rate()
    line_amount_types = text()
    sub_total = money()
    total_tax = money()
    total = money()
    has_attachments = models.BooleanField()
    kind = text()
    status = text()

    class Meta:
        abstract = True


class _Numbered(_Document):
    number = text()
    number_key = text_key("number")
    number_tail = text_tail("number")
    reference_key = text_key("reference")
    reference_tail = text_tail("reference")
    total_key = amount_key("total")

    class Meta:
        abstract = True


_SEARCHED = ("number_key", "number_tail", "reference_key", "reference_tail", "total_key")


def _search_indexes(short: str) -> list[models.Index]:
    return [models.Index(fields=["organisation", name], name=f"{short}_{name}") for name in _SEARCHED]


class Invoice(_Numbered):
    """A sales invoice (ACCREC) or a bill (ACCPAY)."""

    due_date = models.DateField(null=True)
    expected_payment_date = models.DateField(null=True)
    planned_payment_date = models.DateField(null=True)
    fully_paid_on = models.DateField(null=True)
    amount_due = money()
    amount_paid = money()
    amount_credited = money()
    sent_to_contact = models.BooleanField()
    repeating_invoice_id = xero_id()

    class Meta:
        indexes = [
            models.Index(
                fields=["organisation", "kind", "-date", "-number", "xero_id"], name="invoice_newest"
            ),
            # The first and the last rows of each other order; backwards, only equal numbers are still sorted.
            models.Index(
                fields=["organisation", "kind", "-due_date", "-number", "xero_id"], name="invoice_latest_due"
            ),
            models.Index(fields=["organisation", "kind", "-number", "xero_id"], name="invoice_by_number"),
            models.Index(
                fields=["organisation", "kind", "-amount_due", "-number", "xero_id"], name="invoice_most_due"
            ),
            models.Index(
                fields=["organisation", "kind", "-total", "-number", "xero_id"], name="invoice_largest"
            ),
            models.Index(fields=["organisation", "contact_id", "-date"], name="invoice_of_contact"),
            # Holds all that counts, sums and orders ask for, so that no list reads the records themselves.
            models.Index(
                fields=["organisation", "kind", "currency"],
                include=[
                    "workspace",
                    "gone_at",
                    "status",
                    "date",
                    "due_date",
                    "number",
                    "number_key",
                    "reference_key",
                    "amount_due",
                    "amount_paid",
                    "amount_credited",
                    "total",
                    "contact_id",
                    "xero_id",
                ],
                name="invoice_at_a_glance",
            ),
            # What every list counts and sums for its tabs, and no more: the narrower, the sooner it is read.
            models.Index(
                fields=["organisation", "kind", "currency", "status"],
                include=["workspace", "due_date", "amount_due", "total", "date", "number", "xero_id"],
                name="invoice_tally",
                condition=models.Q(gone_at=None),
            ),
            models.Index(
                fields=["organisation", "kind", "contact_id", "currency"],
                # The status too: what is overdue asks for it, and for what an index lacks the row is read.
                include=["workspace", "amount_due", "due_date", "status", "xero_id"],
                name="invoice_owed",
                condition=models.Q(gone_at=None, status="AUTHORISED", amount_due__gt=0),
            ),
            # Who has documents, in the order of the contacts, so that they are counted as they come.
            models.Index(
                fields=["organisation", "contact_id", "kind", "workspace"],
                name="invoice_documents_of",
                condition=models.Q(gone_at=None) & ~models.Q(status="DELETED"),
            ),
            models.Index(
                fields=["organisation", "kind", "due_date"],
                name="invoice_open_by_due_date",
                condition=models.Q(status="AUTHORISED"),
            ),
            models.Index(fields=["organisation", "changed_here_at"], name="invoice_latest_change"),
            *_search_indexes("invoice"),
        ]


class CreditNote(_Numbered):
    """A credit given or received."""

    fully_paid_on = models.DateField(null=True)
    remaining_credit = money()

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "-date", "xero_id"], name="credit_note_newest"),
            models.Index(fields=["organisation", "contact_id"], name="credit_note_of_contact"),
            models.Index(fields=["organisation", "changed_here_at"], name="credit_note_latest_change"),
            *_search_indexes("credit_note"),
        ]


class Prepayment(_Document):
    """Money received or paid before there was an invoice for it."""

    remaining_credit = money()


class Overpayment(_Document):
    """Money received or paid beyond what an invoice asked."""

    remaining_credit = money()
